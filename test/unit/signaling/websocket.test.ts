import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { grantsOfRole } from '../../../src/signaling/room/role-grants.ts';
import { clientOffer } from '../../helpers/client-offer.ts';
import {
  memoryStores,
  startServer,
  type TestServer,
  WebSocketClient,
} from '../../helpers/signaling-server.ts';

const room = 'room';

type JoinAnswer = Record<string, unknown> & {
  ok: boolean;
  data: { participantId: string; rejoinToken?: string };
};

async function tokenFor(server: TestServer, subject: string): Promise<string> {
  const grants = grantsOfRole('consultant');
  const request = { room, role: 'consultant', subject, grants, expiresInSeconds: 60 } as const;
  return (await server.signaling.tokens.issue({ ...request, displayName: `Name of ${subject}` })).token;
}

async function joined(server: TestServer, subject: string) {
  const client = new WebSocketClient(server);
  await client.opened();
  const answer = (await client.request('join', { token: await tokenFor(server, subject) })) as {
    ok: boolean;
    data: { sessionId: string; resumeSecret: string; rejoinToken: string; seq: number };
  };
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return { client, data: answer.data };
}

const codeOf = (answer: Record<string, unknown>) => (answer.error as { code?: string } | undefined)?.code;

/** The status and problem code with which an upgrade is refused. */
async function refusal(
  server: TestServer,
  headers: Record<string, string>,
  protocol?: string,
): Promise<string> {
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const client = new WebSocketClient(server, headers, protocol);
    client.socket.on('open', () => reject(new Error('was accepted')));
    client.socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
  return `${status} ${JSON.parse(body).code}`;
}

t.test('the whole way: join, publish, subscribe, message, break, resume, leave', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const lin = await joined(server, 'lin');
  const client = await joined(server, 'client');
  t.equal(lin.client.socket.protocol, 'visavis.v1');

  const published = await lin.client.request('negotiate', {
    sdp: clientOffer([{ kind: 'video', direction: 'sendonly' }]),
    lines: [{ mid: '0', publish: { source: 'camera' } }],
  });
  t.ok(published.ok, JSON.stringify(published));
  const added = await client.client.frame((frame) => frame.type === 'producerAdded');
  const { producerId } = added.data as { producerId: string };
  const subscribed = await client.client.request('negotiate', {
    sdp: clientOffer([{ kind: 'video', direction: 'recvonly' }]),
    lines: [{ mid: '0', subscribe: { producerId } }],
  });
  t.ok(subscribed.ok, JSON.stringify(subscribed));

  const lastSeq = added.seq as number;
  client.client.socket.terminate();
  await lin.client.frame((frame) => frame.type === 'participantUpdated');
  await lin.client.request('sendData', { topic: 'chat', payload: 'are you there?' });
  const again = new WebSocketClient(server);
  await again.opened();
  const { sessionId, resumeSecret } = client.data;
  t.ok((await again.request('resume', { sessionId, resumeSecret, lastSeq })).ok);
  const data = await again.frame((frame) => frame.type === 'data');
  t.match(data, { seq: lastSeq + 1, data: { payload: 'are you there?' } });

  t.ok((await again.request('leave')).ok);
  t.strictSame(await again.closed, { code: 1000, reason: 'left' });
  await lin.client.request('closeRoom');
  t.strictSame(await lin.client.closed, { code: 4410, reason: 'roomClosed' });
  t.equal(server.media.routers.size, 0);
  const log = server.logLines.join('\n');
  t.match(log, 'participant joined');
  for (const secret of ['eyJ', resumeSecret, 'Name of', 'ice-pwd', '0123456789012345678901']) {
    t.notOk(log.includes(secret), 'nothing personal or secret is logged');
  }
});

t.test('after a restart the rejoin token lets people in again', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const { client, data } = await joined(server, 'lin');
  client.socket.terminate();
  server.signaling.engine.run(() => {
    for (const seat of server.signaling.engine.directory.rooms.values()) seat.close('serverShutdown');
  });
  const again = new WebSocketClient(server);
  await again.opened();
  t.ok((await again.request('join', { token: data.rejoinToken })).ok);
});

