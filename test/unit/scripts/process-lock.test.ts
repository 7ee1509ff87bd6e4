import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { installationRoot } from '../../../src/app/installation.ts';

const lockModule = join(installationRoot, 'scripts', 'bootstrap', 'process-lock.mjs');

/** A process that notes when it goes in and out of the lock, and stays in for `turns` turns of its event loop. */
async function contend(root: string, turns: number): Promise<void> {
  const script = `
    import { appendFileSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(lockModule)};
    const note = (what) => appendFileSync(${JSON.stringify(join(root, 'notes'))}, what + '\\n');
    await withLock(${JSON.stringify(root)}, () => {}, async () => {
      note('in');
      for (let i = 0; i < ${turns}; i++) await new Promise(setImmediate);
      note('out');
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`ended with ${code}`);
}

const notes = (root: string) => readFileSync(join(root, 'notes'), 'utf8').trim().split('\n');
const lockOf = (root: string) => join(root, '.bootstrap.lock');

t.test('of several set-ups one works at a time, and the lock is gone afterwards', async (t) => {
  const root = t.testdir();
  await Promise.all([contend(root, 20_000), contend(root, 20_000), contend(root, 20_000)]);
  t.same(notes(root), ['in', 'out', 'in', 'out', 'in', 'out']);
  t.notOk(existsSync(lockOf(root)));
});

t.test('a lock whose process has died is taken over, by one', async (t: Test) => {
  const root = t.testdir();
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  const { hostname } = await import('node:os');
  writeFileSync(lockOf(root), JSON.stringify({ pid: dead.pid, host: hostname() }));
  await Promise.all([contend(root, 20_000), contend(root, 20_000)]);
  t.same(notes(root), ['in', 'out', 'in', 'out']);
  t.notOk(existsSync(lockOf(root)));
});
