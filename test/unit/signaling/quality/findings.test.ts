import t from 'tap';
import { type Person, sayFinding } from '../../../../src/signaling/quality/finding-words.ts';
import { findingsOf, wordOf } from '../../../../src/signaling/quality/findings.ts';
import { mergeSamples } from '../../../../src/signaling/quality/merge-samples.ts';
import type {
  PublishedQuality,
  QualitySample,
  ShownQuality,
  WatchedQuality,
} from '../../../../src/signaling/quality/quality-sample.ts';

const camera: PublishedQuality = {
  source: 'camera',
  kind: 'video',
  muted: false,
  bitsPerSecond: 800_000,
  width: 640,
  height: 360,
  packets: 1000,
  packetsLost: 0,
  packetsUnrepaired: 0,
  jitterSeconds: 0.002,
  keyFrameRequests: 0,
};
const shown: ShownQuality = {
  seconds: 10,
  framesDecoded: 240,
  framesDropped: 0,
  freezes: 0,
  frozenSeconds: 0,
  concealedSeconds: 0,
  packetsLost: 0,
};
const watchedCamera: WatchedQuality = {
  from: 'consultant-id',
  fromRole: 'consultant',
  source: 'camera',
  kind: 'video',
  paused: false,
  bitsPerSecond: 800_000,
  width: 1280,
  height: 720,
  spatialLayer: 2,
  reason: 'wanted',
  packets: 1000,
  retransmissions: 0,
  shown,
};
const clean: QualitySample = {
  participantId: 'client-id',
  role: 'client',
  seconds: 10,
  connected: true,
  rttSeconds: 0.03,
  down: { bitsPerSecond: 900_000, lossRatio: 0 },
  up: { bitsPerSecond: 900_000 },
  published: [camera],
  watched: [watchedCamera],
};
const people = new Map<string, Person>([
  ['client-id', { role: 'client', number: undefined }],
  ['consultant-id', { role: 'consultant', number: 2 }],
]);

function said(sample: QualitySample): { en: string[]; zh: string[]; word: string } {
  const findings = findingsOf(sample);
  return {
    en: findings.map((finding) => sayFinding(finding, people, 'en')),
    zh: findings.map((finding) => sayFinding(finding, people, 'zh')),
    word: wordOf(sample),
  };
}

const watching = (row: Partial<WatchedQuality>): QualitySample => ({
  ...clean,
  watched: [{ ...watchedCamera, ...row }],
});
const publishing = (row: Partial<PublishedQuality>): QualitySample => ({
  ...clean,
  published: [{ ...camera, ...row }],
});

