/**
 * Nobody pays for another's network: each test has one person in trouble, and looks at the others. In virtual time,
 * through the Router.
 */
import t from 'tap';
import { writePli } from '../../src/rtp/rtcp/key-frame-request.ts';
import { VirtualCall } from '../helpers/virtual-call.ts';

const SEED = 20261122;
const WIDE = { delayUs: 25_000 };
const simulcast = () => ({
  up: WIDE,
  layers: [
    { height: 180, bitsPerSecond: 150_000 },
    { height: 360, bitsPerSecond: 500_000 },
    { height: 720, bitsPerSecond: 1_700_000 },
  ],
  temporalLayers: 3,
});

console.log(`# seed ${SEED}`);

t.test(
  'loss on one publisher’s uplink lowers nobody’s estimate, nor another’s picture (mediasoup #962)',
  async (t) => {
    const call = new VirtualCall(SEED);
    const alice = call.publisher('alice', simulcast());
    const mallory = call.publisher('mallory', { ...simulcast(), up: { ...WIDE, loss: 0.3 } });
    const bob = call.subscriber('bob', { down: WIDE });
    const seen = bob.see(alice);
    bob.see(mallory);
    call.run(20);
    const { estimateBitsPerSecond = 0, lossFraction, redundancyBitsPerSecond } = bob.stats();
    t.ok(estimateBitsPerSecond > 3_500_000, `estimate ${estimateBitsPerSecond}`);
    t.equal(lossFraction, 0);
    t.ok(
      redundancyBitsPerSecond < 700_000,
      `${redundancyBitsPerSecond} bit/s sent again to bob, who loses nothing`,
    );
    t.equal(bob.consumer(alice).layer.spatialLayer, 2);
    t.ok(seen.longestGapMs(3e6, 21e6) <= 100, `longest gap ${seen.longestGapMs(3e6, 21e6)} ms`);
  },
);

t.test('one bad subscriber changes nothing for the other, and asks little of the publisher', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: WIDE });
  const eve = call.subscriber('eve', {
    down: { ...WIDE, loss: 0.3, bottleneck: { bitsPerSecond: 400_000, queueUs: 300_000 } },
    up: { delayUs: 25_000, loss: 0.3 },
  });
  const seen = bob.see(alice);
  const seenByEve = eve.see(alice);
  call.run(2);
  const keyFrames = alice.layers[2]!.keyFrames;
  call.fixture.events.length = 0;
  call.run(20);
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
  t.same(
    call.fixture.eventsOf('consumerLayer').filter(({ consumerId }) => consumerId === bob.consumerId(alice)),
    [],
  );
  t.equal(bob.consumer(alice).nacksReceived, 0);
  t.ok(seen.longestGapMs(3e6, 23e6) <= 100, `longest gap ${seen.longestGapMs(3e6, 23e6)} ms`);
  t.equal(alice.layers[2]!.keyFrames - keyFrames, 0, 'no key frame of the layer that only bob gets');
  t.equal(eve.consumer(alice).layer.spatialLayer, 0);
  t.ok(seenByEve.fps(5e6, 23e6) > 5, `and eve sees something: ${seenByEve.fps(5e6, 23e6)} fps`);
});

t.test('key frames asked for by one subscriber are bounded for all', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: WIDE });
  const mallory = call.subscriber('mallory', { down: WIDE });
  bob.see(alice);
  mallory.see(alice);
  call.run(2);
  const before = alice.keyFrames;
  const pli = Buffer.alloc(12);
  call.onStep = () => mallory.say(pli.subarray(0, writePli(pli, 0, 1, 31_000)));
  call.run(10);
  t.ok(alice.keyFrames - before <= 16, `${alice.keyFrames - before} key frames in 10 s of 10,000 requests`);
  t.ok(call.fixture.stats().drops.keyFrameOverBudget! > 1_000);
});

t.test('a packet whose first repairs are lost too comes by a later one (mediasoup #1616)', async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', {
    ...simulcast(),
    layers: [{ height: 360, bitsPerSecond: 500_000 }],
  });
  const bob = call.subscriber('bob', { down: WIDE });
  const seen = bob.see(alice);
  const { onRtp } = call.fixture;
  let victim = -1;
  let lost = 0;
  call.fixture.onRtp = (sent) => {
    const { packet, atUs } = sent;
    if (victim < 0 && atUs > 4e6 && packet.ssrc === 30_000) {
      victim = packet.sequenceNumber;
      lost += 1;
    } else if (
      packet.ssrc === 30_001 &&
      packet.payloadLength > 2 &&
      packet.payload.readUInt16BE(0) === victim &&
      lost < 3
    ) {
      lost += 1;
    } else onRtp?.(sent);
  };
  call.run(3);
  const keyFrames = alice.keyFrames;
  call.run(4);
  t.equal(lost, 3, 'the packet and two repairs of it');
  t.equal(alice.keyFrames, keyFrames, 'and no key frame was needed');
  t.ok(seen.longestGapMs(3e6, 8e6) <= 400, `longest gap ${seen.longestGapMs(3e6, 8e6)} ms`);
  t.ok(seen.fps(5e6, 7e6) >= 24.5, `${seen.fps(5e6, 7e6)} fps`);
});

t.test('reordering is not loss: little is asked for or sent again (mediasoup #906, #549)', async (t) => {
  const call = new VirtualCall(SEED);
  const reordered = { delayUs: 25_000, jitterUs: 15_000, reorders: true };
  const alice = call.publisher('alice', simulcast());
  const bob = call.subscriber('bob', { down: reordered });
  const seen = bob.see(alice);
  call.run(20);
  const { packets, retransmissions, layer } = bob.consumer(alice);
  t.equal(layer.spatialLayer, 2);
  t.ok(retransmissions < packets * 0.1, `${retransmissions} of ${packets} sent again`);
  t.ok(seen.longestGapMs(3e6, 21e6) <= 120, `longest gap ${seen.longestGapMs(3e6, 21e6)} ms`);
});
