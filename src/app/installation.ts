import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where this copy of Visavis lies; relative paths of the configuration start here. */
export const installationRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const version = (
  JSON.parse(readFileSync(join(installationRoot, 'package.json'), 'utf8')) as { version: string }
).version;

/** Absolute path of a path as the configuration gives it. */
export function inInstallation(path: string): string {
  return resolve(installationRoot, path);
}
