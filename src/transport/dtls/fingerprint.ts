import { createHash, timingSafeEqual } from 'node:crypto';
import type { DtlsFingerprint } from '../media-messages.ts';

/** Hashes strong enough to stand for a certificate; sha-1 and md5 are not. @see RFC 8122 §5 */
const HASHES: Readonly<Record<string, string>> = {
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
};

/** The fingerprint of a DER certificate, as SDP writes it. */
export function fingerprintOf(der: Buffer, algorithm: 'sha-256' | 'sha-384' | 'sha-512'): DtlsFingerprint {
  const hex = createHash(HASHES[algorithm]!).update(der).digest('hex').toUpperCase();
  return { algorithm, value: hex.match(/../g)!.join(':') };
}

/** True for a hash we accept with a value of its length: upper- or lower-case hex pairs with colons. */
export function isUsableFingerprint(fingerprint: DtlsFingerprint): boolean {
  const hash = HASHES[fingerprint.algorithm.toLowerCase()];
  if (hash === undefined || !/^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(fingerprint.value)) return false;
  return (fingerprint.value.length + 1) / 3 === createHash(hash).digest().length;
}

/**
 * True if one of `fingerprints` is that of the DER certificate. Compared in constant time. Fingerprints with a hash
 * that is weak or unknown match nothing.
 * @see RFC 8122 §5
 */
export function matchesFingerprint(der: Buffer, fingerprints: readonly DtlsFingerprint[]): boolean {
  let matches = false;
  for (const fingerprint of fingerprints) {
    if (!isUsableFingerprint(fingerprint)) continue;
    const expected = Buffer.from(fingerprint.value.replaceAll(':', ''), 'hex');
    const actual = createHash(HASHES[fingerprint.algorithm.toLowerCase()]!).update(der).digest();
    if (timingSafeEqual(actual, expected)) matches = true;
  }
  return matches;
}
