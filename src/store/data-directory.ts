import { statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensurePrivateDirectory } from './private-file.ts';

/** Absolute paths of what the server keeps. */
export interface DataDirectory {
  readonly path: string;
  readonly databaseFile: string;
  readonly keysDirectory: string;
  readonly pkiDirectory: string;
}

/** Makes what is missing (0700). Throws OperatorError when the directory is not this user's alone. */
export function openDataDirectory(path: string): DataDirectory {
  const root = resolve(path);
  const directory = {
    path: root,
    databaseFile: join(root, 'visavis.db'),
    keysDirectory: join(root, 'keys'),
    pkiDirectory: join(root, 'pki'),
  };
  ensurePrivateDirectory(root);
  ensurePrivateDirectory(directory.keysDirectory);
  ensurePrivateDirectory(directory.pkiDirectory);
  return directory;
}

/** What the server's user may still write to the disk that holds the directory. */
export function freeBytes(directory: DataDirectory): number {
  const { bavail, bsize } = statfsSync(directory.path);
  return bavail * bsize;
}
