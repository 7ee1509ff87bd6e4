import t from 'tap';
import { connectBareClient, enter, startServerProcess } from '../../helpers/server-process.ts';

t.test('SIGTERM tells the people, lets nobody in, and ends when the last has left', async (t) => {
  const server = await startServerProcess(t);
  const { client, joined, token } = await enter(server.httpUrl, server.inviteCode);
  t.equal(joined.ok, true);
  server.child.kill('SIGTERM');
  t.match(await client.event('draining'), { deadlineSeconds: Number });
  t.equal((await fetch(`${server.httpUrl}/readyz`)).status, 503);
  const late = await connectBareClient(server.httpUrl);
  t.match(await late.request('join', { token }), { ok: false, error: { code: 'server_draining' } });
  t.equal((await client.request('ping')).ok, true, 'who is there may go on');
  await client.request('leave');
  t.equal(await server.ended, 0);
});

t.test('SIGTERM ends sessions when the configured time is over', async (t) => {
  const server = await startServerProcess(t, { VISAVIS__SERVER__DRAIN_SECONDS: '1' });
  const { client } = await enter(server.httpUrl, server.inviteCode);
  server.child.kill('SIGTERM');
  t.match(await client.event('bye'), { reason: 'serverShutdown' });
  t.equal(await server.ended, 0);
});

t.test('a second SIGTERM stops at once', async (t) => {
  const server = await startServerProcess(t, { VISAVIS__SERVER__DRAIN_SECONDS: '3600' });
  const { client } = await enter(server.httpUrl, server.inviteCode);
  server.child.kill('SIGTERM');
  await client.event('draining');
  server.child.kill('SIGTERM');
  t.equal(await server.ended, 143);
});

t.test('the server drains when the shell that npm started it with is ended', async (t) => {
  const server = await startServerProcess(t, { npm_lifecycle_event: 'start' }, 'in a shell');
  const { client } = await enter(server.httpUrl, server.inviteCode);
  server.child.kill('SIGTERM');
  t.match(await client.event('draining'), { deadlineSeconds: Number });
  await client.request('leave');
  await server.silent;
  t.match(server.output(), /draining/);
});
