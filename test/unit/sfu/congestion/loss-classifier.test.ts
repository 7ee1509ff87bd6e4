import t from 'tap';
import { LossClassifier } from '../../../../src/sfu/congestion/loss-classifier.ts';
import { seeded } from '../../../helpers/seeded.ts';

const WINDOW_US = 250_000;
const RTT_US = 50_000;
const BYTES = 1100;
const MEDIA_PER_SECOND = 100;

interface Way {
  /** Of what is sent, before the policer, 0..1; mean length of its bursts in packets. */
  readonly loss?: number;
  readonly burst?: number;
  readonly policerBitsPerSecond?: number;
  readonly queueUs?: number;
}

/** Plays a sender that obeys the cap and retransmits half of what is lost; returns what the classifier said, and when. */
function play(way: (seconds: number) => Way, seconds: number, seed: number) {
  const random = seeded(seed);
  const classifier = new LossClassifier();
  const congestedAt: number[] = [];
  let lost = 0;
  let inBurst = false;
  let rate = MEDIA_PER_SECOND;
  for (let nowUs = WINDOW_US; nowUs <= seconds * 1e6; nowUs += WINDOW_US) {
    const { loss = 0, burst = 1, policerBitsPerSecond = Infinity, queueUs = 0 } = way(nowUs / 1e6);
    const cap = classifier.capBitsPerSecond;
    const media = Math.round(Math.min(rate, (cap ?? Infinity) / (BYTES * 8)) / 4);
    const sent = media + Math.round(lost / 2);
    let passed = 0;
    for (let packet = 0; packet < sent; packet += 1) {
      const draw = random();
      inBurst = inBurst && burst > 1 ? draw >= 1 / burst : draw < loss / (1 - loss) / burst;
      if (burst === 1) inBurst = draw < loss;
      if (!inBurst) passed += 1;
    }
    passed = Math.min(passed, Math.round(policerBitsPerSecond / 4 / 8 / BYTES));
    lost = sent - passed;
    classifier.window(sent, passed, passed * BYTES, media, WINDOW_US, queueUs, RTT_US, nowUs);
    if (classifier.isCongested(nowUs)) {
      congestedAt.push(nowUs / 1e6);
      rate = Math.max(20, rate * (lost > sent * 0.05 ? 0.85 : 1.01));
    }
  }
  return { classifier, congestedAt };
}

t.test('without loss there is no test and no congestion', async (t) => {
  const { classifier, congestedAt } = play(() => ({}), 30, 1);
  t.equal(classifier.tests, 0);
  t.equal(classifier.lossFraction, 0);
  t.same(congestedAt, []);
});

t.test('random loss of 5 to 50 % is found random, in forty runs of a minute each', async (t) => {
  let congested = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const loss = 0.05 + (seed / 40) * 0.45;
    const { congestedAt, classifier } = play(() => ({ loss }), 60, seed);
    if (congestedAt.length > 0) congested += 1;
    t.ok(
      Math.abs(classifier.lossFraction - loss) < 0.15,
      `seed ${seed}: ${classifier.lossFraction} of ${loss}`,
    );
  }
  t.ok(congested <= 2, `${congested} of 40 were taken for congestion`);
});

t.test('bursts of five at 30 % are found random nearly always, and again when once mistaken', async (t) => {
  let seconds = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    seconds += play(() => ({ loss: 0.3, burst: 5 }), 60, seed).congestedAt.length / 4;
  }
  t.ok(seconds / (20 * 60) < 0.1, `${seconds} of 1200 seconds were taken for congestion`);
});

for (const policerBitsPerSecond of [400_000, 600_000, 800_000]) {
  t.test(`a policer of ${policerBitsPerSecond} bit/s is found within three seconds`, async (t) => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const way = (seconds: number) => (seconds > 5 ? { policerBitsPerSecond } : {});
      const { congestedAt, classifier } = play(way, 20, seed);
      t.ok(congestedAt[0]! - 5 <= 3.25, `after ${congestedAt[0]! - 5} s`);
      t.equal(congestedAt.at(-1), 20, 'and believed in from then on');
      t.equal(classifier.tests, 1);
    }
  });
}

t.test('a policer that is gone is forgotten after a minute, random loss in its place sooner', async (t) => {
  const policed = { policerBitsPerSecond: 600_000 };
  const gone = play((seconds) => (seconds < 10 ? policed : {}), 90, 1);
  t.ok(gone.congestedAt.at(-1)! > 60 && gone.congestedAt.at(-1)! < 75, `until ${gone.congestedAt.at(-1)} s`);
  const replaced = play((seconds) => (seconds < 10 ? policed : { loss: 0.5 }), 40, 1);
  t.ok(replaced.congestedAt.at(-1)! < 25, `until ${replaced.congestedAt.at(-1)} s`);
});

t.test('loss while a queue stands is congestion at once, the same loss without one is not', async (t) => {
  const overflow = play((seconds) => (seconds > 5 ? { loss: 0.2, queueUs: 200_000 } : {}), 8, 1);
  t.ok(overflow.congestedAt[0]! <= 5.75, `after ${overflow.congestedAt[0]! - 5} s`);
  t.equal(overflow.classifier.tests, 0, 'no test is needed');
  const late = play((seconds) => ({ loss: 0.2, queueUs: seconds > 20 ? 200_000 : 0 }), 40, 1);
  const wrong = late.congestedAt.length / 4;
  t.ok(wrong <= 6, `${wrong} s of 20 with a queue that drops nothing were taken for congestion`);
});

t.test('random loss beside a queue that comes and goes is not taken for its doing', async (t) => {
  let overflows = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const queueUs = (seconds: number) => (seconds % 2 < 1 ? 10_000 : 50_000);
    overflows += play((seconds) => ({ loss: 0.1, queueUs: queueUs(seconds) }), 60, seed).classifier.overflows;
  }
  t.ok(overflows <= 8, `${overflows} times in forty minutes`);
});

t.test('what a queue drops beside random loss is seen within two seconds', async (t) => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const way = (seconds: number) => (seconds < 20 ? { loss: 0.1 } : { loss: 0.4, queueUs: 250_000 });
    const [first = Infinity] = play(way, 25, seed).congestedAt.filter((at) => at >= 20);
    t.ok(first <= 22, `after ${first - 20} s`);
  }
});

t.test('a sender that does not heed the cap is left alone', async (t) => {
  const classifier = new LossClassifier();
  for (let nowUs = WINDOW_US; nowUs <= 30e6; nowUs += WINDOW_US) {
    classifier.window(25, 18, 18 * BYTES, 25, WINDOW_US, 0, RTT_US, nowUs);
    t.notOk(classifier.isCongested(nowUs));
  }
  t.equal(classifier.tests, 1);
  t.equal(classifier.capBitsPerSecond, undefined);
});

t.test('little audio is never tested: there is no rate to lower', async (t) => {
  const classifier = new LossClassifier();
  for (let nowUs = WINDOW_US; nowUs <= 10e6; nowUs += WINDOW_US) {
    classifier.window(13, 9, 9 * 120, 13, WINDOW_US, 0, RTT_US, nowUs);
  }
  t.equal(classifier.tests, 0);
  t.ok(Math.abs(classifier.lossFraction - 4 / 13) < 0.01);
});
