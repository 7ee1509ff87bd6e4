/** Files and directories that only the server's own user may read. */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from './operator-error.ts';

/** Makes the directory (0700) if it is not there; refuses one that others own or may enter. */
export function ensurePrivateDirectory(path: string): void {
  try {
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OperatorError(
      `cannot make the directory ${path}: ${(error as Error).message}`,
      `make it as root and give it to the server's user: install -d -m 700 -o ${userName()} ${path}`,
    );
  }
  const stats = lstatSync(path);
  if (!stats.isDirectory()) {
    throw new OperatorError(
      `${path} is not a directory`,
      'move it away, or set data.directory to another path',
    );
  }
  refuseUnsafe(path, stats, '700');
}

/** The file's text, or undefined when there is none. Refuses links and files that others own or may read. */
export function readPrivateFile(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new OperatorError(
      `cannot read ${path}: ${message}`,
      `give it to the server's user: chown ${userName()} ${path}`,
    );
  }
  try {
    refuseUnsafe(path, fstatSync(file), '600');
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** Replaces the file (0600) in one step: after a power cut it holds the old or the new text, never a part. */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    fchmodSync(file, 0o600);
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  if (process.platform === 'win32') return;
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** Creates an empty file (0600) if there is none, else refuses one that others own or may read. */
export function ensurePrivateFile(path: string): void {
  if (readPrivateFile(path) === undefined) closeSync(openSync(path, 'wx', 0o600));
}

function refuseUnsafe(path: string, stats: Stats, mode: string): void {
  if (process.getuid === undefined) return;
  const uid = process.getuid();
  if (stats.uid !== uid) {
    throw new OperatorError(
      `${path} belongs to user ${stats.uid}, but the server runs as user ${uid}`,
      `run it as the owner (sudo -u '#${stats.uid}' …), or: chown -R ${userName()} ${path}`,
    );
  }
  if ((stats.mode & 0o077) !== 0) {
    throw new OperatorError(
      `${path} may be read by others (mode ${(stats.mode & 0o777).toString(8)})`,
      `chmod ${mode} ${path}`,
    );
  }
}

function userName(): string {
  return process.getuid === undefined ? 'the user' : String(process.getuid());
}
