import { readFileSync } from 'node:fs';
import t from 'tap';
import { addCounters, makeWorkerTotals } from '../../../src/transport/media-worker-counters.ts';

t.test('docs/transport.md has every counter of a worker, and no other', (t) => {
  const page = readFileSync(new URL('../../../docs/transport.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('## Counters'));
  const documented = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\|/gm)].flatMap(([, names]) =>
    names!.replaceAll('`', '').split(', '),
  );
  t.same(documented.toSorted(), Object.keys(makeWorkerTotals()).toSorted());
  t.end();
});

t.test('counters are added under their names', (t) => {
  const total: Record<string, number> = { srtpReplayed: 1 };
  addCounters(total, { srtpReplayed: 2, srtcpReplayed: 3 });
  t.same(total, { srtpReplayed: 3, srtcpReplayed: 3 });
  t.end();
});
