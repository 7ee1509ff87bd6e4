import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Where the browser tests find their browser, or why there is none. */
export type Chromium = { readonly path: string } | { readonly missing: string };

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * CHROMIUM_PATH, else the usual places; on Debian as root it is installed by apt-get when absent. Elsewhere the
 * reason says what a person installs.
 */
export function findChromium(say: (line: string) => void): Chromium {
  const told = process.env.CHROMIUM_PATH;
  if (told !== undefined) {
    return existsSync(told) ? { path: told } : { missing: `CHROMIUM_PATH names ${told}, which is not there` };
  }
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return { path: found };
  if (!isDebian()) return { missing: 'install Chromium or Chrome, or set CHROMIUM_PATH' };
  if (process.getuid?.() !== 0) return { missing: 'install it: sudo apt-get install chromium' };

  say('installing Chromium for the browser tests (apt-get) …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', 'chromium']]) {
    const { status, stderr } = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8' });
    if (status !== 0) {
      return { missing: `apt-get ${args[0]} failed: ${stderr?.trim().split('\n').at(-1) ?? 'no output'}` };
    }
  }
  return existsSync('/usr/bin/chromium')
    ? { path: '/usr/bin/chromium' }
    : { missing: 'apt-get installed chromium, but not as /usr/bin/chromium' };
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}
