import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import t from 'tap';
import { openDataDirectory } from '../../../src/store/data-directory.ts';
import { loadSigningKey } from '../../../src/store/signing-key.ts';

t.test('the key is made once, for its user alone, and read again', async (t) => {
  const directory = openDataDirectory(join(t.testdir(), 'data'));
  const made = loadSigningKey(directory);
  const file = join(directory.keysDirectory, 'token-signing.pem');
  t.equal(lstatSync(file).mode & 0o777, 0o600);
  const read = loadSigningKey(directory);
  t.equal(read.privateKey.equals(made.privateKey), true);
  t.equal(read.keyId, await calculateJwkThumbprint(await exportJWK(made.publicKey)));
});

t.test('a broken key or one of another kind is refused, and not repeated in the message', async (t) => {
  const directory = openDataDirectory(join(t.testdir(), 'data'));
  loadSigningKey(directory);
  const file = join(directory.keysDirectory, 'token-signing.pem');
  const pem = readFileSync(file, 'utf8');
  writeFileSync(file, pem.slice(0, 60));
  t.throws(() => loadSigningKey(directory), {
    name: 'OperatorError',
    message: `${file} does not hold an Ed25519 private key`,
  });
});
