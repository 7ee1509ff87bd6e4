import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Database } from '../../../src/store/database.ts';
import { InviteStore } from '../../../src/store/invite-store.ts';

const nowMs = 1_800_000_000_000;
const minuteMs = 60_000;

function open(t: Test): { database: Database; invites: InviteStore } {
  const database = new Database(':memory:');
  t.teardown(() => database.close());
  return { database, invites: new InviteStore(database) };
}

t.test('a code lets one person in, once', async (t) => {
  const { invites } = open(t);
  const { code, expiresAtMs } = invites.create(
    { room: 'a', role: 'client', displayName: 'Li' },
    minuteMs,
    nowMs,
  );
  t.match(code, /^[A-Za-z0-9_-]{43}$/);
  t.equal(expiresAtMs, nowMs + minuteMs);
  t.same(invites.redeem(code, nowMs), { room: 'a', role: 'client', displayName: 'Li' });
  t.equal(invites.redeem(code, nowMs), undefined);
});

t.test('a code ends at the millisecond it was given', async (t) => {
  const { invites } = open(t);
  const first = invites.create({ room: 'a', role: 'client' }, minuteMs, nowMs);
  t.same(invites.redeem(first.code, nowMs + minuteMs - 1), { room: 'a', role: 'client' });
  const second = invites.create({ room: 'a', role: 'client' }, minuteMs, nowMs);
  t.equal(invites.redeem(second.code, nowMs + minuteMs), undefined);
});

t.test('unknown codes, empty ones and other texts let nobody in', async (t) => {
  const { invites } = open(t);
  for (const code of ['', 'x', 'A'.repeat(43), '"; DROP TABLE invites'])
    t.equal(invites.redeem(code, nowMs), undefined);
});

t.test('codes into a closed room let nobody in, others do', async (t) => {
  const { invites } = open(t);
  const closed = invites.create({ room: 'a', role: 'client' }, minuteMs, nowMs);
  const other = invites.create({ room: 'b', role: 'client' }, minuteMs, nowMs);
  invites.withdraw('a');
  t.equal(invites.redeem(closed.code, nowMs), undefined);
  t.match(invites.redeem(other.code, nowMs), { room: 'b' });
});

t.test('the code itself is not kept', async (t) => {
  const { database, invites } = open(t);
  const { code } = invites.create({ room: 'a', role: 'client' }, minuteMs, nowMs);
  const rows = database.sqlite.prepare('SELECT * FROM invites').all();
  t.equal(rows.length, 1);
  t.notMatch(JSON.stringify(rows), code);
});

t.test('expired codes are forgotten when new ones are made', async (t) => {
  const { database, invites } = open(t);
  for (let i = 0; i < 3; i++) invites.create({ room: 'a', role: 'client' }, minuteMs, nowMs);
  invites.create({ room: 'a', role: 'client' }, minuteMs, nowMs + 2 * minuteMs);
  t.equal(database.sqlite.prepare('SELECT count(*) FROM invites').pluck().get(), 1);
});

t.test('a code made by another process is good here, and used up there too', async (t) => {
  const file = join(t.testdir(), 'visavis.db');
  const [here, there] = [new Database(file), new Database(file)];
  t.teardown(() => {
    here.close();
    there.close();
  });
  const { code } = new InviteStore(there).create({ room: 'a', role: 'consultant' }, minuteMs, nowMs);
  t.same(new InviteStore(here).redeem(code, nowMs), { room: 'a', role: 'consultant' });
  t.equal(new InviteStore(there).redeem(code, nowMs), undefined);
});