t.test(
  'a room that was closed stays closed to older tokens, over a restart and when it is set up anew',
  async (t) => {
    const stores = memoryStores();
    const tokens = { signingKey: { ...generateKeyPairSync('ed25519'), keyId: 'k' } };
    const before = await startServer({ stores, tokens });
    const lin = await joined(before, 'lin');
    const unused = await tokenFor(before, 'client');
    const brokenOff = await joined(before, 'guest');
    brokenOff.client.socket.terminate();
    await lin.client.request('closeRoom');
    await lin.client.closed;
    await before.close();

    // Tokens count in whole seconds.
    const after = await startServer({ stores, tokens, wallMs: () => Date.now() + 1000 });
    t.teardown(() => after.close());
    after.signaling.engine.directory.setRoomPolicy(room, {});
    for (const [token, code] of [
      [unused, 'room_closed'],
      [brokenOff.data.rejoinToken, 'token_invalid'],
    ]) {
      const client = new WebSocketClient(after);
      await client.opened();
      t.equal(codeOf(await client.request('join', { token })), code);
    }
    await joined(after, 'lin');
  },
);

t.test('who has left does not come back hours later into the next consultation in the room', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const lin = await joined(server, 'lin');
  const token = await tokenFor(server, 'guest');
  const enter = async (shown: string) => {
    const client = new WebSocketClient(server);
    await client.opened();
    return { client, answer: (await client.request('join', { token: shown })) as JoinAnswer };
  };
  const first = await enter(token);
  const { rejoinToken } = first.answer.data;
  const reloaded = await enter(rejoinToken!);
  t.ok(reloaded.answer.ok, 'a reload is no leaving');
  await reloaded.client.request('leave');
  for (const old of [rejoinToken!, reloaded.answer.data.rejoinToken!]) {
    t.equal(codeOf((await enter(old)).answer), 'token_invalid');
  }

  const again = await enter(token);
  t.ok(again.answer.ok, 'the token they were given is good until it expires');
  t.notOk(again.answer.data.rejoinToken, 'but lets in for no longer than that');
  await lin.client.request('kick', { participantId: again.answer.data.participantId });
  t.equal(codeOf((await enter(token)).answer), 'token_invalid');
});

t.test('who is kicked comes back neither by the token nor by what it was exchanged for', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const lin = await joined(server, 'lin');
  const token = await tokenFor(server, 'guest');
  const client = new WebSocketClient(server);
  await client.opened();
  const { data } = (await client.request('join', { token })) as JoinAnswer;
  await lin.client.request('kick', { participantId: data.participantId });
  for (const old of [token, data.rejoinToken!]) {
    const back = new WebSocketClient(server);
    await back.opened();
    t.equal(codeOf(await back.request('join', { token: old })), 'token_invalid');
  }
});

t.test('a ticket lets in once; a token or ticket that is not good says so', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/tickets',
    headers: { authorization: `Bearer ${await tokenFor(server, 'lin')}` },
  });
  t.equal(answer.statusCode, 201);
  const { ticket } = answer.json() as { ticket: string };
  const client = new WebSocketClient(server);
  await client.opened();
  t.equal(codeOf(await client.request('join', {})), 'token_invalid');
  t.equal(codeOf(await client.request('join', { token: 'x' })), 'token_invalid');
  t.ok((await client.request('join', { ticket })).ok, 'a refused join may be tried again');
  t.equal(codeOf(await client.request('join', { ticket })), 'already_joined');
  const second = new WebSocketClient(server);
  await second.opened();
  t.equal(codeOf(await second.request('join', { ticket })), 'ticket_invalid');
});

t.test('an invite over the WebSocket becomes a token over REST, once', async (t) => {
  const server = await startServer({ pageUrl: () => 'https://192.0.2.9:8443' });
  t.teardown(() => server.close());
  const { client } = await joined(server, 'lin');
  const answer = await client.request('invite', { role: 'client' });
  const { data } = answer as { data: { code: string; url: string } };
  t.equal(data.url, `https://192.0.2.9:8443/#invite=${data.code}`, 'as other devices reach it');
  const redeem = () =>
    server.app.inject({
      method: 'POST',
      url: '/api/v1/invites/redeem',
      payload: { code: data.code, displayName: 'Wang' },
    });
  const first = await redeem();
  t.equal(first.statusCode, 200);
  t.match(first.json(), { room, role: 'client' });
  t.match(await server.signaling.tokens.verify(first.json().token), {
    name: 'Wang',
    grants: { moderate: false },
  });
  const second = await redeem();
  t.equal(second.statusCode, 401);
  t.match(second.headers['content-type'], 'application/problem+json');
  t.match(second.json(), { code: 'invite_invalid', status: 401, retryable: false });
});

