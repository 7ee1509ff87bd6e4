import t from 'tap';
import { NOT_RECEIVED, writeTransportCc } from '../../../../src/rtp/rtcp/transport-cc.ts';
import { TransportFeedbackGenerator } from '../../../../src/sfu/congestion/transport-feedback-generator.ts';

const MS = 1000;
const LATER = 1e12;

/** Every feedback there is at `nowUs`, deltas copied; lost ones as null. */
function buildAll(generator: TransportFeedbackGenerator, nowUs = LATER) {
  const all = [];
  for (let made = generator.build(nowUs); made !== undefined; made = generator.build(nowUs)) {
    const { baseSequenceNumber, referenceTime, feedbackCount, count } = made;
    const deltas = Array.from({ length: count }, (_, index) =>
      made.deltas[index] === NOT_RECEIVED ? null : made.deltas[index],
    );
    all.push({ baseSequenceNumber, referenceTime, feedbackCount, deltas });
  }
  return all;
}

t.test('nothing came, nothing is said', async (t) => {
  const generator = new TransportFeedbackGenerator();
  t.equal(generator.nextTimeoutUs, Number.POSITIVE_INFINITY);
  t.equal(generator.build(LATER), undefined);
});

t.test('feedback comes an interval after the first packet not told of, not before', async (t) => {
  const generator = new TransportFeedbackGenerator({ intervalUs: 80 * MS });
  generator.record(1, 10 * MS);
  generator.record(2, 70 * MS);
  t.equal(generator.nextTimeoutUs, 90 * MS);
  t.equal(generator.build(90 * MS - 1), undefined);
  t.ok(generator.build(90 * MS));
  t.equal(generator.build(90 * MS), undefined);
  t.equal(generator.nextTimeoutUs, Number.POSITIVE_INFINITY);
  generator.record(3, 500 * MS);
  t.equal(generator.nextTimeoutUs, 580 * MS);
});

t.test('arrivals, losses and reordering are deltas of 250 µs, across the wrap', async (t) => {
  const generator = new TransportFeedbackGenerator();
  generator.record(65_534, 128 * MS);
  generator.record(0, 130 * MS);
  generator.record(65_535, 131 * MS);
  generator.record(3, 140 * MS);
  t.same(buildAll(generator), [
    { baseSequenceNumber: 65_534, referenceTime: 2, feedbackCount: 0, deltas: [0, 12, -4, null, null, 40] },
  ]);
});

t.test('losses at the start of a feedback are told of in it', async (t) => {
  const generator = new TransportFeedbackGenerator();
  generator.record(10, 0);
  buildAll(generator);
  generator.record(13, 64 * MS);
  t.same(buildAll(generator), [
    { baseSequenceNumber: 11, referenceTime: 1, feedbackCount: 1, deltas: [null, null, 0] },
  ]);
});

t.test('a packet that comes after its loss was told is told of next time, with those after it', async (t) => {
  const generator = new TransportFeedbackGenerator();
  for (const number of [10, 12, 13]) generator.record(number, 64 * MS);
  buildAll(generator);
  generator.record(11, 65 * MS);
  generator.record(14, 66 * MS);
  t.same(buildAll(generator), [
    { baseSequenceNumber: 11, referenceTime: 1, feedbackCount: 1, deltas: [4, -4, 0, 8] },
  ]);
});

t.test('a packet half a second late is not told of any more', async (t) => {
  const generator = new TransportFeedbackGenerator();
  generator.record(10, 0);
  generator.record(12, 0);
  buildAll(generator);
  generator.record(11, 501 * MS);
  t.equal(generator.tooLate, 1);
  t.equal(generator.build(LATER), undefined);
});

t.test('a copy changes nothing: the first arrival counts', async (t) => {
  const generator = new TransportFeedbackGenerator();
  generator.record(10, 0);
  generator.record(10, 9 * MS);
  t.same(buildAll(generator)[0]?.deltas, [0]);
  generator.record(10, 20 * MS);
  t.equal(generator.build(LATER), undefined);
  t.equal(generator.duplicates, 2);
});

t.test('a delta beyond 16 bits begins a new feedback', async (t) => {
  const generator = new TransportFeedbackGenerator();
  generator.record(1, 0);
  generator.record(2, 0x7fff * 250);
  generator.record(4, (0x7fff * 2 + 1) * 250);
  const [first, second, ...more] = buildAll(generator);
  t.same(first?.deltas, [0, 0x7fff]);
  t.same(second?.deltas, [null, (0x7fff * 2 + 1) % 256]);
  t.equal(second?.baseSequenceNumber, 3);
  t.equal(second?.referenceTime, Math.floor((0x7fff * 2 + 1) / 256));
  t.same(more, []);
});

t.test('the reference time is signed and wraps at 24 bits', async (t) => {
  for (const [nowUs, expected] of [
    [0x7f_ffff * 64_000, 0x7f_ffff],
    [0x80_0000 * 64_000, -0x80_0000],
    [0xff_ffff * 64_000, -1],
    [0x100_0000 * 64_000, 0],
  ] as const) {
    const generator = new TransportFeedbackGenerator();
    generator.record(1, nowUs);
    t.equal(generator.build(LATER * 10)?.referenceTime, expected);
  }
});

t.test('the feedback count wraps at 256', async (t) => {
  const generator = new TransportFeedbackGenerator();
  const counts: number[] = [];
  for (let index = 0; index < 258; index += 1) {
    generator.record(index, index);
    counts.push(generator.build(LATER)!.feedbackCount);
  }
  t.same(counts.slice(254), [254, 255, 0, 1]);
});

