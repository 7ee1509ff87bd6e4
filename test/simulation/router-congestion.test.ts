/**
 * A Router, its estimate, its pacer and its allocator against networks in virtual time: what a subscriber gets as the
 * downlink changes. Regression tests for failures known from other SFUs.
 */
import t from 'tap';
import { readRemb, writeRemb } from '../../src/rtp/rtcp/remb.ts';
import { VirtualCall } from '../helpers/virtual-call.ts';

const SEED = 20261122;
const WIDE = { delayUs: 25_000 };
const LAYERS = [
  { height: 180, bitsPerSecond: 150_000 },
  { height: 360, bitsPerSecond: 500_000 },
  { height: 720, bitsPerSecond: 1_700_000 },
];
const simulcast = () => ({ up: WIDE, layers: LAYERS.map((layer) => ({ ...layer })), temporalLayers: 3 });
const single = (bitsPerSecond: number) => ({ up: WIDE, layers: [{ height: 360, bitsPerSecond }] });
const line = (bitsPerSecond: number) => ({ bitsPerSecond, queueUs: 300_000 });

/** Changes of the spatial layer told since `from`. */
function switches(call: VirtualCall, from = 0): number {
  const changes = call.fixture.eventsOf('consumerLayer').slice(from);
  return changes.filter(({ from, to }) => from.spatialLayer !== to.spatialLayer).length;
}

console.log(`# seed ${SEED}`);

t.test('a wide downlink carries the top layer from the start, and it stays', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: WIDE });
  const seen = bob.see(alice);
  call.run(1);
  call.fixture.events.length = 0;
  call.run(8);
  bob.stats();
  call.run(1);
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
  t.same(call.fixture.eventsOf('consumerLayer'), [], 'it is there within a second, and stays');
  t.ok(seen.fps(3e6, 11e6) >= 24.5, `${seen.fps(3e6, 11e6)} fps`);
  const { estimateBitsPerSecond = 0, sentBitsPerSecond, lossFraction } = bob.stats();
  t.ok(estimateBitsPerSecond > 2_000_000, `estimate ${estimateBitsPerSecond}`);
  t.ok(sentBitsPerSecond < 1_900_000 * 1.1, `${sentBitsPerSecond} bit/s sent`);
  t.equal(lossFraction, 0);
});

t.test('two percent of loss take nothing from the picture (mediasoup #872)', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', {
    down: { ...WIDE, loss: 0.02 },
    up: { delayUs: 25_000, loss: 0.02 },
  });
  const seen = bob.see(alice);
  call.run(20);
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
  const { estimateBitsPerSecond = 0 } = bob.stats();
  t.ok(estimateBitsPerSecond > 2_000_000, `estimate ${estimateBitsPerSecond}`);
  t.ok(seen.longestGapMs(3e6, 21e6) <= 200, `longest gap ${seen.longestGapMs(3e6, 21e6)} ms`);
});

for (const loss of [0.3, 0.5]) {
  t.test(`${loss * 100} % of loss both ways on a wide line: the layer and the picture stay`, async (t) => {
    const call = new VirtualCall(SEED);
    const alice = call.publisher('alice', single(800_000));
    const bob = call.subscriber('bob', { down: { ...WIDE, loss }, up: { delayUs: 25_000, loss } });
    const seen = bob.see(alice);
    call.run(5);
    bob.stats();
    call.run(10);
    const gap = seen.longestGapMs(5e6, 16e6);
    t.ok(gap <= (loss > 0.4 ? 500 : 300), `longest gap ${gap} ms`);
    t.ok(seen.fps(5e6, 16e6) >= (loss > 0.4 ? 22 : 24), `${seen.fps(5e6, 16e6)} fps`);
    const { lossFraction, sentBitsPerSecond, estimateBitsPerSecond = 0 } = bob.stats();
    t.ok(Math.abs(lossFraction - loss) < 0.1, `loss ${lossFraction}`);
    t.ok(
      sentBitsPerSecond <= estimateBitsPerSecond * 1.15,
      `${sentBitsPerSecond} of ${estimateBitsPerSecond}`,
    );
    t.ok(sentBitsPerSecond <= 840_000 * (loss > 0.4 ? 6 : 3), `${sentBitsPerSecond} bit/s on the wire`);
  });
}

