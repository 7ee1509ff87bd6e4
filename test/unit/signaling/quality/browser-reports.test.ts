import t from 'tap';
import type { ShownReport } from '../../../../src/signaling/protocol/quality-report.ts';
import { BrowserReports } from '../../../../src/signaling/quality/browser-reports.ts';

const second = 1e6;
const own = { producers: new Set(['mine']), consumers: new Set(['a', 'b']) };

function shown(consumerId: string, rest: Partial<ShownReport> = {}): ShownReport {
  return {
    consumerId,
    framesDecoded: 240,
    framesDropped: 2,
    freezes: 1,
    frozenSeconds: 0.5,
    concealedSeconds: 0,
    packetsLost: 7,
    ...rest,
  };
}

t.test('reports add up until they are taken', async (t) => {
  const reports = new BrowserReports(0);
  t.equal(reports.add({ seconds: 10, watched: [shown('a')], published: [] }, own, 10 * second), true);
  t.equal(
    reports.add({ seconds: 10, watched: [shown('a'), shown('b')], published: [] }, own, 20 * second),
    true,
  );
  t.match(reports.takeShown('a'), {
    seconds: 20,
    framesDecoded: 480,
    freezes: 2,
    frozenSeconds: 1,
    packetsLost: 14,
  });
  t.equal(reports.takeShown('a'), undefined, 'taken once');
  t.match(reports.takeShown('b'), { seconds: 10, framesDecoded: 240 });
});

t.test('a report too soon is refused and counts for nothing', async (t) => {
  const reports = new BrowserReports(0);
  const report = { seconds: 10, watched: [shown('a')], published: [] };
  t.equal(reports.add(report, own, 5 * second - 1), false);
  t.equal(reports.takeShown('a'), undefined);
  t.equal(reports.add(report, own, 5 * second), true);
  t.equal(reports.add(report, own, 10 * second - 1), false);
  t.equal(reports.add(report, own, 10 * second), true);
});

t.test('a report counts for no more time than there was, and for nothing that is not theirs', async (t) => {
  const reports = new BrowserReports(0);
  const boasting = shown('a', { frozenSeconds: 60, concealedSeconds: 60, framesDropped: 900 });
  reports.add(
    {
      seconds: 60,
      watched: [boasting, shown('foreign')],
      published: [
        { producerId: 'mine', limitation: 'cpu' },
        { producerId: 'foreign', limitation: 'cpu' },
      ],
    },
    own,
    6 * second,
  );
  t.match(reports.takeShown('a'), { seconds: 6, frozenSeconds: 6, concealedSeconds: 6, framesDropped: 240 });
  t.equal(reports.takeShown('foreign'), undefined);
  t.equal(reports.limitation('mine'), 'cpu');
  t.equal(reports.limitation('foreign'), undefined);
});

t.test('what is no longer subscribed is forgotten, and a limitation that is over with it', async (t) => {
  const reports = new BrowserReports(0);
  const published = [{ producerId: 'mine', limitation: 'bandwidth' as const }];
  reports.add({ seconds: 10, watched: [shown('a')], published }, own, 10 * second);
  reports.add(
    { seconds: 10, watched: [], published: [] },
    { ...own, consumers: new Set(['b']) },
    20 * second,
  );
  t.equal(reports.takeShown('a'), undefined);
  t.equal(reports.limitation('mine'), undefined);
});