t.test(
  'no feedback is larger than allowed, whatever the pattern, and none is needlessly split',
  async (t) => {
    const wire = Buffer.alloc(20_000);
    const patterns: [string, (index: number) => boolean, (index: number) => number, number][] = [
      ['all, quick', () => true, () => 1 * MS, 870],
      ['all, slow: 16-bit deltas', () => true, () => 70 * MS, 450],
      ['small and large deltas in turn', () => true, (index) => (index % 2 === 0 ? 1 : 900) * MS, 500],
      ['every second', (index) => index % 2 === 0, () => 70 * MS, 700],
      ['every seventh', (index) => index % 7 === 0, () => 1 * MS, 2000],
      ['every hundredth', (index) => index % 100 === 0, () => 70 * MS, 8000],
    ];
    for (const [name, comes, spacingUs, atLeast] of patterns) {
      const generator = new TransportFeedbackGenerator();
      let nowUs = 0;
      for (let index = 0; index < 8000; index += 1) {
        if (comes(index)) generator.record(index, nowUs);
        nowUs += spacingUs(index) / 10;
      }
      let said = 0;
      let largest = 0;
      let firstCount = 0;
      for (let made = generator.build(LATER); made !== undefined; made = generator.build(LATER)) {
        firstCount ||= made.count;
        largest = Math.max(largest, writeTransportCc(wire, 0, 1, 2, made));
        for (let index = 0; index < made.count; index += 1) {
          const received = made.deltas[index] !== NOT_RECEIVED;
          if (received !== comes(said + index)) t.fail(`${name}: ${said + index}`);
        }
        said += made.count;
      }
      t.ok(largest <= 1150, `${name}: ${largest} bytes`);
      t.ok(firstCount >= Math.min(atLeast, said), `${name}: ${firstCount} statuses in the first`);
    }
  },
);

t.test('an outage of 40,000 packets is told in bounded size, and what comes after it rightly', async (t) => {
  const generator = new TransportFeedbackGenerator();
  generator.record(100, 0);
  buildAll(generator);
  generator.record(40_100, 35_000 * MS);
  generator.record(40_101, 35_001 * MS);
  const all = buildAll(generator);
  const statuses = all.flatMap((feedback) => feedback.deltas);
  t.equal(statuses.length, 8192);
  t.equal(statuses.filter((delta) => delta !== null).length, 2);
  t.equal((all[0]!.baseSequenceNumber + statuses.length - 1) & 0xffff, 40_101);
  generator.record(40_102, 35_050 * MS);
  t.equal(generator.tooLate, 0);
  t.equal(buildAll(generator)[0]?.baseSequenceNumber, 40_102);
});

t.test('the first packets may come in any order', async (t) => {
  const generator = new TransportFeedbackGenerator();
  for (const number of [2, 0, 65_535, 1]) generator.record(number, 64 * MS);
  t.same(buildAll(generator)[0]?.deltas, [0, 0, 0, 0]);
});

/** What each feedback tells of: its first number and how many follow; none of them lost. */
function told(generator: TransportFeedbackGenerator, nowUs: number): number[][] {
  return buildAll(generator, nowUs).map(({ baseSequenceNumber, deltas }) => {
    if (deltas.includes(null)) throw new Error('a lost number was spoken of');
    return [baseSequenceNumber, deltas.length];
  });
}

t.test('omitting, each run of received numbers is a feedback of its own, across the wrap', async (t) => {
  const generator = new TransportFeedbackGenerator();
  generator.omitsLost = true;
  for (const number of [65_530, 65_531, 65_534, 1, 2, 3]) generator.record(number, 64 * MS);
  t.same(told(generator, 200 * MS), [
    [65_530, 2],
    [65_534, 1],
    [1, 3],
  ]);
  t.equal(generator.nextTimeoutUs, Number.POSITIVE_INFINITY);
  t.equal(generator.expected, 10);
  t.equal(generator.recorded, 6);
});

t.test('omitting, each arrival is told as often more as asked, with what came meanwhile', async (t) => {
  const generator = new TransportFeedbackGenerator({ intervalUs: 40 * MS });
  generator.omitsLost = true;
  generator.repeats = 2;
  generator.record(10, 0);
  t.same(told(generator, 40 * MS), [[10, 1]]);
  generator.record(12, 50 * MS);
  t.same(told(generator, 80 * MS), [
    [10, 1],
    [12, 1],
  ]);
  generator.record(11, 100 * MS);
  t.same(told(generator, 120 * MS), [[10, 3]], 'reordered, it closes the gap');
  t.same(told(generator, 160 * MS), [[11, 2]], 'told again though nothing came');
  t.same(told(generator, 200 * MS), [[11, 2]]);
  t.equal(generator.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('honest again, losses are told from where the omitting ended', async (t) => {
  const generator = new TransportFeedbackGenerator();
  generator.omitsLost = true;
  generator.repeats = 1;
  for (const number of [10, 13]) generator.record(number, 0);
  told(generator, 50 * MS);
  generator.omitsLost = false;
  t.same(buildAll(generator, 100 * MS), [], 'there is nothing to repeat any more');
  generator.record(15, 110 * MS);
  t.same(buildAll(generator, 200 * MS)[0]?.deltas, [null, (110 * MS) / 250 - 256]);
});