t.test(
  '4, then 0.5, then 4 Mbit/s: a picture all the time, and the top layer again within 12 s',
  async (t) => {
    const call = new VirtualCall(SEED);
    const alice = call.publisher('alice', simulcast());
    const bob = call.subscriber('bob', { down: { ...WIDE, bottleneck: line(4_000_000) } });
    const startUs = call.nowUs;
    bob.down.changeAt(startUs + 10e6, { bottleneck: line(500_000) });
    bob.down.changeAt(startUs + 30e6, { bottleneck: line(4_000_000) });
    const seen = bob.see(alice);
    call.run(12);
    t.ok(bob.consumer(alice).layer.spatialLayer < 2, 'lowered within two seconds');
    t.ok(['bandwidth', 'loss'].includes(bob.consumer(alice).reason), bob.consumer(alice).reason);
    call.run(18);
    const gap = seen.longestGapMs(startUs + 12e6, startUs + 30e6);
    t.ok(gap <= 500, `longest gap ${gap} ms`);
    t.ok(bob.down.queueUs(call.nowUs) < 150_000, `${bob.down.queueUs(call.nowUs)} µs of queue`);
    call.run(12);
    t.equal(bob.consumer(alice).layer.spatialLayer, 2);
  },
);

t.test('between two layers the picture does not go up and down (mediasoup #1462)', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: { ...WIDE, bottleneck: line(1_300_000) } });
  const seen = bob.see(alice);
  call.run(20);
  const before = call.fixture.eventsOf('consumerLayer').length;
  call.run(60);
  t.ok(switches(call, before) <= 6, `${switches(call, before)} switches in a minute`);
  t.ok(bob.consumer(alice).layer.spatialLayer >= 1);
  t.ok(seen.longestGapMs(21e6, 81e6) <= 500, `longest gap ${seen.longestGapMs(21e6, 81e6)} ms`);
});

t.test('what does not fit flows on where there is nothing smaller (mediasoup #804)', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', single(800_000));
  const bob = call.subscriber('bob', { down: { ...WIDE, bottleneck: line(700_000) } });
  const seen = bob.see(alice);
  call.run(15);
  t.ok(seen.fps(2e6, 16e6) > 3, `${seen.fps(2e6, 16e6)} fps of a picture that cannot be had whole`);
  t.equal(bob.consumer(alice).layer.spatialLayer, 0);
});

t.test('who publishes one size only is told to send no more than the best subscriber takes', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', { ...single(800_000), heedsRemb: true });
  const bob = call.subscriber('bob', { down: { ...WIDE, bottleneck: line(600_000) } });
  const startUs = call.nowUs;
  const seen = bob.see(alice);
  call.run(5);
  const before = bob.audioPackets;
  call.run(15);
  t.ok(seen.fps(startUs + 5e6, call.nowUs) >= 23, `${seen.fps(startUs + 5e6, call.nowUs)} fps`);
  t.ok(bob.audioPackets - before >= 15 * 50 * 0.97, `${bob.audioPackets - before} audio packets`);
  const rate = alice.layers[0]!.published.bitsPerSecond;
  t.ok(rate > 250_000 && rate < 560_000, `${rate} bit/s`);
  const carol = call.subscriber('carol', { down: WIDE });
  carol.see(alice);
  call.run(10);
  t.ok(alice.layers[0]!.published.bitsPerSecond > 750_000, 'with somebody who can take it, all of it');
  call.fixture.command({ type: 'closeTransport', transportId: 'carol' });
  call.run(5);
  t.ok(alice.layers[0]!.published.bitsPerSecond < 600_000, 'and less again');
});

