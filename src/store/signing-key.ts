import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { join } from 'node:path';
import type { DataDirectory } from './data-directory.ts';
import { OperatorError } from './operator-error.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

/** The Ed25519 key that signs tokens. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** RFC 7638 thumbprint, for `kid`. */
  readonly keyId: string;
}

/** Reads `keys/token-signing.pem` (PKCS #8, 0600), making it on the first run. */
export function loadSigningKey(directory: DataDirectory): SigningKey {
  const file = join(directory.keysDirectory, 'token-signing.pem');
  const pem = readPrivateFile(file);
  if (pem === undefined) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writePrivateFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    return withThumbprint(privateKey);
  }
  let privateKey: KeyObject | undefined;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    // Said below, in words that do not repeat the key.
  }
  if (privateKey?.asymmetricKeyType !== 'ed25519') {
    throw new OperatorError(
      `${file} does not hold an Ed25519 private key`,
      'put it back from the backup, or delete it: a new one is made, and tokens of the old one end',
    );
  }
  return withThumbprint(privateKey);
}

/** @see RFC 7638 §3, RFC 8037 §2: the required members of an OKP key in lexicographic order. */
function withThumbprint(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const { crv, kty, x } = publicKey.export({ format: 'jwk' });
  const keyId = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  return { privateKey, publicKey, keyId };
}
