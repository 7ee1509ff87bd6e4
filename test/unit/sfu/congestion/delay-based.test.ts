import t from 'tap';
import { AimdRateControl } from '../../../../src/sfu/congestion/aimd-rate-control.ts';
import { DelayBasedEstimator } from '../../../../src/sfu/congestion/delay-based-estimator.ts';
import { InterArrival } from '../../../../src/sfu/congestion/inter-arrival.ts';
import { LinkCapacityEstimator } from '../../../../src/sfu/congestion/link-capacity-estimator.ts';
import { OveruseDetector } from '../../../../src/sfu/congestion/overuse-detector.ts';
import { TrendlineEstimator } from '../../../../src/sfu/congestion/trendline-estimator.ts';

t.test('packets sent within 5 ms are one group, and deltas are of the last packets', async (t) => {
  const groups = new InterArrival();
  t.equal(groups.add(0, 100_000, 1200), false);
  t.equal(groups.add(5_000, 106_000, 1200), false, 'exactly 5 ms later is the same group');
  t.equal(groups.add(20_000, 121_000, 1200), false, 'one complete group makes no delta');
  t.equal(groups.add(40_000, 143_000, 1200), true);
  t.equal(groups.sendDeltaUs, 15_000);
  t.equal(groups.arrivalDeltaUs, 15_000);
  t.equal(groups.add(60_000, 163_000, 1200), true);
  t.equal(groups.arrivalDeltaUs, 22_000);
});

t.test('what a queue lets go at once is one group', async (t) => {
  const groups = new InterArrival();
  groups.add(0, 100_000, 1200);
  groups.add(20_000, 101_000, 1200);
  groups.add(40_000, 102_000, 1200);
  groups.add(60_000, 170_000, 1200);
  t.equal(groups.add(80_000, 190_000, 1200), true);
  t.equal(groups.sendDeltaUs, 20_000, 'from the last of the burst');
  t.equal(groups.arrivalDeltaUs, 68_000);
});

t.test('a packet sent before the present group is passed over', async (t) => {
  const groups = new InterArrival();
  groups.add(100_000, 200_000, 1200);
  groups.add(120_000, 220_000, 1200);
  t.equal(groups.add(90_000, 225_000, 1200), false);
  t.equal(groups.add(140_000, 240_000, 1200), true);
  t.equal(groups.arrivalDeltaUs, 20_000);
});

t.test('a clock set forward or back makes it begin anew', async (t) => {
  const forward = new InterArrival();
  for (let index = 0; index < 10; index += 1) {
    forward.add(index * 20_000, index * 20_000 + (index < 5 ? 0 : 4_000_000), 1200);
  }
  t.equal(forward.resets, 1);
  const back = new InterArrival();
  for (let index = 0; index < 10; index += 1) {
    back.add(index * 200_000, index * 200_000 - (index < 5 ? 0 : 4_000_000), 1200);
  }
  t.equal(back.resets, 1);
});

t.test('the trend is the slope of the delay over time', async (t) => {
  for (const growthUs of [-2_000, 0, 2_000, 5_000]) {
    const trendline = new TrendlineEstimator();
    for (let index = 0; index < 19; index += 1) trendline.update(20_000, 20_000 + growthUs);
    t.equal(trendline.trend, 0, 'nothing before 20 groups');
    for (let index = 0; index < 200; index += 1) trendline.update(20_000, 20_000 + growthUs);
    const slope = growthUs / (20_000 + growthUs);
    t.ok(Math.abs(trendline.trend - slope) < 1e-3, `${trendline.trend} is about ${slope}`);
  }
});

t.test('groups that all arrive at once leave the trend as it was', async (t) => {
  const trendline = new TrendlineEstimator();
  for (let index = 0; index < 40; index += 1) trendline.update(20_000, 0);
  t.ok(Number.isFinite(trendline.trend));
});

t.test('overuse must last 10 ms, twice, and not be falling', async (t) => {
  const detector = new OveruseDetector();
  t.equal(detector.update(0.2, 60, 8_000), 'normal');
  t.equal(detector.update(0.2, 60, 8_000), 'overuse');
  t.equal(detector.update(-0.2, 60, 8_000), 'underuse');
  t.equal(detector.update(0, 60, 8_000), 'normal');
  detector.update(0.3, 60, 8_000);
  t.equal(detector.update(0.2, 60, 8_000), 'normal', 'it falls');
});

