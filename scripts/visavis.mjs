#!/usr/bin/env node
/** The command `visavis`: runs src/app/main.ts on the pinned Node 24, whatever Node started this. */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, exit, kill, pid, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from './bootstrap/packages.mjs';

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const node = pinnedNode(root);
if (!existsSync(node)) {
  stderr.write(`visavis: the packages are not installed yet\nvisavis: cure: npm run build (in ${root})\n`);
  exit(1);
}
const child = spawn(node, [join(root, 'src', 'app', 'main.ts'), ...argv.slice(2)], { stdio: 'inherit' });
// Ctrl-C reaches the child by itself, as does every signal to the whole group; one to this process is handed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (signal === null) exit(code);
  process.removeAllListeners(signal);
  kill(pid, signal);
});
