import t from 'tap';
import { type NackAnswer, SentHistory, type SentPacket } from '../../../../src/sfu/stream/sent-history.ts';

const MS = 1000;

function blank(): SentPacket {
  return { encodingIndex: 0, incoming: 0, timestamp: 0, marker: 0, pictureId: -1, tl0PicIdx: -1 };
}

function packetOf(index: number): SentPacket {
  return {
    encodingIndex: index % 3,
    incoming: 0x1_0000 + index * 7,
    timestamp: 0xffff_ff00 + (index % 256),
    marker: index % 2,
    pictureId: index % 0x8000,
    tl0PicIdx: index % 256,
  };
}

t.test('gives back what was noted, across the wrap', async (t) => {
  const history = new SentHistory({ maxResendsPerSecond: 10_000 });
  for (let index = 0; index < 100; index += 1) history.record((65_500 + index) & 0xffff, packetOf(index), 0);
  for (let index = 0; index < 100; index += 1) {
    const into = blank();
    t.equal(history.answer((65_500 + index) & 0xffff, 50 * MS, MS, into), 'send');
    t.same(into, packetOf(index));
  }
  t.equal(history.answer(65_499, 50 * MS, MS, blank()), 'unknown');
  t.equal(history.answer(64, 50 * MS, MS, blank()), 'unknown');
});

t.test('an empty history knows nothing', async (t) => {
  const history = new SentHistory();
  t.equal(history.answer(0, 50 * MS, 0, blank()), 'unknown');
  t.equal(history.timesResent(0), 0);
});

t.test('-1 stands for no picture id and no TL0 index', async (t) => {
  const history = new SentHistory();
  history.record(1, { ...blank(), pictureId: -1, tl0PicIdx: -1 }, 0);
  const into = packetOf(5);
  history.answer(1, MS, MS, into);
  t.same(into, blank());
});

t.test(
  'the first resend is never too soon, the next ones keep an RTT apart, less a little for jitter',
  async (t) => {
    const plans: [rttMs: number, atMs: number[], NackAnswer[]][] = [
      [100, [1, 50, 90, 91, 180, 181], ['send', 'tooSoon', 'tooSoon', 'send', 'tooSoon', 'send']],
      [20, [1, 15, 16, 17], ['send', 'tooSoon', 'send', 'tooSoon']],
      [0, [1, 1, 1], ['send', 'send', 'send']],
    ];
    for (const [rttMs, atMs, expected] of plans) {
      const history = new SentHistory();
      history.record(10, blank(), 0);
      const answers = atMs.map((ms) => history.answer(10, rttMs * MS, ms * MS, blank()));
      t.same(answers, expected, `RTT ${rttMs} ms`);
      t.equal(history.timesResent(10), expected.filter((answer) => answer === 'send').length);
    }
  },
);

t.test('no more than so many resends in a second, however many are asked for', async (t) => {
  const history = new SentHistory({ maxResendsPerSecond: 100 });
  for (let index = 0; index < 2000; index += 1) history.record(index, blank(), 0);
  for (let index = 0; index < 2000; index += 1) history.answer(index, 0, index * 500, blank());
  const { send, overBudget } = history.answers;
  t.ok(send >= 195 && send <= 200, `${send} in one second that began with a full budget`);
  t.equal(send + overBudget, 2000);
});

t.test('a budget rests full, not more', async (t) => {
  const history = new SentHistory({ maxResendsPerSecond: 10, maxAgeUs: 1e9 });
  for (let index = 0; index < 100; index += 1) history.record(index, blank(), 0);
  const answers = Array.from({ length: 30 }, (_, index) => history.answer(index, 0, 100_000 * MS, blank()));
  t.equal(answers.filter((answer) => answer === 'send').length, 10);
});

t.test('2048 packets are remembered, the one before is not; old ones are forgotten by age', async (t) => {
  const history = new SentHistory({ maxResendsPerSecond: 10_000 });
  for (let index = 0; index < 2049; index += 1) history.record(index, packetOf(index), index);
  t.equal(history.answer(0, 0, 3000, blank()), 'unknown');
  t.equal(history.answer(1, 0, 3000, blank()), 'send');
  t.equal(history.answer(2048, 0, 3_002_048, blank()), 'send');
  t.equal(history.answer(2047, 0, 3_002_048, blank()), 'unknown');
});

t.test('a late packet takes its place, one older than the history does not', async (t) => {
  const history = new SentHistory();
  history.record(5, packetOf(5), 0);
  history.record(65_535, packetOf(1), 0);
  history.record((5 - 2048) & 0xffff, packetOf(2), 0);
  const into = blank();
  t.equal(history.answer(65_535, 0, 0, into), 'send');
  t.same(into, packetOf(1));
  t.equal(history.answer(5, 0, 0, into), 'send');
  t.same(into, packetOf(5));
});

t.test('a cleared history knows nothing', async (t) => {
  const history = new SentHistory();
  history.record(5, packetOf(5), 0);
  history.clear();
  t.equal(history.answer(5, 0, 0, blank()), 'unknown');
});
