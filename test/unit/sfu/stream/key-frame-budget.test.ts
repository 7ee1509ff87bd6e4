import t from 'tap';
import { KeyFrameBudget } from '../../../../src/sfu/stream/key-frame-budget.ts';

t.test('five at once, then one a second', (t) => {
  const budget = new KeyFrameBudget();
  const granted = (times: number, nowUs: number): number =>
    Array.from({ length: times }, () => budget.take(nowUs)).filter(Boolean).length;
  t.equal(granted(10, 1_000_000_000), 5);
  t.equal(granted(10, 1_000_999_999), 0);
  t.equal(granted(10, 1_001_000_000), 1);
  t.equal(granted(10, 1_003_000_000), 2);
  t.equal(granted(10, 2_000_000_000), 5, 'and no more after a long rest');
  t.end();
});

t.test('time that stands still or goes back gives nothing', (t) => {
  const budget = new KeyFrameBudget();
  for (let times = 0; times < 5; times += 1) budget.take(5_000_000);
  t.equal(budget.take(4_000_000), false);
  t.equal(budget.take(4_500_000), false);
  t.end();
});
