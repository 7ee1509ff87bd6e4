/** One bootstrap per clone at a time: `npm start` and `npm test` may well begin together. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BootstrapError } from './bootstrap-error.mjs';

const patienceMs = 15 * 60_000;
const pollMs = 200;

/** Runs `work` while holding `<root>/.bootstrap.lock`; a lock whose process is gone is taken over. */
export async function withLock(root, say, work) {
  const path = join(root, '.bootstrap.lock');
  const giveUpAt = Date.now() + patienceMs;
  let told = false;
  while (!take(path)) {
    const holder = readHolder(path);
    if (holder !== undefined && isGone(holder)) {
      rmSync(path, { force: true });
      if (!take(path)) continue;
      // Two may take over at once, the slower one deleting the lock of the faster: look again after a while.
      await wait(pollMs);
      if (readHolder(path)?.pid === process.pid) break;
      continue;
    }
    if (Date.now() > giveUpAt) {
      throw new BootstrapError(
        `another set-up has held ${path} for ${patienceMs / 60_000} minutes`,
        `see whether process ${holder?.pid ?? '(unknown)'} still works; if not, end it and delete that file`,
      );
    }
    if (!told) say(`waiting for the set-up that process ${holder?.pid ?? '(starting)'} is doing`);
    told = true;
    await wait(pollMs);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function take(path) {
  let file;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new BootstrapError(
      `cannot write in this directory (${error.code} on ${path})`,
      'run as the user who owns the clone, or let that user run `npm start` once first',
    );
  }
  writeSync(file, JSON.stringify({ pid: process.pid, host: hostname() }));
  closeSync(file);
  return true;
}

function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Just released, or taken a moment ago and not yet written: the next poll sees which.
    return undefined;
  }
}

function isGone({ pid, host }) {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
