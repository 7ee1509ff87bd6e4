/** Is web/dist what the sources of the page would build to, and if not: build it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';
import { pinnedNode } from './packages.mjs';

/** Everything that ends up in the page; the lock file stands for Vite, React and the schemas' package. */
const sources = ['web', 'src/signaling/protocol', 'package-lock.json'];
const stampOf = (root) => join(root, 'node_modules', '.visavis-web-page');

/** Why the page must be built, or undefined when it is fresh. */
export function staleWebPage(root) {
  if (!existsSync(join(root, 'web', 'dist', 'index.html'))) return 'building the page …';
  const stamp = stampOf(root);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint(root))
    return 'building the page again …';
  return undefined;
}

export async function buildWebPage(root, say) {
  const before = fingerprint(root);
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const built = spawnSync(pinnedNode(root), [vite, 'build', 'web'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) {
    throw new BootstrapError(
      `the page does not build\n${built.stdout ?? ''}${built.stderr ?? ''}`,
      'git status shows whether web/ was changed; on an unchanged clone, please report it',
    );
  }
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stampOf(root), before);
  say('page built');
}

function fingerprint(root) {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const path of filesUnder(root, source)) {
      hash
        .update(`${path}\0`)
        .update(readFileSync(join(root, path)))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

function filesUnder(root, path) {
  if (path === 'web/dist' || path.endsWith('/node_modules')) return [];
  let entries;
  try {
    entries = readdirSync(join(root, path), { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
  return entries
    .map((entry) => ({ path: `${path}/${entry.name}`, directory: entry.isDirectory() }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap((entry) => (entry.directory ? filesUnder(root, entry.path) : [entry.path]));
}
