import t from 'tap';
import { PublisherTimeline } from '../../../../src/sfu/stream/publisher-timeline.ts';
import { ReportClock } from '../../../../src/sfu/stream/report-clock.ts';
import { seeded } from '../../../helpers/seeded.ts';

const EPOCH_US = 1_700_000_000_000_000;

function clocks(): { audio: ReportClock; video: ReportClock } {
  const timeline = new PublisherTimeline();
  return { audio: new ReportClock(48_000, timeline), video: new ReportClock(90_000, timeline) };
}

t.test('knows nothing before a report or three seconds of packets', async (t) => {
  const { video } = clocks();
  t.equal(video.timestampAt(0), undefined);
  t.equal(video.timeOf(0), undefined);
  video.receivePacket(1000, 0);
  video.receivePacket(2000, 2_999_999);
  t.equal(video.timestampAt(0), undefined);
  t.equal(video.isReported, false);
});

t.test('a report anchors media time, which goes on at the clock rate across the wrap', async (t) => {
  const { video } = clocks();
  video.receiveSenderReport(EPOCH_US, 0xffff_ffff - 44_999, 10_000_000);
  t.equal(video.timestampAt(10_000_000), 0xffff_ffff - 44_999);
  t.equal(video.timestampAt(10_500_000), 0);
  t.equal(video.timestampAt(11_000_000), 45_000);
  t.equal(video.timeOf(45_000), 11_000_000);
  t.equal(video.timestampAt(9_500_000), 0xffff_ffff - 89_999);
  t.equal(video.isReported, true);
});

t.test('what left the publisher at one time is reported as of one time, for hours, to 5 ms', async (t) => {
  const random = seeded(17);
  const { audio, video } = clocks();
  const drift = 1 + 80e-6;
  const audioStart = 0xff00_0000;
  const videoStart = 0x7fff_0000;
  const audioAt = (publisherUs: number) => (audioStart + Math.round(publisherUs * 0.048)) % 0x1_0000_0000;
  const videoAt = (publisherUs: number) => (videoStart + Math.round(publisherUs * 0.09)) % 0x1_0000_0000;
  let worstUs = 0;
  for (let second = 1; second < 4 * 3600; second += 1) {
    const publisherUs = second * 1e6 * drift;
    const arrivesUs = second * 1e6 + 30_000 + random() * 50_000;
    video.receiveSenderReport(EPOCH_US + publisherUs, videoAt(publisherUs), arrivesUs);
    if (second % 5 === 0) audio.receiveSenderReport(EPOCH_US + publisherUs, audioAt(publisherUs), arrivesUs);
    if (second < 10) continue;
    const nowUs = second * 1e6 + 900_000;
    const audioMediaUs = (((audio.timestampAt(nowUs)! - audioStart) >>> 0) / 0.048) % (0x1_0000_0000 / 0.09);
    const videoMediaUs = (((video.timestampAt(nowUs)! - videoStart) >>> 0) / 0.09) % (0x1_0000_0000 / 0.09);
    worstUs = Math.max(worstUs, Math.abs(audioMediaUs - videoMediaUs));
  }
  t.ok(worstUs < 5000, `lips are ${worstUs} us apart at the worst`);
});

t.test('a publisher without reports is taken at the earliest of its packets’ arrivals', async (t) => {
  const random = seeded(3);
  const { video } = clocks();
  for (let frame = 0; frame < 1000; frame += 1) {
    video.receivePacket((frame * 3000) >>> 0, frame * 33_333.333 + 20_000 + random() * 40_000);
  }
  const errorUs = video.timeOf(1000 * 3000)! - (1000 * 33_333.333 + 20_000);
  t.ok(Math.abs(errorUs) < 4000, `${errorUs} us off the earliest`);
  t.equal(video.isReported, false);
  video.receiveSenderReport(EPOCH_US, 3_000_000, 40_000_000);
  t.equal(video.isReported, true);
  t.equal(video.timeOf(3_000_000), 40_000_000);
});

t.test('without reports too, drift is followed', async (t) => {
  const { video } = clocks();
  const frameUs = 33_333.333 * (1 + 200e-6);
  for (let frame = 0; frame < 30 * 600; frame += 1) video.receivePacket(frame * 3000, frame * frameUs);
  const errorUs = video.timeOf(30 * 600 * 3000)! - 30 * 600 * frameUs;
  t.ok(Math.abs(errorUs) < 5000, `${errorUs} us off after ten minutes`);
});

t.test('a new timestamp base is seen, and taken', async (t) => {
  const { video } = clocks();
  video.receiveSenderReport(EPOCH_US, 1000, 0);
  video.receiveSenderReport(EPOCH_US + 1_000_000, 91_000, 1_000_000);
  t.equal(video.jumps, 0);
  video.receiveSenderReport(EPOCH_US + 2_000_000, 4_000_000_000, 2_000_000);
  t.equal(video.jumps, 1);
  t.equal(video.timestampAt(2_000_000), 4_000_000_000);
});

t.test('when the publisher’s clock is set, media time goes on', async (t) => {
  const { audio, video } = clocks();
  audio.receiveSenderReport(EPOCH_US, 0, 0);
  video.receiveSenderReport(EPOCH_US, 0, 0);
  video.receiveSenderReport(EPOCH_US - 60_000_000, 90_000, 1_000_000);
  t.equal(video.timestampAt(2_000_000), 180_000);
  t.equal(audio.timestampAt(2_000_000), 96_000);
  audio.receiveSenderReport(EPOCH_US - 59_000_000, 96_000, 2_000_000);
  t.equal(audio.timestampAt(2_000_000), 96_000);
});