t.test('the threshold follows up and down between 6 and 600 ms, and not at once', async (t) => {
  const detector = new OveruseDetector();
  for (let index = 0; index < 1000; index += 1) detector.update(0, 60, 20_000);
  t.equal(detector.thresholdMs, 6);
  detector.update(1, 60, 20_000);
  t.equal(detector.thresholdMs, 6, 'a sudden drop of capacity is not to get used to');
  for (let index = 0; index < 20_000; index += 1)
    detector.update((detector.thresholdMs + 10) / 240, 60, 100_000);
  t.equal(detector.thresholdMs, 600);
});

t.test('the link capacity is remembered with its spread', async (t) => {
  const capacity = new LinkCapacityEstimator();
  t.equal(capacity.bitsPerSecond, undefined);
  t.equal(capacity.upperBitsPerSecond, Number.POSITIVE_INFINITY);
  t.equal(capacity.lowerBitsPerSecond, 0);
  for (let index = 0; index < 100; index += 1) capacity.overused(1e6);
  t.equal(Math.round(capacity.bitsPerSecond!), 1e6);
  t.ok(capacity.lowerBitsPerSecond < 1e6 && capacity.upperBitsPerSecond > 1e6);
  capacity.probed(2e6);
  t.equal(Math.round(capacity.bitsPerSecond!), 1.5e6);
  capacity.reset();
  t.equal(capacity.bitsPerSecond, undefined);
});

t.test('at overuse 85 % of the throughput is kept, then a round trip is waited', async (t) => {
  const rate = new AimdRateControl(2e6, 30_000, 10e6);
  rate.rttMs = 100;
  rate.update('normal', 1.8e6, true, 0);
  rate.update('overuse', 1.8e6, true, 10_000);
  t.equal(Math.round(rate.bitsPerSecond), 1_530_000);
  rate.update('overuse', 1.2e6, true, 60_000);
  t.equal(Math.round(rate.bitsPerSecond), 1_530_000, 'too soon');
  rate.update('overuse', 1.2e6, true, 110_000);
  t.equal(Math.round(rate.bitsPerSecond), 1_020_000);
  rate.update('overuse', 0.4e6, true, 120_000);
  t.equal(Math.round(rate.bitsPerSecond), 340_000, 'less than half gets through: at once');
});

t.test('it grows by 8 % a second, no further than 1.5 times the throughput, and not when idle', async (t) => {
  const rate = new AimdRateControl(1e6, 30_000, 10e6);
  rate.update('normal', 5e6, true, 0);
  for (let second = 1; second <= 10; second += 1) rate.update('normal', 5e6, true, second * 1e6);
  t.ok(Math.abs(rate.bitsPerSecond - 1e6 * 1.08 ** 10) < 2e4);
  const before = rate.bitsPerSecond;
  rate.update('normal', 5e6, false, 11e6);
  t.equal(rate.bitsPerSecond, before, 'what is sent does not fill it');
  rate.update('normal', 0.1e6, true, 12e6);
  t.equal(rate.bitsPerSecond, before, 'too little gets through');
  rate.update('normal', undefined, true, 13e6);
  t.equal(rate.bitsPerSecond, before, 'nothing is known');
});

t.test('it stays within its bounds whatever it is told', async (t) => {
  const rate = new AimdRateControl(1e6, 30_000, 2e6);
  rate.set(1e18, 0);
  t.equal(rate.bitsPerSecond, 2e6);
  rate.update('overuse', 0, true, 1e6);
  t.equal(rate.bitsPerSecond, 30_000);
  rate.update('overuse', undefined, true, 2e6);
  t.equal(rate.bitsPerSecond, 30_000);
});

t.test('a trend without a queue is no overuse, and a long growing queue needs no trend', async (t) => {
  const bounds = { startBitsPerSecond: 1e6, minBitsPerSecond: 30_000, maxBitsPerSecond: 5e6 };
  const bursts = new DelayBasedEstimator(bounds);
  for (let index = 0; index < 60; index += 1)
    bursts.add(index * 20_000, index * 24_000, 1200, index * 20_000);
  bursts.judge(5_000);
  t.equal(bursts.usage, 'normal');
  bursts.judge(50_000);
  t.equal(bursts.usage, 'overuse');
  const slow = new DelayBasedEstimator(bounds);
  slow.judge(70_000);
  t.equal(slow.usage, 'overuse');
  slow.judge(70_000);
  t.equal(slow.usage, 'normal', 'it does not grow any more');
});

t.test('a probe raises the estimate but never lowers it', async (t) => {
  const bounds = { startBitsPerSecond: 1e6, minBitsPerSecond: 30_000, maxBitsPerSecond: 5e6 };
  const estimator = new DelayBasedEstimator(bounds);
  estimator.update(1e6, 3e6, false, 0);
  t.equal(estimator.bitsPerSecond, 3e6);
  estimator.update(1e6, 2e6, false, 1e6);
  t.equal(estimator.bitsPerSecond, 3e6);
});
