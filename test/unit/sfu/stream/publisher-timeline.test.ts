import t from 'tap';
import { PublisherTimeline } from '../../../../src/sfu/stream/publisher-timeline.ts';
import { seeded } from '../../../helpers/seeded.ts';

const EPOCH_US = 1_700_000_000_000_000;

t.test('nothing is known before the first report', async (t) => {
  t.equal(new PublisherTimeline().serverUs(EPOCH_US), undefined);
});

t.test('the first report sets the mapping, of which one publisher has but one', async (t) => {
  const timeline = new PublisherTimeline();
  timeline.receiveSenderReport(EPOCH_US, 5_000_000);
  t.equal(timeline.serverUs(EPOCH_US), 5_000_000);
  t.equal(timeline.serverUs(EPOCH_US + 1_000_000), 6_000_000);
});

t.test(
  'jitter of the reports does not shake the mapping: it moves by less than 1 ms between two of them',
  async (t) => {
    const random = seeded(8);
    const timeline = new PublisherTimeline();
    let before: number | undefined;
    for (let second = 0; second < 120; second += 1) {
      const publisherUs = EPOCH_US + second * 1e6;
      timeline.receiveSenderReport(publisherUs, second * 1e6 + 20_000 + random() * 60_000);
      const offsetUs = timeline.serverUs(publisherUs)! - second * 1e6;
      if (before !== undefined && Math.abs(offsetUs - before) > 1000) t.fail(`moved ${offsetUs - before} us`);
      before = offsetUs;
    }
    t.ok(Math.abs(before! - 20_000) < 8000, `ends near the shortest way: ${before} us`);
  },
);

t.test('one report in ten by the short way is enough to hold the mapping there', async (t) => {
  const timeline = new PublisherTimeline();
  for (let second = 0; second < 300; second += 1) {
    const publisherUs = EPOCH_US + second * 1e6;
    timeline.receiveSenderReport(publisherUs, second * 1e6 + (second % 10 === 0 ? 20_000 : 80_000));
    const offsetUs = timeline.serverUs(publisherUs)! - second * 1e6;
    if (Math.abs(offsetUs - 20_000) > 100) t.fail(`at ${offsetUs} us in second ${second}`);
  }
  t.equal(timeline.steps, 0);
});

t.test('drift of 100 ppm either way is followed over an hour', async (t) => {
  for (const drift of [1e-4, -1e-4]) {
    const timeline = new PublisherTimeline();
    let errorUs = 0;
    for (let second = 0; second < 3600; second += 1) {
      const nowUs = second * 1e6;
      const publisherUs = EPOCH_US + Math.round(nowUs * (1 + drift));
      timeline.receiveSenderReport(publisherUs, nowUs);
      errorUs = timeline.serverUs(publisherUs)! - nowUs;
    }
    t.ok(Math.abs(errorUs) < 7000, `${drift}: ${errorUs} us`);
  }
});

t.test('a publisher’s clock that is set is taken as set, at once; a late report is only late', async (t) => {
  for (const [changeUs, steps] of [
    [3_600_000_000, 1],
    [-3_600_000_000, 1],
    [600_000, 1],
    [400_000, 0],
    [-4_000_000, 0],
  ] as const) {
    const timeline = new PublisherTimeline();
    timeline.receiveSenderReport(EPOCH_US, 0);
    timeline.receiveSenderReport(EPOCH_US + changeUs, 1_000);
    t.equal(timeline.steps, steps, `${changeUs} us`);
    if (steps === 1) t.equal(timeline.serverUs(EPOCH_US + changeUs), 1_000);
  }
});
