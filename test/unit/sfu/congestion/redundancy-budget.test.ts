import t from 'tap';
import { RedundancyBudget } from '../../../../src/sfu/congestion/redundancy-budget.ts';

const STEP_US = 10_000;

/** A second of media at `media` bit/s, with somebody who wants all the redundancy there is. Returns bit/s granted. */
function greedy(
  budget: RedundancyBudget,
  media: number,
  take: 'take' | 'takeCopy' | 'takeAnswer',
  seconds = 10,
): number {
  const before = budget.takenBytes;
  let nowUs = 1_000_000;
  for (; nowUs < 1_000_000 + seconds * 1e6; nowUs += STEP_US) {
    budget.mediaSent((media * STEP_US) / 8e6, nowUs);
    while (budget[take](100, nowUs)) {}
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
    const granted = greedy(budget, media, 'take');
    t.ok(granted <= (target - media) * 1.01 + target * 0.03, `${granted} bit/s beside ${media} of ${target}`);
    // Once, what is kept for answers is saved up.
    t.ok(
      granted >= (target - media) * 0.95 - target * 0.015,
      `${granted} bit/s beside ${media} of ${target}`,
    );
  }
});

t.test('redundancy is never more than seven times the media, whatever the estimate', async (t) => {
  for (const target of [undefined, 2 ** 60]) {
    const budget = new RedundancyBudget();
    budget.setTarget(target, 1_000_000);
    t.ok(greedy(budget, 100_000, 'takeAnswer') <= 700_000);
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
  t.ok(greedy(copies, 1_000_000, 'takeCopy') < 1000);
  t.ok(copies.refused > 0);
  const answers = new RedundancyBudget();
  answers.setTarget(800_000, 1_000_000);
  const granted = greedy(answers, 1_000_000, 'takeAnswer');
  t.ok(granted > 100_000 && granted <= 800_000 * 0.3 * 1.05, `${granted} bit/s`);
});

t.test('a media burst above the estimate is forgiven within half a second', async (t) => {
  const budget = new RedundancyBudget();
  budget.setTarget(1_000_000, 0);
  budget.mediaSent(10_000_000, 1000);
  t.notOk(budget.takeCopy(1000, 400_000));
  t.notOk(budget.takeCopy(1000, 550_000), 'and something is kept for answers');
  t.ok(budget.takeCopy(1000, 600_000));
});

t.test('answers go before copies, and these before FEC', async (t) => {
  const budget = new RedundancyBudget();
  budget.setTarget(1_000_000, 0);
  budget.mediaSent(30_000, 0);
  while (budget.take(100, 1_000_000)) {}
  let copies = 0;
  while (budget.takeCopy(100, 1_000_000)) copies += 100;
  t.ok(copies >= 9_000, `${copies} bytes of copies where FEC got no more`);
  let answers = 0;
  while (budget.takeAnswer(100, 1_000_000)) answers += 100;
  t.ok(answers >= 9_000, `${answers} bytes of answers where copies got no more`);
});

t.test(
  'where chance takes packets and no queue, answers may go beyond the estimate, by what is lost',
  async (t) => {
    for (const [loss, isCongested, least, most] of [
      [0.3, false, 400_000, 600_000],
      [0.5, false, 900_000, 1_000_000],
      [0.9, false, 900_000, 1_000_000],
      [0.3, true, 280_000, 310_000],
      [Number.NaN, false, 280_000, 310_000],
    ] as const) {
      const budget = new RedundancyBudget();
      budget.setTarget(1_000_000, 1_000_000);
      budget.setLoss(loss, isCongested);
      const granted = greedy(budget, 1_100_000, 'takeAnswer');
      t.ok(granted >= least && granted <= most * 1.05, `${granted} bit/s at ${loss}`);
    }
  },
);

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
