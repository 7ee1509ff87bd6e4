import { createHash, X509Certificate } from 'node:crypto';

/** SHA-256 fingerprint of a PEM certificate as SDP writes it: upper-case hex pairs with colons. */
export function fingerprintOf(certPem: string): string {
  const digest = createHash('sha256').update(new X509Certificate(certPem).raw).digest('hex').toUpperCase();
  return digest.match(/../g)!.join(':');
}
