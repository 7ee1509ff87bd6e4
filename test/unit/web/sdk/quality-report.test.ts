import t from 'tap';
import { Compile } from 'typebox/compile';
import { QualityReport } from '../../../../src/signaling/protocol/quality-report.ts';
import { qualityReport } from '../../../../web/sdk/quality-report.ts';
import { statsSample } from '../../../../web/sdk/stats-sample.ts';

const schema = Compile(QualityReport);

const camera = (rest: object) => ({
  id: 'v',
  type: 'inbound-rtp',
  kind: 'video',
  mid: '1',
  packetsReceived: 100,
  ...rest,
});
const sound = (rest: object) => ({
  id: 'a',
  type: 'inbound-rtp',
  kind: 'audio',
  mid: '2',
  packetsReceived: 100,
  ...rest,
});
const lines = {
  watched: [
    { id: 'camera-id', mid: '1' },
    { id: 'sound-id', mid: '2' },
  ],
  published: [{ id: 'mine', mid: '0' }],
};

t.test('what rose between two samples is told by subscription', async (t) => {
  const before = statsSample(1_000, [
    camera({
      framesDecoded: 100,
      framesDropped: 5,
      freezeCount: 1,
      totalFreezesDuration: 0.5,
      packetsLost: 10,
    }),
    sound({ totalSamplesReceived: 48_000, concealedSamples: 480 }),
  ]);
  const after = statsSample(11_000, [
    camera({
      packetsReceived: 900,
      framesDecoded: 340,
      framesDropped: 7,
      freezeCount: 3,
      totalFreezesDuration: 2,
      packetsLost: 310,
    }),
    sound({ packetsReceived: 600, totalSamplesReceived: 528_000, concealedSamples: 24_480 }),
    { id: 'o', type: 'outbound-rtp', kind: 'video', mid: '0', qualityLimitationReason: 'bandwidth' },
  ]);
  const report = qualityReport(before, after, lines);
  t.ok(schema.Check(report));
  t.match(report, {
    seconds: 10,
    watched: [
      {
        consumerId: 'camera-id',
        framesDecoded: 240,
        framesDropped: 2,
        freezes: 2,
        frozenSeconds: 1.5,
        concealedSeconds: 0,
        packetsLost: 300,
      },
      { consumerId: 'sound-id', framesDecoded: 0, concealedSeconds: 0.5 },
    ],
    published: [{ producerId: 'mine', limitation: 'bandwidth' }],
  });
});

t.test('whatever a browser counts, the report is one that the server takes', async (t) => {
  const before = statsSample(0, [
    camera({ framesDecoded: 50, packetsLost: 20 }),
    sound({ totalSamplesReceived: 1 }),
  ]);
  const after = statsSample(5_000, [
    camera({ framesDecoded: 9e9, packetsLost: -3, totalFreezesDuration: 77, framesDropped: Number.NaN }),
    sound({ totalSamplesReceived: 2, concealedSamples: 900 }),
  ]);
  const report = qualityReport(before, after, lines);
  t.ok(schema.Check(report), JSON.stringify(report));
  t.match(report, { watched: [{ packetsLost: 0, frozenSeconds: 5 }, { concealedSeconds: 5 }] });
});

t.test('nothing is told of a stream that began anew, of no time, or of a device that slept', async (t) => {
  const before = statsSample(0, [camera({ packetsReceived: 500 })]);
  t.equal(qualityReport(before, statsSample(10_000, [camera({})]), lines), undefined);
  const later = [camera({ packetsReceived: 900 })];
  t.equal(qualityReport(before, statsSample(900, later), lines), undefined);
  t.equal(qualityReport(before, statsSample(61_000, later), lines), undefined);
  t.match(qualityReport(before, statsSample(60_000, later), lines), { seconds: 60 });
});
