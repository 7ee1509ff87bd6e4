import t, { type Test } from 'tap';
import { ApiKeyStore } from '../../../src/store/api-key-store.ts';
import { Database } from '../../../src/store/database.ts';

const nowMs = 1_800_000_000_000;

function open(t: Test): { database: Database; keys: ApiKeyStore } {
  const database = new Database(':memory:');
  t.teardown(() => database.close());
  return { database, keys: new ApiKeyStore(database) };
}

t.test('a key is good until it is revoked', async (t) => {
  const { keys } = open(t);
  const { keyId, key } = keys.create('CRM', nowMs);
  t.equal(keys.verify(key, nowMs), keyId);
  t.equal(keys.revoke(keyId, nowMs + 1), true);
  t.equal(keys.verify(key, nowMs + 2), undefined);
  t.equal(keys.revoke(keyId, nowMs + 3), false, 'only once');
  t.equal(keys.revoke('000000000000', nowMs), false, 'never heard of');
  t.match(keys.list(), [{ keyId, name: 'CRM', createdAtMs: nowMs, revokedAtMs: nowMs + 1 }]);
});

t.test('a key with another secret, another id or another form is refused', async (t) => {
  const { keys } = open(t);
  const [a, b] = [keys.create('a', nowMs), keys.create('b', nowMs)];
  const secretOf = (key: string) => key.slice(-43);
  const mixed = `vv_${a.keyId}_${secretOf(b.key)}`;
  for (const key of [mixed, '', 'vv', a.key.slice(0, -1), `${a.key}x`, ` ${a.key}`, a.key.toUpperCase()]) {
    t.equal(keys.verify(key, nowMs), undefined);
  }
});

t.test('the secret is not kept', async (t) => {
  const { database, keys } = open(t);
  const { key } = keys.create('a', nowMs);
  t.notMatch(JSON.stringify(database.sqlite.prepare('SELECT * FROM api_keys').all()), key.slice(-43));
});

t.test('the last use is noted to the minute', async (t) => {
  const { keys } = open(t);
  const { key } = keys.create('a', nowMs);
  t.equal(keys.list()[0]?.lastUsedAtMs, null);
  keys.verify(key, nowMs);
  keys.verify(key, nowMs + 60_000);
  t.equal(keys.list()[0]?.lastUsedAtMs, nowMs);
  keys.verify(key, nowMs + 60_001);
  t.equal(keys.list()[0]?.lastUsedAtMs, nowMs + 60_001);
});
