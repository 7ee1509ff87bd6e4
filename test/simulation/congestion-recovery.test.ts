import t from 'tap';
import { CongestionPath, greedy } from '../helpers/congestion-path.ts';

const line = (bitsPerSecond: number) => ({ bitsPerSecond, queueUs: 300_000 });

t.test(
  'feedback that stays away for 2 s lowers the rate a little, and back it is where it was',
  async (t) => {
    const path = new CongestionPath({
      down: { delayUs: 25_000, bottleneck: line(4e6) },
      seed: 1,
      sends: greedy(1.5e6),
      demand: 2e6,
    }).run(10);
    const before = path.meanTarget(9, 10);
    path.feedbackBlocked = true;
    path.run(2);
    t.equal(path.controller.state, 'noFeedback');
    t.ok(path.controller.targetBitsPerSecond! < before, 'it is lowered');
    t.ok(path.controller.targetBitsPerSecond! > before / 2, 'not much');
    path.feedbackBlocked = false;
    path.run(2);
    t.ok(path.meanTarget(13.5, 14) > 0.9 * before, `${path.meanTarget(13.5, 14)} after ${before}`);
  },
);

t.test('feedback that never comes back brings the rate down to a fifth, not to nothing', async (t) => {
  const path = new CongestionPath({ down: { delayUs: 25_000 }, seed: 1, sends: greedy(1e6) }).run(5);
  const before = path.controller.targetBitsPerSecond!;
  path.feedbackBlocked = true;
  path.run(30);
  t.ok(Math.abs(path.controller.targetBitsPerSecond! / before - 0.2) < 0.02);
  t.equal(path.controller.nextTimeoutUs > 0, true);
});

t.test(
  'limited by the application for long, the estimate follows within 5 s once more is wanted',
  async (t) => {
    let wanted = 150_000;
    const path = new CongestionPath({
      down: { delayUs: 25_000, bottleneck: line(4e6) },
      seed: 1,
      sends: (target) => Math.min((target ?? 150_000) * 0.95, wanted),
      demand: 150_000,
    }).run(30);
    t.ok(path.highestTarget(0, 30) < 1.6e6, `not beyond a headroom: ${path.highestTarget(0, 30)}`);
    t.ok(path.sentRate(5, 30) < 1.1 * 150_000, 'and next to nothing is spent on probing');
    wanted = 2.5e6;
    path.controller.setDemand(2.5e6, (path.nowMs + 1000) * 1000);
    path.run(10);
    t.ok(path.meanTarget(35, 40) > 2e6, `${path.meanTarget(35, 40)}`, { calls: path.describe() });
  },
);

t.test(
  'paused for a minute while the line was bad, it recovers by probes alone (mediasoup #316)',
  async (t) => {
    let paused = false;
    const path = new CongestionPath({
      down: { delayUs: 25_000, bottleneck: line(2e6) },
      seed: 1,
      sends: (target) => (paused ? 0 : Math.min((target ?? 300_000) * 0.95, 1.5e6)),
      demand: 1.5e6,
    });
    path.changeAt(10, { bottleneck: line(100_000) });
    path.changeAt(15, { bottleneck: line(2e6) });
    path.run(12);
    t.ok(path.controller.targetBitsPerSecond! < 200_000, 'so low that the allocator pauses all video');
    paused = true;
    path.run(60);
    t.ok(path.controller.targetBitsPerSecond! > 1.2e6, `${path.controller.targetBitsPerSecond}`, {
      calls: path.describe(),
    });
    t.ok(path.sentRate(40, 72) < 100_000, 'once found, nothing more is sent for it');
  },
);

t.test('a subscription that wants nothing is not probed, however long', async (t) => {
  const path = new CongestionPath({ down: { delayUs: 25_000 }, seed: 1, sends: () => 100_000, demand: 0 });
  path.run(60);
  t.equal(path.probes.length, 0);
});

for (const seed of [1, 2, 3]) {
  t.test(`on a steady line the target does not swing (mediasoup #1462, seed ${seed})`, async (t) => {
    const path = new CongestionPath({
      down: { delayUs: 25_000, bottleneck: line(2e6) },
      seed,
      sends: greedy(3e6),
      demand: 3e6,
    }).run(120);
    t.ok(path.lowestTarget(10, 120) > 0.6 * 2e6, `lowest ${path.lowestTarget(10, 120).toFixed(0)}`, {
      calls: path.describe(),
    });
    t.ok(path.highestTarget(10, 120) < 1.3 * 2e6, `highest ${path.highestTarget(10, 120).toFixed(0)}`);
    t.ok(path.arrivedRate(10, 120) > 0.8 * 2e6, `fills ${path.arrivedRate(10, 120).toFixed(0)}`);
    t.ok(path.meanQueueMs(10, 120) < 30, `queue ${path.meanQueueMs(10, 120).toFixed(0)} ms`);
  });
}
