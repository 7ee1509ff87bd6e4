import { chmodSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Database } from '../../../src/store/database.ts';
import { migrations } from '../../../src/store/migrations.ts';

const pragma = (database: Database, name: string) => database.sqlite.pragma(name, { simple: true });

t.test(
  'a new database has the newest schema, a write-ahead log, and writes through to the disk',
  async (t) => {
    const file = join(t.testdir(), 'visavis.db');
    const database = new Database(file);
    t.equal(pragma(database, 'user_version'), migrations.length);
    t.equal(pragma(database, 'journal_mode'), 'wal');
    t.equal(pragma(database, 'synchronous'), 2, 'FULL');
    t.equal(lstatSync(file).mode & 0o777, 0o600);
    database.checkWritable();
    database.close();
  },
);

t.test('an older database is brought up to date, keeping what it holds', async (t) => {
  const file = join(t.testdir(), 'visavis.db');
  const old = new Database(file, ['CREATE TABLE a (x INTEGER)']);
  old.sqlite.exec('INSERT INTO a VALUES (7)');
  old.close();
  const steps = ['this step was taken and is not run again', 'ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 8'];
  const now = new Database(file, steps);
  t.same(now.sqlite.prepare('SELECT x, y FROM a').all(), [{ x: 7, y: 8 }]);
  now.close();
});

t.test('a step that fails leaves the schema as it was', async (t) => {
  const file = join(t.testdir(), 'visavis.db');
  new Database(file, ['CREATE TABLE a (x)']).close();
  t.throws(() => new Database(file, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)', 'CREATE TABLE b (x)']));
  const database = new Database(file, ['CREATE TABLE a (x)']);
  t.equal(pragma(database, 'user_version'), 1);
  t.same(database.sqlite.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all(), [
    { name: 'a' },
  ]);
  database.close();
});

t.test('a database of a newer version is refused', async (t) => {
  const file = join(t.testdir(), 'visavis.db');
  new Database(file, [...migrations, 'CREATE TABLE later (x)']).close();
  t.throws(() => new Database(file), { name: 'OperatorError', message: /newer Visavis/ });
});

t.test('a file that is no database, or that others may read, is refused', async (t) => {
  const file = join(
    t.testdir({ 'visavis.db': 'not a database, but long enough to be looked at'.repeat(20) }),
    'visavis.db',
  );
  chmodSync(file, 0o644);
  t.throws(() => new Database(file), { name: 'OperatorError', cure: /chmod 600/ });
  chmodSync(file, 0o600);
  t.throws(() => new Database(file), { name: 'OperatorError', message: /cannot open/ });
});

t.test('a closed database is not writable', async (t) => {
  const database = new Database(':memory:');
  database.close();
  t.throws(() => database.checkWritable());
});
