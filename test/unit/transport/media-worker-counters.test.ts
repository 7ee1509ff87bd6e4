import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  addCounters,
  isTransportEvent,
  makeWorkerTotals,
  TRANSPORT_EVENTS,
} from '../../../src/transport/media-worker-counters.ts';

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

t.test('a counter is an event or a drop, as docs/transport.md words it', (t) => {
  const page = readFileSync(new URL('../../../docs/transport.md', import.meta.url), 'utf8');
  const dropOrRefusal = /dropped|not sent|refused|ended|beyond|out of place|answered 4|error|closed/;
  for (const name of Object.keys(makeWorkerTotals())) {
    const meaning = page.split('\n').find((line) => line.startsWith('| `') && line.includes(`\`${name}\``));
    t.equal(isTransportEvent(name), !dropOrRefusal.test(meaning!.replace(/^.*?` +\|/, '')), name);
  }
  for (const name of TRANSPORT_EVENTS) t.ok(Object.hasOwn(makeWorkerTotals(), name), name);
  t.end();
});
