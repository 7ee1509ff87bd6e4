import t from 'tap';
import { LayerRates } from '../../../../src/sfu/stream/layer-rates.ts';

t.test('the rate up to a layer is that of it and all below, over a second', async (t) => {
  const rates = new LayerRates();
  t.equal(rates.bitsPerSecond(7, 7, 0), 0);
  let nowUs = 5_000_000;
  for (; nowUs < 8_000_000; nowUs += 10_000) {
    for (const [spatial, temporal] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 2],
    ] as const) {
      rates.add(spatial, temporal, 125, nowUs);
    }
  }
  const about = (spatial: number, temporal: number, expected: number): void => {
    const rate = rates.bitsPerSecond(spatial, temporal, nowUs);
    t.ok(Math.abs(rate - expected) <= expected * 0.02, `${spatial}.${temporal}: ${rate}`);
  };
  about(0, 0, 100_000);
  about(0, 7, 200_000);
  about(1, 0, 200_000);
  about(1, 1, 300_000);
  about(7, 7, 400_000);
  t.equal(rates.bitsPerSecond(7, 7, nowUs + 1_100_000), 0, 'silence is forgotten');
});

t.test('a layer just begun does not read as a slow one, a single packet not as a fast one', async (t) => {
  const rates = new LayerRates();
  for (let nowUs = 1_000_000; nowUs < 1_200_000; nowUs += 10_000) rates.add(0, 0, 1250, nowUs);
  const rate = rates.bitsPerSecond(0, 0, 1_200_000);
  t.ok(Math.abs(rate - 1_000_000) < 60_000, `${rate}`);
  const single = new LayerRates();
  single.add(0, 0, 1250, 1_000_000);
  t.equal(single.bitsPerSecond(0, 0, 1_000_000), 100_000);
});

t.test('layers beyond seven are kept within the table', async (t) => {
  const rates = new LayerRates();
  rates.add(8, 9, 100, 1_000_000);
  t.ok(rates.bitsPerSecond(0, 1, 1_000_000) > 0);
});
