import t from 'tap';
import { MAX_REPORT_INTERVAL_US, ReportScheduler } from '../../../../src/sfu/stream/report-scheduler.ts';
import { seeded } from '../../../helpers/seeded.ts';

const video = { maxIntervalUs: MAX_REPORT_INTERVAL_US.video };

t.test('nothing is due before it is started, or after it is stopped', async (t) => {
  const scheduler = new ReportScheduler(video);
  t.equal(scheduler.due(1e12, 0), false);
  scheduler.start(0, 0);
  scheduler.stop();
  t.equal(scheduler.due(1e12, 0), false);
  t.equal(scheduler.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('the first comes after half an interval, the next after 0.5 to 1.5', async (t) => {
  const scheduler = new ReportScheduler(video);
  scheduler.start(0, 0);
  t.equal(scheduler.nextTimeoutUs, 250_000);
  t.equal(scheduler.due(249_999, 0), false);
  t.equal(scheduler.due(250_000, 0), true);
  t.equal(scheduler.nextTimeoutUs, 750_000);
  t.equal(scheduler.due(750_000, 0.999), true);
  t.equal(scheduler.nextTimeoutUs, 750_000 + 1_499_000);
});

t.test('the mean interval is 360 s per kbit/s, within the limits', async (t) => {
  for (const [bitsPerSecond, maxIntervalUs, meanUs] of [
    [0, 1_000_000, 1_000_000],
    [100_000, 1_000_000, 1_000_000],
    [600_000, 1_000_000, 600_000],
    [100_000, 5_000_000, 3_600_000],
    [32_000, 5_000_000, 5_000_000],
    [20_000_000, 1_000_000, 250_000],
  ] as const) {
    const random = seeded(1);
    const scheduler = new ReportScheduler({ maxIntervalUs });
    scheduler.bitsPerSecond = bitsPerSecond;
    scheduler.start(0, 0.5);
    let reports = 0;
    let lastUs = 0;
    for (; reports < 2000; reports += 1) {
      lastUs = scheduler.nextTimeoutUs;
      scheduler.due(lastUs, random());
    }
    const mean = lastUs / reports;
    t.ok(Math.abs(mean / meanUs - 1) < 0.03, `${bitsPerSecond} bit/s: mean ${mean} us`);
  }
});

t.test('an expedited report is due at once, and the regular ones go on from it', async (t) => {
  const scheduler = new ReportScheduler(video);
  scheduler.start(0, 0.5);
  scheduler.expedite(100_000);
  t.equal(scheduler.due(100_000, 0.5), true);
  t.equal(scheduler.nextTimeoutUs, 1_100_000);
  scheduler.expedite(2_000_000);
  t.equal(scheduler.nextTimeoutUs, 1_100_000, 'one that is due already is not put off');
});
