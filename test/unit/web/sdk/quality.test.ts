import t from 'tap';
import { quality } from '../../../../web/sdk/quality.ts';
import { statsSample } from '../../../../web/sdk/stats-sample.ts';

interface Moment {
  readonly atMs: number;
  readonly received?: number;
  readonly lost?: number;
  readonly frames?: number;
  readonly freezeSeconds?: number;
  readonly roundTripSeconds?: number;
  readonly concealed?: number;
}

/** getStats of a page that receives one camera and one microphone, and sends a camera in two layers. */
function sampleOf(moment: Moment) {
  const { atMs, received = 0, lost = 0, frames = 0, freezeSeconds = 0, roundTripSeconds = 0.02 } = moment;
  return statsSample(atMs, [
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
    { id: 'P', type: 'candidate-pair', localCandidateId: 'L', currentRoundTripTime: roundTripSeconds },
    { id: 'L', type: 'local-candidate', protocol: 'udp' },
    { id: 'C', type: 'codec', mimeType: 'video/VP8' },
    {
      id: 'v',
      type: 'inbound-rtp',
      mid: '1',
      kind: 'video',
      codecId: 'C',
      packetsReceived: received,
      bytesReceived: received * 1000,
      packetsLost: lost,
      framesDecoded: frames,
      frameWidth: 960,
      frameHeight: 540,
      totalFreezesDuration: freezeSeconds,
    },
    {
      id: 'a',
      type: 'inbound-rtp',
      mid: '0',
      kind: 'audio',
      packetsReceived: received,
      totalSamplesReceived: atMs * 48,
      concealedSamples: moment.concealed ?? 0,
    },
    {
      id: 'o1',
      type: 'outbound-rtp',
      mid: '2',
      kind: 'video',
      packetsSent: atMs,
      bytesSent: atMs * 10,
      frameHeight: 270,
    },
    {
      id: 'o2',
      type: 'outbound-rtp',
      mid: '2',
      kind: 'video',
      packetsSent: atMs,
      bytesSent: atMs * 90,
      frameHeight: 1080,
    },
  ]);
}

const start = { atMs: 1_000, received: 100, frames: 25 };

t.test('numbers are per second and per line, layers are one stream', async (test) => {
  const result = quality(sampleOf(start), sampleOf({ atMs: 3_000, received: 300, frames: 75 }))!;
  test.equal(result.word, 'good');
  test.equal(result.protocol, 'udp');
  test.equal(result.roundTripMs, 20);
  test.match(result.streams.get('1'), {
    width: 960,
    height: 540,
    framesPerSecond: 25,
    bitsPerSecond: 800_000,
    codec: 'vp8',
  });
  test.match(result.streams.get('2'), { height: 1080, bitsPerSecond: 800_000 });
});

const cases: [string, Partial<Moment>, 'good' | 'fair' | 'poor', 'network' | 'device'][] = [
  ['nothing is wrong', {}, 'good', 'device'],
  ['3 % are lost', { received: 294, lost: 6 }, 'good', 'device'],
  ['8 % are lost', { received: 284, lost: 30 }, 'fair', 'network'],
  ['20 % are lost', { received: 260, lost: 80 }, 'poor', 'network'],
  ['the round trip takes 250 ms', { roundTripSeconds: 0.25 }, 'good', 'device'],
  ['the round trip takes 400 ms', { roundTripSeconds: 0.4 }, 'fair', 'network'],
  ['the round trip takes 700 ms', { roundTripSeconds: 0.7 }, 'poor', 'network'],
  ['the picture stands for a fifth of a second', { freezeSeconds: 0.2 }, 'fair', 'device'],
  ['the picture stands for half of the time', { freezeSeconds: 1 }, 'poor', 'device'],
  ['5 % of the sound is made up', { concealed: 4_800 }, 'fair', 'device'],
];
for (const [name, change, word, cause] of cases) {
  t.test(`it is ${word} when ${name}`, async (test) => {
    const result = quality(sampleOf(start), sampleOf({ atMs: 3_000, received: 300, frames: 75, ...change }))!;
    test.equal(result.word, word);
    test.equal(result.cause, cause);
  });
}

t.test('a stream that was replaced is measured from its next sample', async (test) => {
  const result = quality(sampleOf({ ...start, received: 5_000 }), sampleOf({ atMs: 3_000, received: 10 }))!;
  test.notOk(result.streams.has('1'));
});

t.test('without time between the samples there is no quality', async (test) => {
  test.equal(quality(sampleOf(start), sampleOf(start)), undefined);
});

t.test('what a browser does not tell counts as nothing', async (test) => {
  const sample = statsSample(0, [
    { id: 'x', type: 'inbound-rtp', mid: '0', kind: 'video', packetsReceived: Number.NaN },
    { id: 'P', type: 'candidate-pair', selected: true, currentRoundTripTime: 0.1 },
    {},
  ]);
  test.equal(sample.roundTripMs, 100, 'Firefox has no transport row');
  test.equal(sample.protocol, undefined);
  test.match(sample.streams.get('0'), { packets: 0, codec: '', height: 0 });
});
