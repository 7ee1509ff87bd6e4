import { chmodSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openDataDirectory } from '../../../src/store/data-directory.ts';
import {
  ensurePrivateDirectory,
  ensurePrivateFile,
  readPrivateFile,
  writePrivateFile,
} from '../../../src/store/private-file.ts';

const mode = (path: string) => lstatSync(path).mode & 0o777;

t.test('a data directory is made for its user alone, and opened again as it is', async (t) => {
  const directory = openDataDirectory(join(t.testdir(), 'a', 'data'));
  for (const path of [directory.path, directory.keysDirectory, directory.pkiDirectory])
    t.equal(mode(path), 0o700);
  t.same(openDataDirectory(directory.path), directory);
});

t.test('a directory others may enter is refused, with the command that cures it', async (t) => {
  const path = join(t.testdir(), 'data');
  mkdirSync(path);
  chmodSync(path, 0o750);
  t.throws(() => ensurePrivateDirectory(path), { name: 'OperatorError', cure: `chmod 700 ${path}` });
  chmodSync(path, 0o700);
  ensurePrivateDirectory(path);
});

t.test('a file in the place of the directory is refused', async (t) => {
  const path = join(t.testdir({ data: 'x' }), 'data');
  t.throws(() => ensurePrivateDirectory(path), { name: 'OperatorError', message: /not a directory/ });
});

t.test('a written file is 0600 whatever the umask, replaces the old one, and leaves no other', async (t) => {
  const directory = t.testdir();
  const path = join(directory, 'secret');
  const umask = process.umask(0);
  t.teardown(() => process.umask(umask));
  writePrivateFile(path, 'one');
  writePrivateFile(path, 'two');
  t.equal(readPrivateFile(path), 'two');
  t.equal(mode(path), 0o600);
  t.same(readdirSync(directory), ['secret']);
});

t.test('a missing file reads as undefined', async (t) => {
  t.equal(readPrivateFile(join(t.testdir(), 'none')), undefined);
});

t.test('a file others may read is refused, and so is a link', async (t) => {
  const directory = t.testdir();
  const path = join(directory, 'open');
  writeFileSync(path, 'x');
  chmodSync(path, 0o640);
  t.throws(() => readPrivateFile(path), { name: 'OperatorError', cure: `chmod 600 ${path}` });
  t.throws(() => ensurePrivateFile(path), { name: 'OperatorError' });
  chmodSync(path, 0o600);
  const link = join(directory, 'link');
  symlinkSync(path, link);
  t.throws(() => readPrivateFile(link), { name: 'OperatorError' });
});
