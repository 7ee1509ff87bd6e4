import t from 'tap';
import { Compile } from 'typebox/compile';
import { operations } from '../../../src/signaling/rest/operations.ts';
import { Problem } from '../../../src/signaling/rest/problem.ts';
import { grantsOfRole } from '../../../src/signaling/room/role-grants.ts';
import { clientOffer } from '../../helpers/client-offer.ts';
import { apiKey, startServer, type TestServer, WebSocketClient } from '../../helpers/signaling-server.ts';

const authorization = `Bearer ${apiKey}`;
const problem = Compile(Problem);

async function ask(server: TestServer, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) {
  const answer = await server.app.inject({
    method,
    url: `/api/v1${url}`,
    headers: { authorization },
    ...(payload === undefined ? {} : { payload }),
  });
  const body: unknown = answer.body === '' ? undefined : answer.json();
  if (answer.statusCode >= 400 && !problem.Check(body)) throw new Error(`not a problem: ${answer.body}`);
  return { status: answer.statusCode, body: body as Record<string, unknown> };
}

async function joined(server: TestServer, subject: string): Promise<WebSocketClient> {
  const grants = grantsOfRole('consultant');
  const { body } = await ask(server, 'POST', '/tokens', {
    room: 'room',
    role: 'consultant',
    subject,
    grants,
  });
  const client = new WebSocketClient(server);
  await client.opened();
  const answer = await client.request('join', { token: body.token });
  if (answer.ok !== true) throw new Error(JSON.stringify(answer));
  return client;
}

t.test(
  'nothing but redeeming and tickets works without an API key, and no key is taken from the URL',
  async (t) => {
    const server = await startServer();
    t.teardown(() => server.close());
    for (const [id, { method, path, auth }] of Object.entries(operations)) {
      if (auth !== 'apiKey') continue;
      const url = `/api/v1${path.replace(/\{\w+\}/g, 'x')}`;
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: apiKey }]) {
        const answer = await server.app.inject({ method, url: `${url}?access_token=${apiKey}`, headers });
        t.equal(answer.statusCode, 401, id);
        t.equal(answer.json().code, 'api_key_invalid');
      }
    }
  },
);

t.test('a token made here lets in with its grants and no others', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const made = await ask(server, 'POST', '/tokens', {
    room: 'room',
    role: 'client',
    grants: { subscribe: true },
  });
  t.equal(made.status, 201);
  const client = new WebSocketClient(server);
  await client.opened();
  const answer = await client.request('join', { token: made.body.token, displayName: 'Wang' });
  t.match(answer, {
    data: {
      grants: { publish: [], subscribe: true, data: false, moderate: false, record: false },
      participants: [{ displayName: 'Wang', role: 'client' }],
    },
  });
});

t.test('bodies and parameters that do not match are refused with the place', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const rows: [string, object, RegExp][] = [
    ['/tokens', {}, /room/],
    ['/tokens', { room: 'a b', role: 'client' }, /\/room/],
    ['/tokens', { room: 'a', role: 'admin' }, /\/role/],
    ['/tokens', { room: 'a', role: 'client', grants: { all: true } }, /\/grants/],
    ['/tokens', { room: 'a', role: 'client', expiresInSeconds: 90_000 }, /\/expiresInSeconds/],
    ['/rooms', { room: 'a', policy: { maxParticipants: 0 } }, /\/policy\/maxParticipants/],
    ['/invites/redeem', { code: 1 }, /\/code/],
  ];
  for (const [url, payload, where] of rows) {
    const { status, body } = await ask(server, 'POST', url, payload);
    t.equal(status, 400, url);
    t.match(body, { code: 'message_invalid', detail: where });
  }
  t.match(await ask(server, 'GET', `/rooms/${'x'.repeat(65)}`), { status: 400 });
  const broken = await server.app.inject({
    method: 'POST',
    url: '/api/v1/tokens',
    headers: { authorization, 'content-type': 'application/json' },
    payload: '{',
  });
  t.equal(broken.statusCode, 400);
  t.equal(broken.json().code, 'message_invalid');
});

