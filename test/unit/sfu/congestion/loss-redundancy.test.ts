import t from 'tap';
import { redundancyFor } from '../../../../src/sfu/congestion/loss-redundancy.ts';

t.test('none below one percent, twice what any code needs above, bounded', async (t) => {
  for (const [loss, redundancy] of [
    [0, 0],
    [0.009, 0],
    [0.1, 0.222],
    [0.3, 0.857],
    [0.5, 2],
    [0.6, 3],
    [1, 3],
    [-1, 0],
    [Number.NaN, 0],
  ] as const) {
    t.ok(Math.abs(redundancyFor(loss) - redundancy) < 0.001, `${loss}`);
  }
});
