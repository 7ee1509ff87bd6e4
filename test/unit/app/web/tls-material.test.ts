import { X509Certificate } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import { loadConfig } from '../../../../src/app/config/load-config.ts';
import { hostName } from '../../../../src/app/local-addresses.ts';
import { CertificateKeeper } from '../../../../src/app/web/certificate-keeper.ts';
import { tlsMaterial } from '../../../../src/app/web/tls-material.ts';
import { openDataDirectory } from '../../../../src/store/data-directory.ts';
import { ensureServerCertificate } from '../../../../src/store/pki.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();
const load = (environment: Record<string, string> = {}) => loadConfig({ environment }).config;
const open = (t: Test, name = 'data') => openDataDirectory(join(t.testdir(), name));

t.test(
  'the local certificate covers this machine, what the operator named, and the public name',
  async (t) => {
    const config = load({
      VISAVIS__TLS__NAMES: 'clinic.lan,192.0.2.99',
      VISAVIS__SERVER__PUBLIC_URL: 'https://[2001:db8::7]:8443',
    });
    const { secureContext, authority } = tlsMaterial(config, open(t), nowMs);
    const certificate = new X509Certificate(secureContext.cert as string);
    for (const name of [hostName(), 'localhost', 'clinic.lan']) t.ok(certificate.checkHost(name), name);
    for (const ip of ['127.0.0.1', '::1', '192.0.2.99', '2001:db8::7']) t.ok(certificate.checkIP(ip), ip);
    t.ok(authority);
  },
);

t.test("the operator's own certificate is served as it is, without a local authority", async (t) => {
  const directory = open(t);
  const own = ensureServerCertificate(directory, ['clinic.example'], nowMs);
  const config = load({ VISAVIS__TLS__CERTIFICATE: own.certificatePem, VISAVIS__TLS__KEY: own.keyPem });
  const material = tlsMaterial(config, directory, nowMs);
  t.equal(material.authority, undefined);
  t.equal(material.expiresAtMs, own.expiresAtMs);

  const otherKey = ensureServerCertificate(directory, ['another.example'], nowMs).keyPem;
  const wrong = load({ VISAVIS__TLS__CERTIFICATE: own.certificatePem, VISAVIS__TLS__KEY: otherKey });
  t.throws(() => tlsMaterial(wrong, directory, nowMs), { name: 'OperatorError', message: /cannot be used/ });
});

t.test(
  'while the server runs the certificate is renewed when it is due, and a failure keeps the old one',
  async (t) => {
    const directory = open(t);
    let wallMs = nowMs;
    const log = pino({ level: 'silent' });
    const keeper = new CertificateKeeper({ config: load(), directory, log, wallMs: () => wallMs });
    t.teardown(() => keeper.close());
    let renewals = 0;
    keeper.onRenewed(() => {
      renewals += 1;
    });
    const first = keeper.material;
    keeper.check();
    t.equal(renewals, 0);
    wallMs = first.expiresAtMs - 29 * dayMs;
    keeper.check();
    t.equal(renewals, 1);
    t.ok(keeper.material.expiresAtMs > first.expiresAtMs);
    wallMs = keeper.material.expiresAtMs;
    chmodSync(join(directory.pkiDirectory, 'ca.key'), 0o644);
    const second = keeper.material;
    keeper.check();
    t.equal(keeper.material, second);
  },
);