t.test('rooms are set up, seen, limited and closed', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  t.match(await ask(server, 'GET', '/rooms/room'), { status: 404, body: { code: 'room_unknown' } });
  const policy = { maxParticipants: 1 };
  t.match(await ask(server, 'POST', '/rooms', { room: 'room', policy }), {
    status: 201,
    body: { open: false, policy },
  });
  const lin = await joined(server, 'lin');
  await t.rejects(joined(server, 'second'), /room_full/);
  await lin.request('negotiate', {
    sdp: clientOffer([{ kind: 'audio', direction: 'sendonly' }]),
    lines: [{ mid: '0', publish: { source: 'microphone' } }],
  });
  t.match((await ask(server, 'GET', '/rooms')).body, {
    rooms: [{ room: 'room', open: true, participants: 1, producers: 1 }],
  });
  t.match((await ask(server, 'GET', '/rooms/room')).body, {
    participantInfos: [{ connected: true }],
    producerInfos: [{ source: 'microphone', codec: 'opus' }],
  });
  t.match((await ask(server, 'GET', '/rooms/room/stats')).body, {
    transports: [{}],
    producers: [{ kind: 'audio' }],
    consumers: [],
  });
  t.strictSame(await ask(server, 'DELETE', '/rooms/room'), { status: 204, body: undefined });
  t.equal((await lin.closed).code, 4410);
  t.match(await ask(server, 'DELETE', '/rooms/room'), { status: 404 });
  t.match(await ask(server, 'GET', '/rooms/room/participants'), { status: 404 });
});

t.test('closing a room that everybody has left ends its unused tokens and invites', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const { token } = (await ask(server, 'POST', '/tokens', { room: 'room', role: 'client' })).body;
  const { code } = (await ask(server, 'POST', '/invites', { room: 'room', role: 'client' })).body;
  t.match(await ask(server, 'DELETE', '/rooms/room'), { status: 404 }, 'nobody was in it');
  t.match(await ask(server, 'POST', '/invites/redeem', { code }), { body: { code: 'invite_invalid' } });
  const client = new WebSocketClient(server);
  await client.opened();
  t.match(await client.request('join', { token }), { error: { code: 'room_closed' } });
});

t.test('a participant removed here is gone and their token with them', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const { body } = await ask(server, 'POST', '/tokens', { room: 'room', role: 'client' });
  const client = new WebSocketClient(server);
  await client.opened();
  await client.request('join', { token: body.token });
  const list = (await ask(server, 'GET', '/rooms/room/participants')).body as {
    participants: { participantId: string }[];
  };
  const url = `/rooms/room/participants/${list.participants[0]!.participantId}`;
  t.equal((await ask(server, 'DELETE', url)).status, 204);
  t.equal((await client.closed).code, 4403);
  const again = new WebSocketClient(server);
  await again.opened();
  t.match(await again.request('join', { token: body.token }), {
    ok: false,
    error: { code: 'token_invalid' },
  });
});

t.test('a body that is too large is refused with a code of its own', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const displayName = 'x'.repeat(64 * 1024);
  t.match(await ask(server, 'POST', '/tokens', { room: 'room', role: 'client', displayName }), {
    status: 413,
    body: { code: 'body_too_large', retryable: false },
  });
});

t.test('attempts to redeem are limited per address', async (t) => {
  const server = await startServer({ limits: { joins: { perSecond: 0.001, burst: 3 } } });
  t.teardown(() => server.close());
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++)
    statuses.push((await ask(server, 'POST', '/invites/redeem', { code: 'guess' })).status);
  t.strictSame(statuses, [401, 401, 401, 429, 429]);
});

t.test('/livez and /readyz say how it is, and why only with an API key', async (t) => {
  let free = true;
  let laterUs = 0;
  let runs = 0;
  const server = await startServer({
    nowUs: () => 1e9 + laterUs,
    checks: [
      {
        name: 'database',
        run: async () => {
          runs += 1;
          return { ok: true, detail: 'open' };
        },
      },
      {
        name: 'disk',
        run: () => (free ? Promise.resolve({ ok: true, detail: '' }) : Promise.reject(new Error('full'))),
      },
    ],
  });
  t.teardown(() => server.close());
  t.equal((await server.app.inject('/livez')).statusCode, 200);
  t.equal((await server.app.inject('/readyz')).statusCode, 200);
  free = false;
  laterUs = 999_999;
  t.equal((await server.app.inject('/readyz')).statusCode, 200, 'not asked again within a second');
  t.equal(runs, 1);
  laterUs = 1_000_000;
  const plain = await server.app.inject('/readyz');
  t.equal(plain.statusCode, 503);
  t.strictSame(plain.json(), { status: 'not ready' });
  const detail = await server.app.inject({ url: '/readyz', headers: { authorization } });
  t.match(detail.json().checks, [
    { name: 'database', ok: true },
    { name: 'disk', ok: false, detail: 'full' },
    { name: 'draining', ok: true },
  ]);
});

