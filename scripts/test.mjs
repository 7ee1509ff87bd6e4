#!/usr/bin/env node
/**
 * `npm test [-- path …]`: sets up what the tests need, then hands over to scripts/test/run.ts on Node 24.
 * Plain ESM: it starts on whatever Node the machine has.
 */
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { argv, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from './bootstrap/packages.mjs';

const scripts = dirname(fileURLToPath(import.meta.url));
const root = dirname(scripts);

const bootstrap = spawnSync(process.execPath, [join(scripts, 'bootstrap.mjs'), '--web'], {
  stdio: 'inherit',
});
if (bootstrap.status !== 0) exit(bootstrap.status ?? 1);

const run = spawn(pinnedNode(root), [join(scripts, 'test', 'run.ts'), ...argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C reaches the child by itself; a signal sent to this process alone is handed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => run.kill('SIGTERM'));
run.on('exit', (code) => exit(code ?? 1));
