import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import t, { type Test } from 'tap';
import { type DataDirectory, openDataDirectory } from '../../../src/store/data-directory.ts';
import { ensureServerCertificate } from '../../../src/store/pki.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();
const names = ['clinic', 'localhost', '127.0.0.1', '::1', 'fd00::5'];

const open = (t: Test): DataDirectory => openDataDirectory(join(t.testdir(), 'data'));

t.test('a TLS client that trusts the authority gets through by every name', async (t) => {
  const certificate = ensureServerCertificate(open(t), names, nowMs);
  const server = createServer({ cert: certificate.certificatePem, key: certificate.keyPem }, (socket) => {
    // The client leaves as soon as the handshake is through.
    socket.on('error', () => {});
    socket.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const handshake = (host: string, ca: string[]) =>
    new Promise<string>((done) => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        ca,
        servername: '',
        checkServerIdentity: () => undefined,
      });
      socket.on('error', (error) => done((error as NodeJS.ErrnoException).code ?? error.message));
      socket.on('secureConnect', () => {
        const x509 = socket.getPeerX509Certificate();
        const matched = /[:.]\d*$|::/.test(host) ? x509?.checkIP(host) : x509?.checkHost(host);
        done(matched === undefined ? 'name mismatch' : 'through');
        socket.destroy();
      });
    });
  for (const name of names) t.equal(await handshake(name, [certificate.authorityPem]), 'through', name);
  t.equal(await handshake('elsewhere', [certificate.authorityPem]), 'name mismatch');
  t.not(await handshake('localhost', []), 'through', 'nobody else trusts it');
});

t.test('keys are for the user alone', async (t) => {
  const directory = open(t);
  ensureServerCertificate(directory, names, nowMs);
  for (const file of ['ca.key', 'server.key']) {
    t.equal(lstatSync(join(directory.pkiDirectory, file)).mode & 0o777, 0o600);
  }
});

t.test(
  'what is good is kept; new names and a near end renew the certificate under the same authority',
  async (t) => {
    const directory = open(t);
    const first = ensureServerCertificate(directory, names, nowMs);
    t.equal(first.renewed, true);
    const plan: readonly [what: string, names: readonly string[], nowMs: number, renewed: boolean][] = [
      ['the next start', names, nowMs, false],
      ['a name less', names.slice(1), nowMs, false],
      ['another spelling of an address', ['FD00:0:0:0:0:0:0:5', 'LOCALHOST'], nowMs, false],
      ['a new address', [...names, '192.168.7.7'], nowMs, true],
      ['31 days before its end', names, first.expiresAtMs - 31 * dayMs, false],
      ['30 days before its end', names, first.expiresAtMs - 30 * dayMs, true],
      ['a clock set back by two years', names, nowMs - 730 * dayMs, true],
    ];
    for (const [what, wanted, at, renewed] of plan) {
      const next = ensureServerCertificate(directory, wanted, at);
      t.equal(next.renewed, renewed, what);
      t.equal(next.authorityFingerprint, first.authorityFingerprint, `${what}: same authority`);
    }
  },
);

t.test('the certificate never outlives its authority, which is made anew near its own end', async (t) => {
  const directory = open(t);
  const first = ensureServerCertificate(directory, names, nowMs);
  const authorityEnd = Date.parse(new X509Certificate(first.authorityPem).validTo);
  const late = ensureServerCertificate(directory, names, authorityEnd - 40 * dayMs);
  t.equal(late.authorityFingerprint, first.authorityFingerprint);
  t.equal(late.expiresAtMs, authorityEnd);
  const later = ensureServerCertificate(directory, names, authorityEnd - 20 * dayMs);
  t.not(later.authorityFingerprint, first.authorityFingerprint);
  t.ok(later.expiresAtMs > authorityEnd);
});

t.test(
  'a broken server certificate is made again; a broken authority is refused with the cure',
  async (t) => {
    const directory = open(t);
    const first = ensureServerCertificate(directory, names, nowMs);
    writeFileSync(join(directory.pkiDirectory, 'server.crt'), 'broken');
    t.equal(ensureServerCertificate(directory, names, nowMs).renewed, true);
    const serverKey = readFileSync(join(directory.pkiDirectory, 'server.key'), 'utf8');
    writeFileSync(join(directory.pkiDirectory, 'ca.key'), serverKey);
    t.throws(() => ensureServerCertificate(directory, names, nowMs), {
      name: 'OperatorError',
      message: /do not belong together/,
      cure: /backup/,
    });
    t.match(first.authorityFingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  },
);
