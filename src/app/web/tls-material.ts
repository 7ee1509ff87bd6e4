import { X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { DataDirectory } from '../../store/data-directory.ts';
import { OperatorError } from '../../store/operator-error.ts';
import { ensureServerCertificate } from '../../store/pki.ts';
import type { Config } from '../config/schema.ts';
import { hostName, lanAddresses } from '../local-addresses.ts';

/** What https:// serves with, and until when. */
export interface TlsMaterial {
  readonly secureContext: SecureContextOptions;
  readonly expiresAtMs: number;
  /** Whether this call signed a new certificate. */
  readonly renewed: boolean;
  /** The local authority; undefined when the operator brought a certificate. */
  readonly authority?: { readonly pem: string; readonly file: string; readonly fingerprint: string };
}

/** The operator's certificate, else one of the local authority for every name and address of this machine. */
export function tlsMaterial(config: Config, directory: DataDirectory, nowMs: number): TlsMaterial {
  const { certificate: cert, key, passphrase } = config.tls;
  if (cert !== '') return operatorsMaterial({ cert, key, ...(passphrase !== '' && { passphrase }) });

  const { publicUrl } = config.server;
  const names = [
    hostName(),
    'localhost',
    '127.0.0.1',
    '::1',
    ...lanAddresses(),
    ...config.tls.names,
    ...(publicUrl === '' ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')]),
  ];
  const made = ensureServerCertificate(directory, [...new Set(names)], nowMs);
  return {
    secureContext: { cert: made.certificatePem, key: made.keyPem, minVersion: 'TLSv1.2' },
    expiresAtMs: made.expiresAtMs,
    renewed: made.renewed,
    authority: { pem: made.authorityPem, file: made.authorityFile, fingerprint: made.authorityFingerprint },
  };
}

function operatorsMaterial(pair: { cert: string; key: string; passphrase?: string }): TlsMaterial {
  try {
    const secureContext = { ...pair, minVersion: 'TLSv1.2' } as const;
    createSecureContext(secureContext);
    return { secureContext, expiresAtMs: Date.parse(new X509Certificate(pair.cert).validTo), renewed: false };
  } catch (error) {
    throw new OperatorError(
      `tls.certificate and tls.key cannot be used: ${(error as Error).message}`,
      'give a PEM chain and its own PEM key (and tls.passphrase if the key has one)',
    );
  }
}
