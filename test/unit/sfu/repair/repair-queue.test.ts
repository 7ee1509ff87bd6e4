import t from 'tap';
import { copyCount, keyFrameCopyCount } from '../../../../src/sfu/repair/copy-count.ts';
import { RepairQueue } from '../../../../src/sfu/repair/repair-queue.ts';

const MS = 1000;

function queueAt(lossFraction: number, rttMs = 50, acknowledges = true): RepairQueue {
  const queue = new RepairQueue();
  queue.lossFraction = lossFraction;
  queue.rttUs = rttMs * MS;
  queue.acknowledges = acknowledges;
  return queue;
}

/** Lets time pass to `untilMs`, and tells when which number was sent. */
function run(queue: RepairQueue, fromMs: number, untilMs: number): [ms: number, number: number][] {
  const sent: [number, number][] = [];
  for (let ms = fromMs; ms <= untilMs; ms += 1) {
    for (let number = queue.take(ms * MS); number >= 0; number = queue.take(ms * MS)) sent.push([ms, number]);
  }
  return sent;
}

const times = (sent: [number, number][]): number[] => sent.map(([ms]) => ms);

t.test('copies follow loss: none too many where little is lost, never more than four', async (t) => {
  const at = (lossFraction: number, inBursts = false, hasFec = false, rttUs = 50_000) =>
    [1, 2, 3, 99].map((round) => copyCount({ lossFraction, inBursts, hasFec, rttUs }, round));
  for (const loss of [Number.NaN, 0, 0.01, 0.019]) t.same(at(loss, true), [1, 1, 1, 1], `${loss}`);
  for (const loss of [0.02, 0.069]) t.same(at(loss), [1, 2, 3, 4], `${loss}`);
  for (const loss of [0.07, 0.24]) t.same(at(loss), [2, 3, 4, 4], `${loss}`);
  for (const loss of [0.25, 0.5, 1]) t.same(at(loss), [3, 4, 4, 4], `${loss}`);
  t.same(at(0.1, true), [3, 4, 4, 4], 'in bursts');
  t.same(at(0.3, false, true), [1, 2, 3, 4], 'beside FEC');
  t.same(at(0.3, true, true), [2, 3, 4, 4], 'beside FEC, in bursts');
  t.same(at(0.3, false, true, 150_000), [3, 4, 4, 4], 'where there is no time for another round');
  t.same(at(0.4, false, true), [3, 4, 4, 4], 'beside FEC, too much for it');
  t.same([0, 0.04, 0.05, 0.39, 0.4, 1, Number.NaN].map(keyFrameCopyCount), [0, 0, 1, 1, 2, 2, 0]);
});

t.test('without loss a NACK is answered once, and silence after it means that it helped', async (t) => {
  const queue = queueAt(0);
  t.equal(queue.nacked(65_535, 0, 60 * MS), 'repairs');
  t.same(run(queue, 60, 100), [[60, 65_535]]);
  queue.acknowledged(65_535, 130 * MS);
  t.same(run(queue, 100, 2000), []);
  t.equal(queue.size, 0);
});

t.test('at 20 % two copies go at once, and an ack of any takes the rest away', async (t) => {
  const queue = queueAt(0.2);
  queue.nacked(7, 0, 60 * MS);
  t.same(times(run(queue, 60, 65)), [60]);
  queue.acknowledged(7, 66 * MS);
  t.same(run(queue, 66, 2000), []);
  queue.nacked(8, 0, 60 * MS);
  t.same(times(run(queue, 60, 130)), [60, 70]);
});

t.test('silence after a round is met by one more copy, and only where acks come', async (t) => {
  const queue = queueAt(0.2);
  queue.nacked(7, 0, 60 * MS);
  t.same(times(run(queue, 60, 1000)), [60, 70, 70 + 50 + 30]);
  const deaf = queueAt(0.2, 50, false);
  deaf.nacked(7, 0, 60 * MS);
  t.same(times(run(deaf, 60, 1000)), [60, 70]);
});

t.test(
  'a NACK that cannot know of the last copy starts nothing, one that must starts a larger round',
  async (t) => {
    const queue = queueAt(0.2);
    t.equal(queue.nacked(7, 0, 60 * MS), 'repairs');
    run(queue, 60, 75);
    t.equal(queue.nacked(7, 0, 100 * MS), 'tooSoon');
    t.equal(queue.nacked(7, 0, 109 * MS), 'tooSoon', 'ten milliseconds of jitter are forgiven, no more');
    t.equal(queue.nacked(7, 0, 110 * MS), 'repairs');
    t.same(times(run(queue, 110, 150)), [110, 120, 130]);
  },
);

t.test('a NACK while a round is under way changes nothing', async (t) => {
  const queue = queueAt(0.5);
  queue.nacked(7, 0, 60 * MS);
  run(queue, 60, 60);
  t.equal(queue.nacked(7, 0, 61 * MS), 'tooSoon');
  t.same(times(run(queue, 61, 150)), [70, 80]);
});

