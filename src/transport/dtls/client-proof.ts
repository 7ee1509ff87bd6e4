/**
 * The two proofs of a DTLS client that werift's server does not check itself: that it has the private key of the
 * certificate it showed (CertificateVerify), and that both sides saw the same handshake (Finished). Without the first
 * the fingerprint means nothing: a certificate is public, so anyone could show it.
 */
import { createHash, createHmac, timingSafeEqual, verify, X509Certificate } from 'node:crypto';

/** SignatureAndHashAlgorithm pairs that werift's CertificateRequest offers, with the key type each needs. */
const SIGNATURE_KEY_TYPES: Readonly<Record<number, string>> = { 1025: 'rsa', 1027: 'ec' };
const VERIFY_DATA_LENGTH = 12;

/**
 * The first certificate (DER) of a Certificate message, a view into `body`; undefined if there is none or the
 * lengths do not add up.
 *
 *     total length (3) | certificate length (3) | DER | ...
 *
 * @see RFC 5246 §7.4.2
 */
export function firstCertificate(body: Buffer): Buffer | undefined {
  if (body.length < 6 || body.readUIntBE(0, 3) !== body.length - 3) return undefined;
  const length = body.readUIntBE(3, 3);
  return length === 0 || 6 + length > body.length ? undefined : body.subarray(6, 6 + length);
}

/**
 * True if `body` of a CertificateVerify signs `transcript` with the key of `certificate` (DER). Never throws.
 *
 *     hash (1) | signature algorithm (1) | length (2) | signature
 *
 * @see RFC 5246 §7.4.8
 */
export function isSignedBy(certificate: Buffer, transcript: Buffer, body: Buffer): boolean {
  if (body.length < 4 || body.readUInt16BE(2) !== body.length - 4) return false;
  const keyType = SIGNATURE_KEY_TYPES[body.readUInt16BE(0)];
  try {
    const { publicKey } = new X509Certificate(certificate);
    return (
      publicKey.asymmetricKeyType === keyType && verify('sha256', transcript, publicKey, body.subarray(4))
    );
  } catch {
    // node:crypto tells of a malformed certificate or an unknown key type only so.
    return false;
  }
}

/** True if `verifyData` is the client's Finished over `transcript`. @see RFC 5246 §7.4.9, §5 (the PRF) */
export function isClientFinished(masterSecret: Buffer, transcript: Buffer, verifyData: Buffer): boolean {
  if (verifyData.length !== VERIFY_DATA_LENGTH) return false;
  const seed = Buffer.concat([
    Buffer.from('client finished'),
    createHash('sha256').update(transcript).digest(),
  ]);
  const first = createHmac('sha256', masterSecret).update(seed).digest();
  const output = createHmac('sha256', masterSecret).update(first).update(seed).digest();
  return timingSafeEqual(output.subarray(0, VERIFY_DATA_LENGTH), verifyData);
}
