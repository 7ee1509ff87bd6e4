import t, { type Test } from 'tap';
import { Database } from '../../../src/store/database.ts';
import { type QualityRetention, QualityStore, type StoredSample } from '../../../src/store/quality-store.ts';

const day = 86_400_000;

function storeOf(t: Test, retention: Partial<QualityRetention> = {}) {
  const database = new Database(':memory:');
  t.teardown(() => database.close());
  const store = new QualityStore(database, { keptMs: day, maxBytes: 1_000_000, ...retention });
  return { database, store };
}

function row(atMs: number, rest: Partial<StoredSample> = {}): StoredSample {
  return { consultationId: 'c1', room: 'room', participantId: 'p1', atMs, sample: `{"at":${atMs}}`, ...rest };
}

t.test('samples come back by room and time, oldest first', async (t) => {
  const { store } = storeOf(t);
  store.append([row(2_000), row(1_000), row(1_000, { participantId: 'p2' })]);
  store.append([row(1_500, { room: 'other', consultationId: 'c2' }), row(3_000, { consultationId: 'c3' })]);
  t.same(store.read('room', 0, 9_000, 10), [
    row(1_000),
    row(1_000, { participantId: 'p2' }),
    row(2_000),
    row(3_000, { consultationId: 'c3' }),
  ]);
  t.same(store.read('room', 1_000, 2_000, 10), [row(2_000)], 'the beginning is not in, the end is');
  t.equal(store.read('room', 0, 9_000, 2).length, 2);
  t.same(store.read('nobody', 0, 9_000, 10), []);
});

t.test('a sample that is told twice is kept once, and counted once', async (t) => {
  const { store } = storeOf(t);
  store.append([row(1_000)]);
  const { bytes } = store;
  store.append([row(1_000, { sample: '{}' })]);
  t.same(store.read('room', 0, 9_000, 10), [row(1_000)]);
  t.equal(store.bytes, bytes);
});

t.test('what is older than it is kept goes, with the consultations that were', async (t) => {
  const { store, database } = storeOf(t);
  store.append([row(1_000), row(2_000), row(day, { consultationId: 'c2' })]);
  t.equal(store.prune(day + 999), false, 'nothing is a day old yet');
  t.equal(store.prune(day + 1_000), true);
  t.same(store.read('room', 0, 2 * day, 10), [row(2_000), row(day, { consultationId: 'c2' })]);
  t.equal(store.prune(day + 2_000), true);
  const left = database.sqlite.prepare('SELECT consultation_id FROM consultations').pluck().all();
  t.same(left, ['c2']);
  t.equal(store.prune(2 * day), true);
  t.equal(store.bytes, 0);
  t.equal(store.prune(3 * day), false);
});

t.test('what is too much goes, the oldest first', async (t) => {
  const { store } = storeOf(t, { maxBytes: 300_000 });
  const sample = JSON.stringify('x'.repeat(100));
  for (let atMs = 1; atMs <= 4_000; atMs += 100) {
    store.append(Array.from({ length: 100 }, (_, i) => row(atMs + i, { sample })));
  }
  t.ok(store.bytes > 600_000);
  while (store.prune(5_000));
  t.ok(store.bytes <= 300_000 && store.bytes > 0, `${store.bytes} bytes`);
  t.equal(store.read('room', 0, 9_000, 1)[0]?.atMs, 2_501);
});

t.test('where nothing is to be kept nothing is written', async (t) => {
  const { store } = storeOf(t, { keptMs: 0 });
  store.append([row(1_000)]);
  t.same(store.read('room', 0, 9_000, 10), []);
});