t.test('an answer that is refused is tried again; the rest of a round that is, is left out', async (t) => {
  const queue = queueAt(0.2);
  queue.nacked(7, 0, 60 * MS);
  t.equal(queue.take(60 * MS), 7);
  t.ok(queue.isAnswer);
  queue.refused(60 * MS);
  t.equal(queue.nextTimeoutUs, 65 * MS);
  t.equal(queue.take(64 * MS), -1);
  t.equal(queue.take(65 * MS), 7, 'five milliseconds later');
  t.ok(queue.isAnswer);
  t.equal(queue.take(75 * MS), 7);
  t.notOk(queue.isAnswer);
  queue.refused(75 * MS);
  t.same(run(queue, 90, 500), []);
  t.equal(
    queue.nacked(7, 0, 130 * MS),
    'repairs',
    'a round trip after what was sent, not after what was refused',
  );
  t.equal(queue.take(130 * MS), 7);
  t.ok(queue.isAnswer, 'and it is an answer again');
});

t.test('feedback alone repairs, once the subscriber has seen the hole', async (t) => {
  const queue = queueAt(0.2);
  queue.reportedLost(65_535, 0, 90 * MS);
  t.same(run(queue, 90, 95), [], 'the receiver may not know yet');
  queue.acknowledged(0, 95 * MS);
  t.same(times(run(queue, 95, 130)), [95, 105]);
});

t.test(
  'what only the books call lost goes after 450 ms, as a receiver’s clock follows unasked repairs',
  async (t) => {
    const queue = queueAt(0.2);
    queue.reportedLost(7, 0, 90 * MS);
    t.same(times(run(queue, 90, 480)), [450, 460]);
  },
);

t.test('the next round begins as soon as all that was sent is known to be lost', async (t) => {
  const queue = queueAt(0.2);
  queue.nacked(7, 0, 60 * MS);
  run(queue, 60, 75);
  queue.reportedLost(7, 0, 80 * MS);
  queue.reportedLost(7, 0, 120 * MS);
  t.same(run(queue, 80, 125), [], 'one copy may still come');
  queue.reportedLost(7, 0, 126 * MS);
  t.same(times(run(queue, 126, 150)), [126, 136, 146]);
});

t.test(
  'a packet asked for before it came is followed by its copies, one of a key frame by one',
  async (t) => {
    const queue = queueAt(0.2);
    queue.sentOnRequest(7, 100 * MS);
    t.same(times(run(queue, 100, 150)), [110]);
    const keyFrames = queueAt(0.2);
    keyFrames.sentKeyFrame(7, 100 * MS);
    t.same(times(run(keyFrames, 100, 1000)), [110], 'and silence after it means nothing');
    const calm = queueAt(0);
    calm.sentOnRequest(7, 100 * MS);
    calm.sentKeyFrame(8, 100 * MS);
    t.same(run(calm, 100, 1000), []);
  },
);

t.test('of several the oldest goes first, and nothing gets what it is refused', async (t) => {
  const queue = queueAt(0.2);
  for (const number of [2, 0xffff, 1, 0]) queue.nacked(number, 0, 60 * MS);
  t.equal(queue.take(60 * MS), 0xffff);
  queue.refused(60 * MS);
  t.equal(queue.take(61 * MS), -1);
  t.same(
    [65, 65, 65, 65].map((ms) => queue.take(ms * MS)),
    [0xffff, 0, 1, 2],
  );
});

t.test('of a packet that is late every copy is an answer', async (t) => {
  const queue = queueAt(0.4);
  queue.nacked(7, 0, 60 * MS);
  queue.nacked(8, 0, 201 * MS);
  const answers: boolean[] = [];
  for (let number = queue.take(60 * MS); number >= 0; number = queue.take(60 * MS))
    answers.push(queue.isAnswer);
  t.equal(queue.take(70 * MS), 7);
  answers.push(queue.isAnswer);
  t.same(answers, [true, false]);
  for (let ms = 201; ms < 240; ms += 1) if (queue.take(ms * MS) >= 0) t.ok(queue.isAnswer, `at ${ms} ms`);
});

t.test('a packet is given up when nobody waits for it any more, and after 48 sendings', async (t) => {
  const queue = queueAt(0.5, 1);
  let sent = 0;
  for (let ms = 10; ms < 2_800; ms += 1) {
    queue.nacked(7, 0, ms * MS);
    sent += run(queue, ms, ms).length;
  }
  t.equal(sent, 47, 'and the first');
  const again = queueAt(0.2);
  again.nacked(7, 0, 10 * MS);
  run(again, 10, 20);
  t.equal(again.nacked(7, 0, 2_000 * MS), 'repairs', 'asked for late, it goes again');
  t.same(run(again, 2_000, 2_000), [[2_000, 7]]);
  again.nacked(7, 0, 2_899 * MS);
  run(again, 2_901, 2_902);
  t.equal(again.size, 0);
});

t.test('a flood of NACKs costs no more than the budget and the table', async (t) => {
  const queue = new RepairQueue({ maxCopiesPerSecond: 100 });
  let accepted = 0;
  let sent = 0;
  for (let ms = 0; ms < 1000; ms += 1) {
    for (let number = 0; number < 20; number += 1)
      if (queue.nacked((ms * 20 + number) & 0xffff, ms * MS, ms * MS) === 'repairs') accepted += 1;
    sent += run(queue, ms, ms).length;
  }
  t.equal(accepted, 512);
  t.ok(sent <= 200, `${sent} copies in one second that began with a full budget`);
  t.ok(queue.size <= 512);
});

t.test('cleared, nothing is due', async (t) => {
  const queue = queueAt(0.2);
  queue.nacked(7, 0, 0);
  queue.clear();
  t.equal(queue.nextTimeoutUs, Number.POSITIVE_INFINITY);
  t.same(run(queue, 0, 100), []);
});