t.test('who may not connect is refused before the upgrade, with a code', async (t) => {
  const limits = { maxConnections: 1 };
  const server = await startServer({ allowedOrigins: ['https://clinic.example'], limits });
  t.teardown(() => server.close());
  t.equal(await refusal(server, {}, 'visavis.v2'), '400 subprotocol_unsupported');
  t.equal(await refusal(server, { origin: 'https://evil.example' }), '403 origin_denied');
  t.equal(await refusal(server, { origin: 'null' }), '403 origin_denied');
  const own = new WebSocketClient(server, { origin: `http://127.0.0.1:${server.port}` });
  await own.opened();
  t.equal(await refusal(server, {}), '429 too_many_connections');
  own.socket.terminate();
  const plain = await server.app.inject({ method: 'GET', url: '/api/v1/ws' });
  t.equal(plain.statusCode, 400);
});

t.test('frames that cannot be understood close the connection; the session may resume', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  for (const [frame, code] of [
    ['not json', 4400],
    [Buffer.from([1, 2, 3]), 4400],
    ['x'.repeat(400 * 1024), 1009],
  ] as const) {
    const { client, data } = await joined(server, 'lin');
    client.socket.send(frame);
    t.equal((await client.closed).code, code);
    const again = new WebSocketClient(server);
    await again.opened();
    const { sessionId, resumeSecret, seq } = data;
    t.ok((await again.request('resume', { sessionId, resumeSecret, lastSeq: seq })).ok);
  }
});

t.test('too many messages are refused, and a client that goes on is closed', async (t) => {
  const server = await startServer({ limits: { messages: { perSecond: 0.001, burst: 5 } } });
  t.teardown(() => server.close());
  const { client } = await joined(server, 'lin');
  const codes: (string | undefined)[] = [];
  for (let i = 0; i < 9; i++) codes.push(codeOf(await client.request('ping')));
  t.strictSame(codes, [...Array(4).fill(undefined), ...Array(5).fill('rate_limited')]);
  client.socket.send('{"id":1000,"type":"ping"}');
  t.strictSame(await client.closed, { code: 4429, reason: 'rate_limited' });
});

t.test(
  'a large message counts for the work it makes, so that huge offers cannot keep the server busy',
  async (t) => {
    const server = await startServer({ limits: { messages: { perSecond: 0.001, burst: 10 } } });
    t.teardown(() => server.close());
    const { client } = await joined(server, 'lin');
    const huge = { sdp: 'x'.repeat(128 * 1024), lines: [] };
    t.equal(codeOf(await client.request('negotiate', huge)), 'sdp_invalid');
    t.equal(codeOf(await client.request('negotiate', huge)), 'rate_limited');
  },
);

t.test('a reader that is too slow is closed and may resume', async (t) => {
  const server = await startServer({
    limits: { maxBacklogBytes: 256 * 1024, messages: { perSecond: 1e6, burst: 1e6 } },
  });
  t.teardown(() => server.close());
  const slow = await joined(server, 'slow');
  const fast = await joined(server, 'fast');
  slow.client.socket.pause();
  const payload = 'x'.repeat(16_000);
  for (let lost = false, i = 0; !lost && i < 2000; i++) {
    await fast.client.request('sendData', { topic: 'flood', payload });
    lost = [...server.signaling.engine.directory.rooms.values()].some((one) =>
      one.participantInfos.some(({ connected }) => !connected),
    );
  }
  const update = await fast.client.frame((frame) => frame.type === 'participantUpdated');
  t.match(update.data, { connected: false });
  t.ok((await fast.client.request('ping')).ok, 'others do not notice');
  slow.client.socket.terminate();
});

t.test('draining ends when all have gone; closing leaves nothing running', async (t) => {
  const server = await startServer();
  const { client } = await joined(server, 'lin');
  const drained = server.signaling.drain(60);
  await client.frame((frame) => frame.type === 'draining');
  const late = new WebSocketClient(server);
  await late.opened();
  t.equal(codeOf(await late.request('join', { token: await tokenFor(server, 'late') })), 'server_draining');
  t.equal((await server.app.inject('/readyz')).statusCode, 503);
  await client.request('leave');
  await drained;
  await server.close();
  t.equal((await late.closed).code, 1001);
});
