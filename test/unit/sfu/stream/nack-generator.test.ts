import t from 'tap';
import { NackGenerator, type NackGeneratorOptions } from '../../../../src/sfu/stream/nack-generator.ts';

const START = 0x1_0000 + 65_500;
const MS = 1000;

class Rig {
  readonly nack: NackGenerator;
  readonly #out = new Uint16Array(64);
  next = START;

  constructor(options: NackGeneratorOptions = {}) {
    this.nack = new NackGenerator({ reorderWaitUs: 10 * MS, ...options });
    this.nack.rttUs = 50 * MS;
  }

  receivePackets(count: number, nowUs: number): this {
    for (let index = 0; index < count; index += 1) this.nack.receive(this.next + index, nowUs);
    this.next += count;
    return this;
  }

  losePackets(count: number): this {
    this.next += count;
    return this;
  }

  due(nowUs: number): number[] {
    return [...this.#out.subarray(0, this.nack.due(nowUs, this.#out))];
  }
}

t.test('without a gap nothing is ever due', async (t) => {
  const rig = new Rig().receivePackets(200, 0);
  t.equal(rig.nack.nextTimeoutUs, Number.POSITIVE_INFINITY);
  t.same(rig.due(10_000 * MS), []);
});

t.test('a gap is asked for after the reorder wait, then once per RTT', async (t) => {
  const rig = new Rig().receivePackets(36, 0).losePackets(2).receivePackets(1, 0);
  t.equal(rig.nack.nextTimeoutUs, 10 * MS);
  t.same(rig.due(9 * MS), []);
  t.same(rig.due(10 * MS), [0, 1], 'the two after 65535');
  t.equal(rig.nack.nextTimeoutUs, 60 * MS);
  t.same(rig.due(59 * MS), []);
  t.same(rig.due(60 * MS), [0, 1]);
  t.equal(rig.nack.requested, 4);
});

t.test('on a short path repetitions keep the floor', async (t) => {
  const rig = new Rig();
  rig.nack.rttUs = 2 * MS;
  rig.receivePackets(1, 0).losePackets(1).receivePackets(1, 0);
  rig.due(10 * MS);
  t.equal(rig.nack.nextTimeoutUs, 30 * MS);
});

t.test('an RTT that is not positive is ignored', async (t) => {
  const rig = new Rig();
  for (const wrong of [0, -5, Number.NaN]) rig.nack.rttUs = wrong;
  rig.receivePackets(1, 0).losePackets(1).receivePackets(1, 0);
  rig.due(10 * MS);
  t.equal(rig.nack.nextTimeoutUs, 60 * MS);
});

t.test('a packet that comes within the wait is not asked for', async (t) => {
  const rig = new Rig().receivePackets(1, 0).losePackets(1).receivePackets(1, 0);
  rig.nack.receive(START + 1, 5 * MS);
  t.same(rig.due(10 * MS), []);
  t.equal(rig.nack.recovered, 1);
  t.equal(rig.nack.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('late originals lengthen the wait, up to its limit, and it fades again', async (t) => {
  const rig = new Rig();
  const firstRequestAfter = (nowUs: number) => {
    rig.losePackets(1).receivePackets(1, nowUs);
    const waitUs = rig.nack.nextTimeoutUs - nowUs;
    rig.nack.receive(rig.next - 2, nowUs);
    return waitUs;
  };
  rig.receivePackets(1, 0);
  t.equal(firstRequestAfter(0), 10 * MS);
  rig.losePackets(1).receivePackets(1, 0);
  rig.due(10 * MS);
  rig.nack.receive(rig.next - 2, 20 * MS);
  t.equal(firstRequestAfter(20 * MS), 25 * MS);
  rig.losePackets(1).receivePackets(1, 20 * MS);
  rig.due(45 * MS);
  rig.nack.receive(rig.next - 2, 70 * MS);
  t.equal(firstRequestAfter(70 * MS), 30 * MS);
  t.equal(firstRequestAfter(60_000 * MS), 10 * MS);
});

t.test('an answer by RTX, however quick, says nothing about reordering', async (t) => {
  const rig = new Rig().receivePackets(1, 0).losePackets(1).receivePackets(1, 0);
  rig.due(10 * MS);
  rig.nack.receiveRepaired(START + 1, 29 * MS);
  rig.losePackets(1).receivePackets(1, 30 * MS);
  t.equal(rig.nack.nextTimeoutUs, 40 * MS);
});

t.test('given up by number of requests, and a key frame is needed', async (t) => {
  const rig = new Rig({ maxRequests: 3 }).receivePackets(1, 0).losePackets(1).receivePackets(1, 0);
  for (const at of [10, 60, 110]) t.equal(rig.due(at * MS).length, 1);
  t.equal(rig.nack.takeKeyFrameNeeded(), false);
  t.same(rig.due(160 * MS), []);
  t.equal(rig.nack.abandoned, 1);
  t.equal(rig.nack.missing, 0);
  t.equal(rig.nack.takeKeyFrameNeeded(), true);
  t.equal(rig.nack.takeKeyFrameNeeded(), false);
});

t.test('given up by age', async (t) => {
  const rig = new Rig({ maxAgeUs: 100 * MS }).receivePackets(1, 0).losePackets(1).receivePackets(1, 0);
  t.equal(rig.due(10 * MS).length, 1);
  t.equal(rig.due(60 * MS).length, 1);
  t.equal(rig.due(110 * MS).length, 0);
  t.equal(rig.nack.takeKeyFrameNeeded(), true);
});

t.test('a key frame makes what is before it needless, not what is after', async (t) => {
  const rig = new Rig().receivePackets(1, 0).losePackets(3).receivePackets(1, 0);
  const keyFrame = rig.next;
  rig.receivePackets(2, 0).losePackets(1).receivePackets(1, 0);
  rig.nack.receiveKeyFrame(keyFrame);
  t.equal(rig.nack.missing, 1);
  t.same(rig.due(10 * MS), [(keyFrame + 2) & 0xffff]);
  t.equal(rig.nack.abandoned, 0);
});

t.test('a key frame cancels the need for one', async (t) => {
  const rig = new Rig({ maxRequests: 1 }).receivePackets(1, 0).losePackets(1).receivePackets(1, 0);
  rig.due(10 * MS);
  rig.due(60 * MS);
  rig.nack.receiveKeyFrame(rig.next);
  t.equal(rig.nack.takeKeyFrameNeeded(), false);
});

t.test('a gap of 1023 is asked for whole; one of 1024 asks for a key frame instead', async (t) => {
  for (const [lost, missing, needed] of [
    [1022, 1022, false],
    [1023, 1023, false],
    [1024, 0, true],
    [1025, 0, true],
  ] as const) {
    const rig = new Rig().receivePackets(1, 0).losePackets(lost).receivePackets(1, 0);
    t.equal(rig.nack.missing, missing, `${lost} lost`);
    t.equal(rig.nack.takeKeyFrameNeeded(), needed, `${lost} lost`);
  }
});

t.test('a list longer than the output comes in several goes, oldest first, none twice', async (t) => {
  const rig = new Rig().receivePackets(1, 0).losePackets(150).receivePackets(1, 0);
  const asked = [...rig.due(10 * MS), ...rig.due(10 * MS), ...rig.due(10 * MS), ...rig.due(10 * MS)];
  t.same(
    asked,
    Array.from({ length: 150 }, (_, index) => (START + 1 + index) & 0xffff),
  );
});

t.test('what falls out of the window is given up, however long nobody asks', async (t) => {
  const rig = new Rig().receivePackets(1, 0).losePackets(2).receivePackets(1021, 0);
  t.equal(rig.nack.missing, 2);
  rig.receivePackets(1, 0);
  t.equal(rig.nack.missing, 2);
  rig.receivePackets(1, 0);
  t.equal(rig.nack.missing, 1);
  rig.receivePackets(20_000, 0);
  t.equal(rig.nack.missing, 0);
  t.equal(rig.nack.abandoned, 2);
  t.same(rig.due(10 * MS), []);
});

t.test('after a reset the first packet anywhere is no gap', async (t) => {
  const rig = new Rig().receivePackets(1, 0).losePackets(5).receivePackets(1, 0);
  rig.nack.reset();
  rig.nack.receive(START + 900, 0);
  t.equal(rig.nack.missing, 0);
  t.same(rig.due(1000 * MS), []);
});

/** Times in ms at which 1 is asked for, that got lost between 0 and 2, until `untilMs`. */
function askedMs(lossFraction: number, rttMs: number, untilMs: number, isRestrained = false): number[] {
  const nack = new NackGenerator();
  nack.rttUs = rttMs * 1000;
  nack.lossFraction = lossFraction;
  nack.isRestrained = isRestrained;
  nack.receive(0x1_0000, 0);
  nack.receive(0x1_0002, 0);
  const out = new Uint16Array(4);
  const asked: number[] = [];
  for (let ms = 0; ms < untilMs; ms += 1) if (nack.due(ms * 1000, out) > 0) asked.push(ms);
  return asked;
}

t.test(
  'over a long way all requests go at once, as many as the loss calls for, and none until answers are due',
  async (t) => {
    t.same(askedMs(0.1, 300, 340), [5, 16, 27, 325, 336]);
    t.same(askedMs(0.3, 150, 200), [5, 16, 27, 38, 49, 60, 71, 175, 186, 197]);
    t.equal(askedMs(0.9, 150, 170).length, 10, 'ten at the most');
    t.same(askedMs(0.3, 150, 200, true), [5, 9, 155, 159], 'a copy for safety where repair is restrained');
    t.same(askedMs(0, 150, 200), [5, 155]);
  },
);

t.test('with loss a round is two or three copies, and comes twice a round trip', async (t) => {
  t.same(askedMs(0.02, 50, 120), [5, 55, 105]);
  t.same(askedMs(0.1, 50, 60), [5, 13, 30, 38, 55]);
  t.same(askedMs(0.4, 50, 60), [5, 13, 21, 30, 38, 46, 55]);
  t.same(askedMs(0.1, 95, 100), [5, 13, 45, 53, 85, 93], 'rounds are 40 ms apart at the most');
  t.same(askedMs(0.1, 50, 70, true), [5, 9, 55, 59], 'restrained: once a round trip');
});

t.test('patience is 400 ms and two round trips, within 900 ms', async (t) => {
  t.ok(askedMs(0.1, 50, 2000).at(-1)! < 500);
  t.ok(askedMs(0.1, 50, 2000).at(-1)! > 450);
  t.ok(askedMs(0.1, 400, 2000).at(-1)! < 900);
});

t.test('what was asked for is known to be an answer when it comes', async (t) => {
  const nack = new NackGenerator();
  nack.receive(0x1_0000, 0);
  nack.receive(0x1_0002, 0);
  t.equal(nack.wasAskedFor(0x1_0001), false);
  nack.due(5_000, new Uint16Array(4));
  t.equal(nack.wasAskedFor(0x1_0001), true);
  nack.receive(0x1_0001, 9_000);
  t.equal(nack.wasAskedFor(0x1_0001), false);
});
