import t from 'tap';
import { CongestionPath, greedy } from '../helpers/congestion-path.ts';

/** The controller against a path that carries less than is wanted. Times are seconds of the call, in virtual time. */

const seeds = [1, 2, 3];

t.test('before any feedback nothing is limited', async (t) => {
  const path = new CongestionPath({ down: { delayUs: 25_000 }, seed: 1, sends: greedy(1e6) });
  t.equal(path.controller.targetBitsPerSecond, undefined);
  t.equal(path.controller.pacingBitsPerSecond, undefined);
  t.equal(path.controller.paddingBitsPerSecond, 0);
});

t.test(
  'what packets wait in the mean is next to nothing on a wide line, and shows a narrow one',
  async (t) => {
    const meanMs = (bitsPerSecond: number): number => {
      const bottleneck = { bitsPerSecond, queueUs: 300_000 };
      const down = { delayUs: 25_000, loss: 0.1, bottleneck };
      const path = new CongestionPath({ down, seed: 1, sends: greedy(6e5) }).run(20);
      return path.controller.meanQueueUs / 1000;
    };
    t.ok(meanMs(50e6) < 2, `${meanMs(50e6)} ms`);
    t.ok(meanMs(700_000) > 5, `${meanMs(700_000)} ms`);
  },
);

for (const seed of seeds) {
  t.test(
    `700 kbit/s with 10 % random loss is filled, and the queue stays short (seed ${seed})`,
    async (t) => {
      const path = new CongestionPath({
        down: { delayUs: 25_000, loss: 0.1, bottleneck: { bitsPerSecond: 700_000, queueUs: 300_000 } },
        up: { delayUs: 25_000, loss: 0.1 },
        seed,
        sends: greedy(2e6),
      }).run(60);
      const filled = path.sentRate(5, 60) / 700_000;
      t.ok(filled >= 0.75, `sends ${(filled * 100).toFixed(0)} % of the line`, { calls: path.describe() });
      t.ok(path.meanQueueMs(5, 60) < 40, `queue ${path.meanQueueMs(5, 60).toFixed(0)} ms in the mean`);
    },
  );

  t.test(
    `a drop from 4 to 0.5 Mbit/s leaves no queue standing, and the rate comes back (seed ${seed})`,
    async (t) => {
      const path = new CongestionPath({
        down: { delayUs: 25_000, bottleneck: { bitsPerSecond: 4e6, queueUs: 500_000 } },
        seed,
        sends: greedy(3.5e6),
        demand: 4e6,
      });
      path.changeAt(15, { bottleneck: { bitsPerSecond: 0.5e6, queueUs: 500_000 } });
      path.changeAt(35, { bottleneck: { bitsPerSecond: 4e6, queueUs: 500_000 } });
      path.run(60);
      t.ok(path.meanTarget(10, 15) > 2.5e6, 'at first nearly all of it is used');
      t.ok(path.meanQueueMs(17, 35) < 60, `2 s later the queue is ${path.meanQueueMs(17, 35).toFixed(0)} ms`);
      t.ok(path.highestTarget(17, 34) < 1e6, 'nothing beyond the line is believed');
      t.ok(path.arrivedRate(17, 35) > 0.5 * 0.5e6, 'what is left is used');
      t.ok(path.highestTarget(35, 47) > 2.5e6, 'within 12 s the rate is back', { calls: path.describe() });
    },
  );
}

/** A deep bucket lets each growth through at first, and takes it back later. */
for (const [most, burstBytes, mostLoss] of [
  [2.5e6, 10_000, 0.05],
  [2.5e6, 30_000, 0.05],
  [2.5e6, 60_000, 0.12],
  [1.5e6, 10_000, 0.05],
  [1.2e6, 20_000, 0.05],
] as const) {
  t.test(`a policer of 800 kbit/s and ${burstBytes} bytes, offered ${most / 1e6} Mbit/s`, async (t) => {
    const path = new CongestionPath({
      down: { delayUs: 25_000, policer: { bitsPerSecond: 800_000, burstBytes } },
      seed: 1,
      sends: greedy(most),
      demand: most,
    }).run(60);
    const loss = path.lossDuring(5, 60);
    t.ok(path.lowestTarget(0.5, 6) < 880_000, 'it settles at about the policed rate');
    t.ok(loss <= mostLoss, `loss then ${loss.toFixed(3)}`, { calls: path.describe() });
    t.ok(path.meanTarget(5, 60) < 1_000_000, `target ${path.meanTarget(5, 60).toFixed(0)} in the mean`);
    t.ok(path.arrivedRate(5, 60) > 0.75 * 800_000, 'and it is filled');
  });
}
