import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { connectBareClient, enter, redeem, startServerProcess } from '../../helpers/server-process.ts';

/** Shared by the tests that only look. */
const server = await startServerProcess(t);

t.test('every answer carries the security headers, and only https the one that asks for https', async (t) => {
  const wanted = {
    'content-security-policy': /^default-src 'none'; script-src 'self';/,
    'permissions-policy': /camera=\(self\).*microphone=\(self\)/,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
  for (const path of ['/', '/nowhere', '/livez', '/api/v1/nowhere']) {
    const { headers } = await fetch(server.httpUrl + path);
    t.match(Object.fromEntries(headers), wanted, path);
    t.equal(headers.get('strict-transport-security'), null, path);
    t.notMatch(headers.get('content-security-policy'), /unsafe/);
  }
  const ca = readFileSync(join(server.dataDirectory, 'pki', 'ca.crt'));
  const overTls = (host: string) =>
    new Promise<Record<string, unknown>>((done, fail) => {
      const { port } = new URL(server.httpsUrl);
      const options = { host: '127.0.0.1', port, ca, path: '/', headers: { host }, servername: 'localhost' };
      httpsRequest(options, (response) => {
        response.resume();
        done(response.headers);
      })
        .on('error', fail)
        .end();
    });
  t.match(await overTls('clinic.example'), { 'strict-transport-security': /max-age/ });
  t.notOk((await overTls('localhost:8443'))['strict-transport-security'], 'never for localhost');
});

t.test(
  'the authority is downloaded as a certificate, and nothing else of the data directory is',
  async (t) => {
    const answer = await fetch(`${server.httpUrl}/ca.crt`);
    t.equal(answer.headers.get('content-type'), 'application/x-x509-ca-cert');
    t.equal(await answer.text(), readFileSync(join(server.dataDirectory, 'pki', 'ca.crt'), 'utf8'));
    for (const path of ['/ca.key', '/pki/ca.key', '/..%2f..%2fpackage.json', '/%2e%2e/%2e%2e/package.json']) {
      t.ok((await fetch(server.httpUrl + path)).status >= 400, path);
    }
  },
);

t.test('http:// is for this machine only', async (t) => {
  const lan = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  const { port } = new URL(server.httpUrl);
  if (lan === undefined) t.pass('this machine has no other address');
  else await t.rejects(fetch(`http://${lan.address}:${port}/`));
});

t.test('of a trusted proxy, and of nobody else, it is believed for whom it asks', async (t) => {
  const behind = await startServerProcess(t, {
    VISAVIS__SERVER__TRUSTED_PROXIES: '127.0.0.0/8',
    VISAVIS__SIGNALING__JOINS_PER_SECOND: '0.1',
    VISAVIS__SIGNALING__JOIN_BURST: '1',
  });
  const redeemFor = async (forwardedFor: string) => {
    const answer = await fetch(`${behind.httpUrl}/api/v1/invites/redeem`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor },
      body: JSON.stringify({ code: 'x'.repeat(43) }),
    });
    return answer.status;
  };
  t.equal(await redeemFor('192.0.2.1'), 401);
  t.equal(await redeemFor('192.0.2.1'), 429, 'the limit is that of the person');
  t.equal(await redeemFor('192.0.2.2'), 401, 'and not that of the proxy');
  t.equal(await redeemFor('192.0.2.3, 192.0.2.1'), 429, 'what the person wrote before it is not believed');
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'clinic.example' };
  const isStrict = async (url: string) =>
    (await fetch(url, { headers })).headers.has('strict-transport-security');
  t.equal(await isStrict(behind.httpUrl), true);
  t.equal(await isStrict(server.httpUrl), false, 'nobody is trusted unless named');
  const metrics = (forwardedFor: string) =>
    fetch(`${behind.httpUrl}/metrics`, { headers: { 'x-forwarded-for': forwardedFor } });
  for (const address of ['192.0.2.1', '127.0.0.1']) t.equal((await metrics(address)).status, 401, address);
});

t.test(
  'a first start makes a private data directory, serves the page, and its link lets one consultant in',
  async (t) => {
    for (const path of ['', 'keys', 'pki'])
      t.equal(lstatSync(join(server.dataDirectory, path)).mode & 0o777, 0o700);
    for (const path of ['visavis.db', 'keys/token-signing.pem', 'pki/ca.key', 'pki/server.key']) {
      t.equal(lstatSync(join(server.dataDirectory, path)).mode & 0o777, 0o600, path);
    }
    const page = await fetch(`${server.httpUrl}/`);
    t.equal(page.status, 200);
    t.match(await page.text(), /<div id="root">/);
    t.equal((await fetch(`${server.httpUrl}/readyz`)).status, 200);

    const { client, joined } = await enter(server.httpUrl, server.inviteCode);
    t.match(joined, {
      ok: true,
      data: { role: 'consultant', room: 'consultation', grants: { moderate: true } },
    });
    t.equal((await redeem(server.httpUrl, server.inviteCode)).status, 401, 'the link is good once');
    await client.request('leave');
    server.child.kill('SIGTERM');
    t.equal(await server.ended, 0);
    t.notOk(existsSync(join(server.dataDirectory, 'visavis.db-wal')), 'the database was closed');
  },
);

t.test(
  'after a restart keys and authority are the same, and the link of before is still good once',
  async (t) => {
    const first = await startServerProcess(t);
    const pem = await (await fetch(`${first.httpUrl}/ca.crt`)).text();
    first.child.kill('SIGTERM');
    await first.ended;
    const second = await startServerProcess(t, { VISAVIS__DATA__DIRECTORY: first.dataDirectory });
    t.equal(await (await fetch(`${second.httpUrl}/ca.crt`)).text(), pem);
    const { client, joined } = await enter(second.httpUrl, first.inviteCode);
    t.equal(joined.ok, true);
    client.close();
  },
);

t.test('neither tokens nor codes get into the log, nor a link into the journal', async (t) => {
  const quiet = await startServerProcess(t, { VISAVIS__LOG__LEVEL: 'trace' }, 'into the journal');
  t.equal(quiet.inviteCode, '');
  const secret = 'x'.repeat(43);
  await redeem(quiet.httpUrl, secret);
  await fetch(`${quiet.httpUrl}/api/v1/rooms`, {
    headers: { authorization: `Bearer vv_000000000000_${secret}` },
  });
  const client = await connectBareClient(quiet.httpUrl);
  await client.request('join', { token: secret });
  client.close();
  quiet.child.kill('SIGTERM');
  await quiet.ended;
  t.notMatch(quiet.output(), secret);
});