t.test('each thing that can be wrong is said in both languages', async (t) => {
  const cases: readonly [what: string, sample: QualitySample, word: string, en: string, zh: string][] = [
    [
      'loss that was repaired',
      publishing({ packets: 998, packetsLost: 310, packetsUnrepaired: 2 }),
      'good',
      'Loss on the uplink of the client 31 %, repaired to 0.2 %.',
      '顾客上行丢包 31 %，修复后剩余 0.2 %。',
    ],
    [
      'loss that was not',
      publishing({ packets: 900, packetsLost: 100, packetsUnrepaired: 100 }),
      'poor',
      'Loss on the uplink of the client 10 %, repaired to 10 %.',
      '顾客上行丢包 10 %，修复后剩余 10 %。',
    ],
    [
      'loss towards somebody',
      { ...clean, down: { ...clean.down, lossRatio: 0.304 } },
      'good',
      'Loss on the downlink of the client 30 %.',
      '顾客下行丢包 30 %。',
    ],
    [
      'a narrow line',
      {
        ...watching({ width: 480, height: 270, spatialLayer: 0, reason: 'bandwidth' }),
        down: { bitsPerSecond: 380_000, estimateBitsPerSecond: 420_000 },
      },
      'good',
      'The line to the client carried 420 kbit/s: the camera of consultant 2 at 480x270 because of bandwidth.',
      '到顾客的线路只能承载 420 kbit/s：因带宽不足，顾问2的摄像头画面为 480x270。',
    ],
    [
      'no picture at all',
      watching({ width: 0, height: 0, spatialLayer: -1, reason: 'bandwidth' }),
      'poor',
      'The client got no picture from the camera of consultant 2 because of bandwidth.',
      '因带宽不足，顾客看不到顾问2的摄像头画面。',
    ],
    [
      'a picture that stands still',
      watching({ shown: { ...shown, freezes: 2, frozenSeconds: 3.2 } }),
      'poor',
      'For the client the picture from the camera of consultant 2 stood still for 3.2 s.',
      '顾客看到的顾问2摄像头画面卡住了 3.2 秒。',
    ],
    [
      'sound that is missing',
      watching({
        source: 'microphone',
        kind: 'audio',
        shown: { ...shown, framesDecoded: 0, concealedSeconds: 0.41 },
      }),
      'fair',
      'For the client 4.1 % of the sound from the microphone of consultant 2 was missing.',
      '顾客听到的顾问2麦克风声音缺失 4.1 %。',
    ],
    [
      'nothing coming',
      publishing({ packets: 0, bitsPerSecond: 0, width: 0, height: 0 }),
      'poor',
      'Nothing arrived from the camera of the client.',
      '没有收到顾客的摄像头数据。',
    ],
    [
      'a narrow uplink',
      publishing({ limitation: 'bandwidth', width: 320, height: 180, bitsPerSecond: 150_000 }),
      'good',
      'The line from the client had no room for more: camera at 320x180, 150 kbit/s.',
      '顾客的上行带宽不足：摄像头画面为 320x180，150 kbit/s。',
    ],
    [
      'a device too slow to send',
      publishing({ limitation: 'cpu', width: 320, height: 180 }),
      'good',
      'The device of the client was too slow to send more: camera at 320x180.',
      '顾客的设备性能不足：摄像头画面只能发送 320x180。',
    ],
    [
      'a device too slow to show',
      watching({ shown: { ...shown, framesDropped: 96 } }),
      'good',
      'The device of the client was too slow and left out 40 % of the pictures.',
      '顾客的设备性能不足，丢弃了 40 % 的画面。',
    ],
    [
      'a long way',
      { ...clean, rttSeconds: 0.42 },
      'fair',
      'The round trip to the client took 420 ms.',
      '到顾客的往返时间为 420 毫秒。',
    ],
    [
      'a full line',
      { ...clean, down: { ...clean.down, queueDelaySeconds: 0.9 } },
      'poor',
      'The line to the client was full: 900 ms of delay stood in it.',
      '到顾客的线路拥堵，积压了 900 毫秒的延迟。',
    ],
    [
      'a break',
      { ...clean, connected: false },
      'poor',
      'The connection of the client was broken for some of the time.',
      '顾客的连接中断过一段时间。',
    ],
  ];
  for (const [what, sample, word, en, zh] of cases) {
    t.same(said(sample), { en: [en], zh: [zh], word }, what);
  }
});

t.test(
  'nothing is said of a call in which nothing was wrong, or of what nobody watches or sends',
  async (t) => {
    t.same(said(clean), { en: [], zh: [], word: 'good' });
    t.same(said(watching({ paused: true, spatialLayer: -1, shown: { ...shown, frozenSeconds: 9 } })).en, []);
    t.same(said(publishing({ muted: true, packets: 0 })).en, []);
  },
);

t.test('loss is everyday below 3 %', async (t) => {
  t.same(findingsOf(publishing({ packets: 1000, packetsLost: 29 })), []);
  t.match(findingsOf(publishing({ packets: 1000, packetsLost: 30 })), [{ code: 'uplinkLoss', share: 0.03 }]);
});

t.test('samples merge: amounts add, rates average over time, and the smallest picture is told', async (t) => {
  const bad: QualitySample = {
    ...clean,
    seconds: 30,
    connected: false,
    rttSeconds: 0.07,
    down: { bitsPerSecond: 100_000, lossRatio: 0.4, estimateBitsPerSecond: 200_000, state: 'lossLimited' },
    published: [
      { ...camera, bitsPerSecond: 400_000, packetsLost: 40, jitterSeconds: 0.01, limitation: 'bandwidth' },
    ],
    watched: [{ ...watchedCamera, width: 320, height: 180, spatialLayer: 0, reason: 'bandwidth' }],
  };
  const merged = mergeSamples([bad, clean]);
  t.match(merged, {
    seconds: 40,
    connected: false,
    rttSeconds: 0.06,
    down: { bitsPerSecond: 300_000, lossRatio: 0.3, estimateBitsPerSecond: 200_000 },
    published: [
      {
        bitsPerSecond: 500_000,
        packets: 2000,
        packetsLost: 40,
        jitterSeconds: 0.01,
        limitation: 'bandwidth',
      },
    ],
    watched: [
      {
        width: 320,
        height: 180,
        spatialLayer: 0,
        reason: 'bandwidth',
        packets: 2000,
        shown: { seconds: 20, framesDecoded: 480 },
      },
    ],
  });
  t.equal(merged.down.state, undefined, 'what congestion control thinks is told as it was last');
  t.equal(mergeSamples([clean]), clean);
});

t.test('a source that came or went between counts for its own time', async (t) => {
  const { published } = mergeSamples([
    { ...clean, published: [] },
    { ...clean, published: [{ ...camera, bitsPerSecond: 800_000 }] },
  ]);
  t.match(published, [{ source: 'camera', bitsPerSecond: 400_000 }]);
});
