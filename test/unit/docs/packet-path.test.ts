import { readFileSync } from 'node:fs';
import t from 'tap';
import { SRTP_COUNTER_NAMES } from '../../../src/crypto/srtp.ts';
import { ROUTER_DROPS } from '../../../src/sfu/drops.ts';
import { MEDIA_WORKER_COUNTERS } from '../../../src/transport/media-worker-counters.ts';

const page = readFileSync(new URL('../../../docs/packet-path.md', import.meta.url), 'utf8');
const transportPage = readFileSync(new URL('../../../docs/transport.md', import.meta.url), 'utf8');

/** The names in the first column of every counter table of a page. */
function listed(text: string): Set<string> {
  const names = new Set<string>();
  for (const row of text.matchAll(/^\| *((?:`\w+`(?:, )?)+) *\|/gm)) {
    for (const name of row[1]!.matchAll(/`(\w+)`/g)) names.add(name[1]!);
  }
  return names;
}

t.test('every drop counter of the router and of SRTP stands in docs/packet-path.md', (t) => {
  const names = listed(page);
  for (const name of [...ROUTER_DROPS, ...SRTP_COUNTER_NAMES]) t.ok(names.has(name), name);
  t.end();
});

t.test('every counter named there exists', (t) => {
  const known = new Set<string>([...ROUTER_DROPS, ...SRTP_COUNTER_NAMES, ...MEDIA_WORKER_COUNTERS]);
  const names = listed(page);
  t.ok(names.size > 20, `${names.size} names`);
  for (const name of names) t.ok(known.has(name), name);
  t.end();
});

t.test('every counter of a media worker stands in docs/transport.md', (t) => {
  const names = listed(transportPage);
  for (const name of MEDIA_WORKER_COUNTERS) t.ok(names.has(name), name);
  t.end();
});

t.test('no name means two things', (t) => {
  const all = [...ROUTER_DROPS, ...SRTP_COUNTER_NAMES, ...MEDIA_WORKER_COUNTERS];
  t.equal(new Set(all).size, all.length);
  t.end();
});
