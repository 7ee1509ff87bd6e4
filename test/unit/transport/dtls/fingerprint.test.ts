import { createHash, X509Certificate } from 'node:crypto';
import t from 'tap';
import {
  fingerprintOf,
  isUsableFingerprint,
  matchesFingerprint,
} from '../../../../src/transport/dtls/fingerprint.ts';
import { clientCertificate, serverCertificate } from '../../../helpers/dtls-link.ts';

const der = new X509Certificate(clientCertificate.certPem).raw;
const other = new X509Certificate(serverCertificate.certPem).raw;
const sha1 = {
  algorithm: 'sha-1',
  value: createHash('sha1')
    .update(der)
    .digest('hex')
    .toUpperCase()
    .replace(/..(?=.)/g, '$&:'),
};

t.test('agrees with what node:crypto says of a certificate', async (t) => {
  const certificate = new X509Certificate(clientCertificate.certPem);
  t.equal(fingerprintOf(der, 'sha-256').value, certificate.fingerprint256);
  t.equal(fingerprintOf(der, 'sha-512').value, certificate.fingerprint512);
  t.same(clientCertificate.fingerprint, { algorithm: 'sha-256', value: certificate.fingerprint256 });
});

t.test('sha-256, sha-384 and sha-512 match, in any case, one of several is enough', async (t) => {
  for (const algorithm of ['sha-256', 'sha-384', 'sha-512'] as const) {
    const right = fingerprintOf(der, algorithm);
    const wrong = fingerprintOf(other, algorithm);
    t.ok(matchesFingerprint(der, [right]));
    t.ok(matchesFingerprint(der, [{ algorithm: algorithm.toUpperCase(), value: right.value.toLowerCase() }]));
    t.ok(matchesFingerprint(der, [wrong, right]));
    t.notOk(matchesFingerprint(der, [wrong]));
    t.notOk(matchesFingerprint(other, [right]));
  }
  t.notOk(matchesFingerprint(der, []));
});

t.test('weak, unknown and malformed fingerprints match nothing', async (t) => {
  const { value } = fingerprintOf(der, 'sha-256');
  const bad = [
    sha1,
    { algorithm: 'md5', value },
    { algorithm: 'constructor', value },
    { algorithm: 'sha-384', value },
    { algorithm: 'sha-256', value: value.slice(3) },
    { algorithm: 'sha-256', value: `${value}:00` },
    { algorithm: 'sha-256', value: value.replaceAll(':', '') },
    { algorithm: 'sha-256', value: `${value.slice(0, -2)}ZZ` },
    { algorithm: 'sha-256', value: '' },
  ];
  for (const fingerprint of bad) {
    t.notOk(isUsableFingerprint(fingerprint), `${fingerprint.algorithm} ${fingerprint.value}`);
    t.notOk(matchesFingerprint(der, [fingerprint]));
  }
  t.ok(matchesFingerprint(der, [...bad, fingerprintOf(der, 'sha-256')]));
});
