import t from 'tap';
import { RedundancyBudget } from '../../../../src/sfu/congestion/redundancy-budget.ts';

const STEP_US = 10_000;

/** A second of media at `media` bit/s, with somebody who wants all the redundancy there is. Returns bit/s granted. */
function greedy(budget: RedundancyBudget, media: number, answers: boolean, seconds = 10): number {
  const before = budget.takenBytes;
  let nowUs = 1_000_000;
  for (; nowUs < 1_000_000 + seconds * 1e6; nowUs += STEP_US) {
    budget.mediaSent((media * STEP_US) / 8e6, nowUs);
    for (let more = true; more; ) more = answers ? budget.takeAnswer(100, nowUs) : budget.take(100, nowUs);
  }
  return ((budget.takenBytes - before) * 8) / seconds;
}

t.test('media and redundancy fit into the estimate', async (t) => {
  for (const [media, target] of [
    [800_000, 2_400_000],
    [800_000, 900_000],
    [32_000, 100_000],
  ] as const) {
    const budget = new RedundancyBudget();
    budget.setTarget(target, 1_000_000);
    const granted = greedy(budget, media, false);
    t.ok(granted <= (target - media) * 1.01 + target * 0.03, `${granted} bit/s beside ${media} of ${target}`);
    t.ok(granted >= (target - media) * 0.95, `${granted} bit/s beside ${media} of ${target}`);
  }
});

t.test('redundancy is never more than seven times the media, whatever the estimate', async (t) => {
  for (const target of [undefined, 2 ** 60]) {
    const budget = new RedundancyBudget();
    budget.setTarget(target, 1_000_000);
    t.ok(greedy(budget, 100_000, true) <= 700_000);
  }
  const silent = new RedundancyBudget();
  t.notOk(silent.take(1, 1_000_000));
  t.equal(silent.credit, 0);
});

t.test('what was saved up is bounded, however long media flowed without loss', async (t) => {
  const budget = new RedundancyBudget();
  for (let nowUs = 0; nowUs < 100e6; nowUs += STEP_US) budget.mediaSent(10_000, nowUs);
  let granted = 0;
  while (budget.take(1000, 100e6)) granted += 1000;
  t.ok(granted <= 1_750_000);
});

t.test('however low the estimate, an answer is not refused for ever', async (t) => {
  const budget = new RedundancyBudget();
  budget.setTarget(60_000, 1_000_000);
  let granted = 0;
  for (let nowUs = 1_000_000; nowUs < 11_000_000; nowUs += STEP_US) {
    budget.mediaSent(1000, nowUs);
    if (budget.takeAnswer(1200, nowUs)) granted += 1;
  }
  t.ok(granted >= 15, `${granted} in ten seconds`);
});

t.test('with media at the estimate only answers get a small part', async (t) => {
  const copies = new RedundancyBudget();
  copies.setTarget(800_000, 1_000_000);
  t.ok(greedy(copies, 1_000_000, false) < 1000);
  t.ok(copies.refused > 0);
  const answers = new RedundancyBudget();
  answers.setTarget(800_000, 1_000_000);
  const granted = greedy(answers, 1_000_000, true);
  t.ok(granted > 100_000 && granted <= 800_000 * 0.3 * 1.05, `${granted} bit/s`);
});

t.test('a media burst above the estimate is forgiven within half a second', async (t) => {
  const budget = new RedundancyBudget();
  budget.setTarget(1_000_000, 0);
  budget.mediaSent(10_000_000, 1000);
  t.notOk(budget.take(1000, 400_000));
  t.ok(budget.take(1000, 600_000));
});

t.test('an estimate of nothing, and time that steps back, grant nothing', async (t) => {
  const budget = new RedundancyBudget();
  budget.mediaSent(1000, 1_000_000);
  budget.setTarget(0, 1_000_000);
  t.notOk(budget.take(1, 2_000_000));
  t.notOk(budget.takeAnswer(1, 2_000_000));
  budget.setTarget(1e6, 1_000_000);
  t.notOk(budget.take(1, 0));
  budget.paddingSent(500);
  t.equal(budget.credit, 6500);
});
