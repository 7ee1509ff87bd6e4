/**
 * The local certificate authority, and the server certificate it signs, for clinics without a public name.
 * RSA: node-forge signs nothing else; Node itself makes the keys (forge's own would take many seconds).
 */
import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import forge from 'node-forge';
import type { DataDirectory } from './data-directory.ts';
import { OperatorError } from './operator-error.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const dayMs = 86_400_000;
const authorityDays = 3650;
/** Safari takes at most 398 days from a public CA and 825 from a private one; the shorter serves both. */
const serverDays = 397;
const renewBeforeDays = 30;
const authorityBits = 3072;
const serverBits = 2048;

export interface ServerCertificate {
  /** The server's own certificate, without the authority, which clients hold themselves. */
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly authorityPem: string;
  /** Where the authority's certificate lies, for people to hand on. */
  readonly authorityFile: string;
  /** SHA-256 of the authority's certificate, upper-case hex pairs with colons, to compare by eye. */
  readonly authorityFingerprint: string;
  readonly expiresAtMs: number;
  /** Whether this call signed a new certificate. */
  readonly renewed: boolean;
}

/**
 * Reads both from `pki/`, making or renewing what is missing, near its end (30 days), or does not cover `names`
 * (host names and IP addresses). The authority is kept as long as it lives: people have trusted it by hand.
 */
export function ensureServerCertificate(
  directory: DataDirectory,
  names: readonly string[],
  nowMs: number,
): ServerCertificate {
  const file = (name: string) => join(directory.pkiDirectory, name);
  const authority = ensureAuthority(file('ca.crt'), file('ca.key'), names[0] ?? 'server', nowMs);
  const authorityX509 = new X509Certificate(authority.certificatePem);

  let pair = readPair(file('server.crt'), file('server.key'));
  const renewed = pair === undefined || !isGood(pair, authorityX509, names, nowMs);
  if (renewed) {
    pair = signServerCertificate(authority, names, nowMs);
    writePair(file('server.crt'), file('server.key'), pair);
  }
  return {
    ...pair!,
    authorityPem: authority.certificatePem,
    authorityFile: file('ca.crt'),
    authorityFingerprint: authorityX509.fingerprint256,
    expiresAtMs: Date.parse(new X509Certificate(pair!.certificatePem).validTo),
    renewed,
  };
}

interface Pair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

function readPair(certificateFile: string, keyFile: string): Pair | undefined {
  const certificatePem = readPrivateFile(certificateFile);
  const keyPem = readPrivateFile(keyFile);
  return certificatePem === undefined || keyPem === undefined ? undefined : { certificatePem, keyPem };
}

/** The key first: a certificate without its key would look whole to the next start. */
function writePair(certificateFile: string, keyFile: string, pair: Pair): void {
  writePrivateFile(keyFile, pair.keyPem);
  writePrivateFile(certificateFile, pair.certificatePem);
}

function ensureAuthority(certificateFile: string, keyFile: string, host: string, nowMs: number): Pair {
  const pair = readPair(certificateFile, keyFile);
  if (pair !== undefined) {
    try {
      const certificate = new X509Certificate(pair.certificatePem);
      if (!certificate.checkPrivateKey(createPrivateKey(pair.keyPem)))
        throw new Error('they do not belong together');
      if (Date.parse(certificate.validTo) - nowMs > renewBeforeDays * dayMs) return pair;
    } catch (error) {
      throw new OperatorError(
        `${certificateFile} and ${keyFile} are not usable: ${(error as Error).message}`,
        'put both back from the backup, or delete both: then every device must trust the new ca.crt',
      );
    }
  }
  const { publicKey, privateKey } = keyPair(authorityBits);
  const certificate = blankCertificate(publicKey, nowMs, authorityDays);
  const subject = [
    { name: 'commonName', value: `Visavis CA ${host} ${randomBytes(2).toString('hex')}` },
    { name: 'organizationName', value: 'Visavis (made on this machine)' },
  ];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(privateKey, forge.md.sha256.create());
  const made = { certificatePem: pemOf(certificate), keyPem: forge.pki.privateKeyToPem(privateKey) };
  writePair(certificateFile, keyFile, made);
  return made;
}

function signServerCertificate(authority: Pair, names: readonly string[], nowMs: number): Pair {
  const issuer = forge.pki.certificateFromPem(authority.certificatePem);
  const { publicKey, privateKey } = keyPair(serverBits);
  const certificate = blankCertificate(publicKey, nowMs, serverDays);
  if (certificate.validity.notAfter > issuer.validity.notAfter) {
    certificate.validity.notAfter = issuer.validity.notAfter;
  }
  certificate.setSubject([{ name: 'commonName', value: (names[0] ?? 'localhost').slice(0, 64) }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: names.map((name) => (isIP(name) !== 0 ? { type: 7, ip: name } : { type: 2, value: name })),
    },
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes(),
    },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(authority.keyPem), forge.md.sha256.create());
  return { certificatePem: pemOf(certificate), keyPem: forge.pki.privateKeyToPem(privateKey) };
}

function isGood(pair: Pair, authority: X509Certificate, names: readonly string[], nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(pair.certificatePem);
    const covered = (certificate.subjectAltName ?? '')
      .split(', ')
      .map((entry) => canonical(entry.replace(/^(DNS|IP Address):/, '')));
    return (
      certificate.verify(authority.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(pair.keyPem)) &&
      Date.parse(certificate.validTo) - nowMs > renewBeforeDays * dayMs &&
      Date.parse(certificate.validFrom) <= nowMs &&
      names.every((name) => covered.includes(canonical(name)))
    );
  } catch {
    // Whatever cannot be read is made anew; nobody trusts this certificate but through its authority.
    return false;
  }
}

/** One spelling per address: Node prints IPv6 in a certificate uncompressed and in capitals. */
function canonical(name: string): string {
  return isIP(name) === 6 ? new URL(`http://[${name}]`).hostname : name.toLowerCase();
}

function keyPair(modulusLength: number): forge.pki.rsa.KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return {
    publicKey: forge.pki.publicKeyFromPem(publicKey),
    privateKey: forge.pki.privateKeyFromPem(privateKey),
  };
}

/** Valid from a day ago, since clocks of phones are not exact. */
function blankCertificate(
  publicKey: forge.pki.rsa.PublicKey,
  nowMs: number,
  days: number,
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = serialNumber();
  certificate.validity.notBefore = new Date(nowMs - dayMs);
  certificate.validity.notAfter = new Date(nowMs + (days - 1) * dayMs);
  return certificate;
}

/** @see RFC 5280 §4.1.2.2: positive, at most 20 octets, here 16 random ones with the top bits 01. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function pemOf(certificate: forge.pki.Certificate): string {
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
