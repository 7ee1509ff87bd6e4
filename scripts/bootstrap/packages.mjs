/** Are the packages of package-lock.json installed, and if not: install exactly those. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';

/** The Node 24 that the lock file pins. */
export function pinnedNode(root) {
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(root, 'node_modules', 'node', 'bin', binary);
}

/**
 * Why the packages must be installed, or undefined when they are as locked. npm writes what it installed to
 * node_modules/.package-lock.json as its last step, so a broken-off installation counts as missing. Running
 * the pinned Node proves that the packages are of this platform.
 */
export function stalePackages(root) {
  const wanted = readJson(join(root, 'package-lock.json'));
  if (wanted === undefined) {
    throw new BootstrapError('package-lock.json is missing or broken', 'git checkout package-lock.json');
  }
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'installing the pinned packages (a minute or two, only this once) …';
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (path === '') continue;
    const there = installed.packages[path];
    if (there === undefined && entry.optional) continue;
    if (there?.version !== entry.version || !existsSync(join(root, path))) {
      return `${path} is not the version of package-lock.json; installing the pinned packages again …`;
    }
  }
  const wantedNode = `v${wanted.packages['node_modules/node'].version}`;
  const seen = spawnSync(pinnedNode(root), ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (seen === wantedNode) return undefined;
  return `Node ${wantedNode} does not run from node_modules; installing the pinned packages again …`;
}

/** `npm ci`, with npm on a Node outside node_modules: the one inside is being replaced. */
export async function installPackages(root, say) {
  const bin = resolve(root, 'node_modules', '.bin');
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => resolve(entry) !== bin);
  const env = { ...process.env, PATH: path.join(delimiter) };
  const { npm_node_execpath: node, npm_execpath: npm } = process.env;
  const direct = node && npm && !node.startsWith(root) && existsSync(node) && existsSync(npm);
  const [command, args] = direct ? [node, [npm, 'ci']] : ['npm', ['ci']];

  const { code, output } = await run(command, args, { cwd: root, env, shell: process.platform === 'win32' });
  if (code !== 0) throw explain(output, code);
  const still = stalePackages(root);
  if (still !== undefined) {
    throw new BootstrapError(
      `npm ci ended well, yet ${still.replace(/;.*/, '')}`,
      'if npm was told to ignore install scripts, allow the one of the package `node`: npm rebuild node',
    );
  }
  say('packages installed');
}

function run(command, args, options) {
  return new Promise((done) => {
    let output = '';
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => done({ code: error.code, output: `${output}\n${error.message}` }));
    child.on('close', (code, signal) => done({ code: code ?? signal, output }));
  });
}

const causes = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EIDLETIMEOUT|network/,
    'no way to the npm registry from here',
    'connect this machine to the network for the first start (later starts need none), or set the proxy: npm config set proxy',
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)/,
    'the npm registry shows a certificate that is not trusted here',
    'give npm the CA of your proxy: npm config set cafile /path/to/ca.pem',
  ],
  [/ENOSPC/, 'the disk is full', 'free at least 1 GB and start again'],
  [/EACCES|EPERM|EROFS/, 'no permission to write node_modules', 'run as the user who owns this directory'],
  [
    /EINTEGRITY/,
    'a package differs from the one that was locked',
    'npm cache clean --force, then again; if it stays, do not use that registry',
  ],
  [
    /can only install packages when|EUSAGE/,
    'package.json and package-lock.json do not belong together',
    'git checkout package.json package-lock.json',
  ],
  [/spawn npm ENOENT|npm: not found/, 'npm is not on the PATH', 'install npm (Debian: apt-get install npm)'],
];

function explain(output, code) {
  const [, cause, cure] = causes.find(([pattern]) => pattern.test(output)) ?? [];
  const tail = output.trim().split('\n').slice(-15).join('\n  ');
  return new BootstrapError(
    `npm ci failed (${code})${cause ? `: ${cause}` : ''}\n  ${tail}`,
    cure ?? 'read the lines above; `npm ci` in this directory shows the whole story',
  );
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