t.test(
  'on a line of 700 kbit/s that loses 10 % no picture waits for an answer that was refused',
  async (t) => {
    for (const seed of [1, 2, 5, 6]) {
      const call = new VirtualCall(seed);
      const lossy = { ...WIDE, loss: 0.1 };
      const alice = call.publisher('alice', { ...single(800_000), up: lossy, heedsRemb: true });
      const bob = call.subscriber('bob', { down: { ...lossy, bottleneck: line(700_000) }, up: lossy });
      const startUs = call.nowUs;
      const seen = bob.see(alice);
      call.run(30);
      t.ok(seen.fps(startUs + 5e6, call.nowUs) >= 23, `${seen.fps(startUs + 5e6, call.nowUs)} fps`);
      const gap = seen.longestGapMs(startUs + 5e6, call.nowUs);
      t.ok(gap <= 300, `longest gap ${gap} ms`);
      t.ok(alice.keyFrames <= 6, `${alice.keyFrames} key frames, as hardly anything had to be given up`);
      const { estimateBitsPerSecond = 0 } = bob.stats();
      t.ok(estimateBitsPerSecond > 400_000, `estimate ${estimateBitsPerSecond}`);
    }
  },
);

t.test('who paused for long gets the top layer back at once (mediasoup #316)', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: { ...WIDE, bottleneck: line(4_000_000) } });
  bob.see(alice);
  call.run(8);
  const consumerId = bob.consumerId(alice);
  call.fixture.command({ type: 'pauseConsumer', consumerId });
  call.run(20);
  call.fixture.command({ type: 'resumeConsumer', consumerId });
  call.run(4);
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
});

t.test('without an estimate layers still follow what the publisher sends (mediasoup #1821)', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: WIDE, transportCc: false });
  const seen = bob.see(alice);
  call.run(3);
  t.equal(bob.stats().estimateBitsPerSecond, undefined);
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
  alice.layers[2]!.published.bitsPerSecond = 0;
  call.run(3);
  t.equal(bob.consumer(alice).layer.spatialLayer, 1);
  alice.layers[1]!.published.bitsPerSecond = 0;
  call.run(3);
  t.equal(bob.consumer(alice).layer.spatialLayer, 0);
  alice.layers[2]!.published.bitsPerSecond = 1_700_000;
  call.run(3);
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
  t.ok(seen.longestGapMs(2e6, 13e6) < 1_000, `longest gap ${seen.longestGapMs(2e6, 13e6)} ms`);
});

t.test('a subscriber that only says REMB gets what it says', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: WIDE, transportCc: false });
  bob.see(alice);
  call.run(3);
  const remb = Buffer.alloc(40);
  const say = (bitsPerSecond: number): void => {
    const length = writeRemb(remb, 0, 1, { bitsPerSecond, ssrcs: [30_000] });
    bob.say(remb.subarray(0, length));
    t.ok(readRemb !== undefined);
  };
  for (let second = 0; second < 6; second += 1) {
    say(700_000);
    call.run(1);
  }
  t.equal(bob.consumer(alice).layer.spatialLayer, 1);
  for (let second = 0; second < 12; second += 1) {
    say(5_000_000);
    call.run(1);
  }
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
});

t.test('when its feedback ceases the picture goes on, smaller, and comes back with it', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: WIDE });
  const startUs = call.nowUs;
  bob.up.changeAt(startUs + 5e6, { loss: 1 });
  bob.up.changeAt(startUs + 20e6, { loss: 0 });
  const seen = bob.see(alice);
  call.run(20);
  t.ok(seen.longestGapMs(startUs + 1e6, startUs + 20e6) <= 1_000);
  t.equal(bob.stats().congestionState, 'noFeedback');
  call.run(12);
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
});

t.test('who speaks is seen large, the others small, when not both can be', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const carol = call.publisher('carol', simulcast());
  const bob = call.subscriber('bob', { down: { ...WIDE, bottleneck: line(1_000_000) } });
  call.speaker = 'carol';
  bob.see(alice, { maxHeight: 360 });
  bob.see(carol, { maxHeight: 360 });
  call.run(20);
  const layers = [bob.consumer(alice).layer.spatialLayer, bob.consumer(carol).layer.spatialLayer];
  t.same(layers, [0, 1]);
});
