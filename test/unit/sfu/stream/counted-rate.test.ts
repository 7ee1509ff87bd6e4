import t from 'tap';
import { CountedRate } from '../../../../src/sfu/stream/counted-rate.ts';

t.test('the rate is that of what was counted since it was last asked for', async (t) => {
  const rate = new CountedRate();
  t.equal(rate.bitsPerSecond(5000, 70_000_000), 0, 'nobody knows since when it was counted');
  t.equal(rate.bitsPerSecond(130_000, 71_000_000), 1_000_000);
  t.equal(rate.bitsPerSecond(130_000, 73_000_000), 0);
});

t.test('asked again too soon it says what it said, and nothing that was counted is left out', async (t) => {
  const rate = new CountedRate();
  rate.bitsPerSecond(0, 0);
  t.equal(rate.bitsPerSecond(125_000, 1_000_000), 1_000_000);
  t.equal(rate.bitsPerSecond(900_000, 1_499_999), 1_000_000);
  t.equal(rate.bitsPerSecond(125_000 + 250_000, 2_000_000), 2_000_000);
});
