import t from 'tap';
import { CongestionPath, type CongestionPathOptions, greedy } from '../helpers/congestion-path.ts';

/** Loss that does not come from sending too much must not lower the rate: repair needs more of it then, not less. */

const wide = { bitsPerSecond: 10e6, queueUs: 300_000 };
const media = 0.85e6;

function wideLine(loss: number, sends: number, options: Partial<CongestionPathOptions> = {}): CongestionPath {
  return new CongestionPath({
    down: { delayUs: 25_000, loss, bottleneck: wide },
    up: { delayUs: 25_000, loss },
    seed: 1,
    demand: media,
    sends: () => sends,
    ...options,
  });
}

for (const seed of [1, 2, 3]) {
  for (const [loss, sends] of [
    [0.3, 2.3e6],
    [0.5, 4e6],
  ] as const) {
    t.test(
      `at ${loss * 100} % loss both ways the estimate stays above what is sent (seed ${seed})`,
      async (t) => {
        const path = wideLine(loss, sends, { seed }).run(60);
        t.ok(path.lowestTarget(2, 60) >= sends, `lowest ${path.lowestTarget(2, 60).toFixed(0)}`, {
          calls: path.describe(),
        });
        const believed = path.controller.lossFraction;
        t.ok(Math.abs(believed - loss) < 0.1, `loss is believed to be ${believed.toFixed(2)}`);
        t.ok(path.controller.queueDelayUs < 10_000);
      },
    );
  }

  t.test(`bursts of five lost packets, 30 % in all, do not lower it either (seed ${seed})`, async (t) => {
    const lossy = { delayUs: 25_000, loss: 0.3, burst: 5, bottleneck: wide };
    const path = wideLine(0, 2.3e6, { seed, down: lossy, up: { delayUs: 25_000, loss: 0.3, burst: 5 } }).run(
      60,
    );
    t.ok(path.lowestTarget(2, 60) >= 2.3e6, `lowest ${path.lowestTarget(2, 60).toFixed(0)}`, {
      calls: path.describe(),
    });
  });

  t.test(`when loss sets in and redundancy with it, the rate serves the media (seed ${seed})`, async (t) => {
    const path: CongestionPath = new CongestionPath({
      down: { delayUs: 25_000, bottleneck: wide },
      seed,
      demand: media,
      sends: (target) => Math.min(media * (1 + path.controller.lossFraction * 5), target ?? media),
    });
    path.changeAt(5, { loss: 0.3 });
    path.run(30);
    t.ok(path.lowestTarget(5, 8) > 0.7e6, `lowest at first ${path.lowestTarget(5, 8).toFixed(0)}`);
    t.ok(path.lowestTarget(9, 30) > 2e6, `lowest later ${path.lowestTarget(9, 30).toFixed(0)}`, {
      calls: path.describe(),
    });
  });

  t.test(`jitter of 30 ms with reordering is no queue and no loss (seed ${seed})`, async (t) => {
    const down = { delayUs: 25_000, jitterUs: 30_000, reorders: true, bottleneck: wide };
    const path = wideLine(0, 0, { seed, down, up: { delayUs: 25_000 }, sends: greedy(2e6) }).run(40);
    t.ok(path.lowestTarget(5, 40) > 1e6, `lowest ${path.lowestTarget(5, 40).toFixed(0)}`, {
      calls: path.describe(),
    });
    t.ok(path.controller.lossFraction < 0.03, `loss is believed to be ${path.controller.lossFraction}`);
  });

  t.test(`the same with 30 % loss both ways (seed ${seed})`, async (t) => {
    const down = { delayUs: 25_000, loss: 0.3, jitterUs: 30_000, reorders: true, bottleneck: wide };
    const path = wideLine(0.3, 0, { seed, down, sends: greedy(2.3e6) }).run(60);
    t.ok(path.meanTarget(15, 60) > 2e6, `mean ${path.meanTarget(15, 60).toFixed(0)}`, {
      calls: path.describe(),
    });
    t.ok(path.lowestTarget(15, 60) > media, `lowest ${path.lowestTarget(15, 60).toFixed(0)}`);
  });

  t.test(`feedback lost by 30 % alone costs nothing (seed ${seed})`, async (t) => {
    const up = { delayUs: 25_000, loss: 0.3 };
    const path = wideLine(0, 2.3e6, { seed, up }).run(30);
    t.ok(path.lowestTarget(2, 30) >= 2.3e6, `lowest ${path.lowestTarget(2, 30).toFixed(0)}`);
    t.ok(path.controller.lossFraction < 0.01);
  });
}