t.test('/metrics counts in base units and names nobody', async (t) => {
  const server = await startServer({ version: '1.2.3', refusedSockets: () => 3 });
  t.teardown(() => server.close());
  const lin = await joined(server, 'lin');
  await lin.request('mute', { producerId: 'none', muted: true });
  const answer = await server.app.inject('/metrics');
  t.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  for (const line of [
    'visavis_build_info{version="1.2.3"} 1',
    'visavis_rooms 1',
    'visavis_participants 1',
    'visavis_connections 1',
    'visavis_requests_total{code="ok"} 1',
    'visavis_requests_total{code="producer_unknown"} 1',
    'visavis_http_requests_total{operation="issueToken",status="201"} 1',
    'visavis_drops_total{counter="stunTooLong"} 2',
    'visavis_transport_events_total{event="datagramsReceived"} 7',
    'visavis_refused_sockets_total 3',
    'visavis_media_workers 1',
    'visavis_media_worker_event_loop_utilization_ratio{worker="0"} 0.25',
  ]) {
    t.ok(answer.body.split('\n').includes(line), line);
  }
  t.notMatch(answer.body, 'counter="datagramsReceived"', 'what came is no drop');
  const elsewhere = { url: '/metrics', remoteAddress: '192.0.2.7' };
  t.equal((await server.app.inject(elsewhere)).statusCode, 401, 'not for other machines');
  for (const name of ['x-forwarded-for', 'forwarded', 'via']) {
    const proxied = { url: '/metrics', headers: { [name]: '192.0.2.7' } };
    t.equal((await server.app.inject(proxied)).statusCode, 401, `nor through a proxy on this one: ${name}`);
  }
  const headers = { authorization: `Bearer ${apiKey}` };
  t.equal((await server.app.inject({ ...elsewhere, headers })).statusCode, 200, 'but with an API key');
  t.notMatch(answer.body, /"lin"|room=/);
  for (const [, name] of answer.body.matchAll(/^# TYPE (\w+) counter$/gm)) t.match(name!, /_total$/);
});

t.test('a WHIP camera is a participant that others see and a room close ends', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const lin = await joined(server, 'lin');
  const grants = { publish: ['instrument'] };
  const made = await ask(server, 'POST', '/tokens', {
    room: 'room',
    role: 'device',
    displayName: 'Skin camera',
    grants,
  });
  const headers = { authorization: `Bearer ${made.body.token}`, 'content-type': 'application/sdp' };
  const offer = clientOffer([{ kind: 'video', direction: 'sendonly' }]);
  const opened = await server.app.inject({ method: 'POST', url: '/whip', headers, payload: offer });
  t.equal(opened.statusCode, 201, opened.body);
  t.match(await lin.frame((frame) => frame.type === 'participantJoined'), {
    data: { displayName: 'Skin camera', role: 'device' },
  });
  t.match(await lin.frame((frame) => frame.type === 'producerAdded'), { data: { source: 'instrument' } });
  const url = String(opened.headers.location);
  t.equal(
    (await server.app.inject({ method: 'GET', url, headers: { authorization: headers.authorization } }))
      .statusCode,
    204,
  );

  const again = await server.app.inject({ method: 'POST', url: '/whip', headers, payload: offer });
  t.equal(again.statusCode, 201, 'OBS comes back without a DELETE');
  t.match(await lin.frame((frame) => frame.type === 'participantLeft'), { data: { reason: 'replaced' } });

  const audio = clientOffer([{ kind: 'audio', direction: 'sendonly' }]);
  const denied = await server.app.inject({ method: 'POST', url: '/whip', headers, payload: audio });
  t.equal(denied.statusCode, 403);
  await lin.request('closeRoom');
  const gone = String(again.headers.location);
  const after = await server.app.inject({
    method: 'DELETE',
    url: gone,
    headers: { authorization: headers.authorization },
  });
  t.equal(after.statusCode, 404);
  t.equal(server.media.routers.size, 0);
});

t.test('a WHEP player gets what others publish, or is told that there is nothing', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const lin = await joined(server, 'lin');
  const made = await ask(server, 'POST', '/tokens', {
    room: 'room',
    role: 'device',
    grants: { subscribe: true },
  });
  const headers = { authorization: `Bearer ${made.body.token}`, 'content-type': 'application/sdp' };
  const payload = clientOffer([{ kind: 'video', direction: 'recvonly' }]);
  const nothing = await server.app.inject({ method: 'POST', url: '/whep', headers, payload });
  t.equal(nothing.json().code, 'nothing_published');
  await lin.request('negotiate', {
    sdp: clientOffer([{ kind: 'video', direction: 'sendonly' }]),
    lines: [{ mid: '0', publish: { source: 'camera' } }],
  });
  const playing = await server.app.inject({ method: 'POST', url: '/whep', headers, payload });
  t.equal(playing.statusCode, 201, playing.body);
  t.match(playing.body, 'a=sendonly');
});
