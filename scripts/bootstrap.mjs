#!/usr/bin/env node
/**
 * Brings a clone to the state its scripts need: the pinned packages (Node 24 is one of them) and, with `--web`,
 * the built browser page. Plain ESM on purpose: it must run on any Node >= 18, before anything is installed.
 * Does nothing, in a few dozen milliseconds, when everything is fresh.
 */
import { dirname } from 'node:path';
import { argv, exit, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { BootstrapError } from './bootstrap/bootstrap-error.mjs';
import { linkCommand } from './bootstrap/linked-command.mjs';
import { installPackages, stalePackages } from './bootstrap/packages.mjs';
import { withLock } from './bootstrap/process-lock.mjs';
import { buildWebPage, staleWebPage } from './bootstrap/web-page.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => stderr.write(`visavis: ${line}\n`);

/** One step: asks whether it is needed, and asks again under the lock, since another process may have done it. */
async function bring(stale, doIt) {
  if (stale(root) === undefined) return;
  await withLock(root, say, async () => {
    const reason = stale(root);
    if (reason === undefined) return;
    say(reason);
    await doIt(root, say);
  });
}

try {
  if (Number(process.versions.node.split('.')[0]) < 18) {
    throw new BootstrapError(
      `Node ${process.versions.node} is too old to install with`,
      'install Node 18 or newer (Debian: apt-get install nodejs npm); Visavis then brings its own Node 24',
    );
  }
  await bring(stalePackages, installPackages);
  linkCommand(root);
  if (argv.includes('--web')) await bring(staleWebPage, buildWebPage);
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(`cannot go on: ${error.message}`);
  say(`cure: ${error.cure}`);
  exit(1);
}
