import { createHash, timingSafeEqual } from 'node:crypto';
import type { DtlsFingerprint } from '../media-messages.ts';

/** Hashes strong enough to stand for a certificate, by their SDP name; sha-1 and md5 are not. @see RFC 8122 §5 */
const HASHES: ReadonlyMap<string, { readonly name: string; readonly length: number }> = new Map([
  ['sha-256', { name: 'sha256', length: 32 }],
  ['sha-384', { name: 'sha384', length: 48 }],
  ['sha-512', { name: 'sha512', length: 64 }],
]);

/** The fingerprint of a DER certificate, as SDP writes it. */
export function fingerprintOf(der: Buffer, algorithm: 'sha-256' | 'sha-384' | 'sha-512'): DtlsFingerprint {
  const hex = createHash(HASHES.get(algorithm)!.name).update(der).digest('hex').toUpperCase();
  return { algorithm, value: hex.match(/../g)!.join(':') };
}

/** True for a hash we accept with a value of its length: upper- or lower-case hex pairs with colons. */
export function isUsableFingerprint(fingerprint: DtlsFingerprint): boolean {
  const hash = HASHES.get(fingerprint.algorithm.toLowerCase());
  return (
    hash !== undefined &&
    fingerprint.value.length === hash.length * 3 - 1 &&
    /^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(fingerprint.value)
  );
}

/**
 * True if one of `fingerprints` is that of the DER certificate. Compared in constant time. Fingerprints that are not
 * usable match nothing.
 * @see RFC 8122 §5
 */
export function matchesFingerprint(der: Buffer, fingerprints: readonly DtlsFingerprint[]): boolean {
  let matches = false;
  for (const fingerprint of fingerprints) {
    if (!isUsableFingerprint(fingerprint)) continue;
    const { name } = HASHES.get(fingerprint.algorithm.toLowerCase())!;
    const expected = Buffer.from(fingerprint.value.replaceAll(':', ''), 'hex');
    if (timingSafeEqual(createHash(name).update(der).digest(), expected)) matches = true;
  }
  return matches;
}
