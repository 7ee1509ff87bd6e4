import { X509Certificate } from 'node:crypto';
import { CipherContext, HashAlgorithm, NamedCurveAlgorithm, SignatureAlgorithm } from 'werift';
import type { DtlsFingerprint } from '../media-messages.ts';
import { fingerprintOf } from './fingerprint.ts';

/** The server's DTLS certificate; plain data, so that one serves all workers. `keyPem` is secret: never log it. */
export interface DtlsCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** What werift signs with: its numbers for ECDSA and SHA-256 (RFC 5246 §7.4.1.4.1). */
  readonly signatureHash: { readonly hash: 4; readonly signature: 3 };
  /** Goes into every answer. */
  readonly fingerprint: DtlsFingerprint;
}

/** Makes a self-signed ECDSA P-256 certificate, valid from now for ten years. A new one per start of the server. */
export async function createDtlsCertificate(): Promise<DtlsCertificate> {
  const signatureHash = { hash: HashAlgorithm.sha256_4, signature: SignatureAlgorithm.ecdsa_3 } as const;
  const { certPem, keyPem } = await CipherContext.createSelfSignedCertificateWithKey(
    signatureHash,
    NamedCurveAlgorithm.secp256r1_23,
  );
  const fingerprint = fingerprintOf(new X509Certificate(certPem).raw, 'sha-256');
  return { certPem, keyPem, signatureHash: { hash: 4, signature: 3 }, fingerprint };
}
