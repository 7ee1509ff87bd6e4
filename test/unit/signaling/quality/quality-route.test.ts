import t, { type Test } from 'tap';
import { Compile } from 'typebox/compile';
import type { Router } from '../../../../src/sfu/router.ts';
import { QualityHistory } from '../../../../src/signaling/quality/quality-history.ts';
import { QualitySampler } from '../../../../src/signaling/quality/quality-sampler.ts';
import { clientOffer } from '../../../helpers/client-offer.ts';
import { rtpPacket } from '../../../helpers/rtp-samples.ts';
import { apiKey, startServer, type TestServer, WebSocketClient } from '../../../helpers/signaling-server.ts';

const history = Compile(QualityHistory);
const startMs = Date.UTC(2026, 10, 21, 2, 13, 30);

/** VP8 of 640x360: payload descriptor, frame tag, start code, sizes (RFC 6386 §9.1). */
const keyFrame = Buffer.from('101000009d012a80026801', 'hex');

/** A consultation of two whose server's clocks are turned by hand. */
async function consultation(t: Test) {
  let nowUs = 1_000_000;
  const server = await startServer({ nowUs: () => nowUs, wallMs: () => startMs + nowUs / 1000 });
  t.teardown(() => server.close());
  const [doctor, guest] = [await join(server, 'consultant'), await join(server, 'client')];
  const published = await guest.request('negotiate', {
    sdp: clientOffer([{ kind: 'video', direction: 'sendonly' }]),
    lines: [{ mid: '0', publish: { source: 'camera' } }],
  });
  const [{ producerId }] = (published.data as { lines: [{ producerId: string }] }).lines;
  const watched = await doctor.request('negotiate', {
    sdp: clientOffer([{ kind: 'video', direction: 'recvonly' }]),
    lines: [{ mid: '0', subscribe: { producerId } }],
  });
  const [{ consumerId }] = (watched.data as { lines: [{ consumerId: string }] }).lines;
  const [[roomId, router]] = [...server.media.routers] as [[string, Router]];
  const room = server.signaling.engine.directory.rooms.get('room')!;
  const transportId = [...room.participants.values()].find(({ identity }) => identity.role === 'client')!
    .media.transportId!;
  let sequenceNumber = 0;
  return {
    server,
    doctor,
    roomId,
    consumerId,
    /** The guest's camera sends `count` packets; those that `isLost` picks do not arrive. */
    sendPackets: (count: number, isLost: (index: number) => boolean) => {
      for (let index = 0; index < count; index += 1) {
        sequenceNumber += 1;
        const payload = Buffer.concat([keyFrame, Buffer.alloc(99)]);
        const packet = rtpPacket(sequenceNumber, { ssrc: 1000, payload });
        // The marker: a picture in one packet.
        packet[1] = packet[1]! | 0x80;
        if (!isLost(index)) router.handleRtp(transportId, packet, nowUs);
      }
    },
    pass: (seconds: number) => {
      nowUs += seconds * 1e6;
    },
    look: () => server.signaling.sampler.round(),
  };
}

async function join(server: TestServer, role: 'consultant' | 'client'): Promise<WebSocketClient> {
  const { body } = await ask(server, 'POST', '/tokens', {
    room: 'room',
    role,
    displayName: `Lin the ${role}`,
    subject: `person-${role}`,
    grants: { publish: ['camera'], subscribe: true },
  });
  const client = new WebSocketClient(server);
  await client.opened();
  const answer = await client.request('join', { token: body.token });
  if (answer.ok !== true) throw new Error(JSON.stringify(answer));
  return client;
}

async function ask(server: TestServer, method: 'GET' | 'POST', url: string, payload?: object) {
  const answer = await server.app.inject({
    method,
    url: `/api/v1${url}`,
    headers: { authorization: `Bearer ${apiKey}` },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

t.test('why it was bad is answered from what was measured, minute by minute', async (t) => {
  const { server, doctor, consumerId, sendPackets, pass, look } = await consultation(t);
  await look();
  sendPackets(100, () => false);
  pass(10);
  await look();
  for (let round = 0; round < 3; round += 1) {
    pass(20);
    sendPackets(100, (index) => index % 10 === 5);
    const watched = [
      {
        consumerId,
        framesDecoded: 200,
        framesDropped: 0,
        freezes: 1,
        frozenSeconds: 1,
        concealedSeconds: 0,
        packetsLost: 0,
      },
    ];
    t.match(await doctor.request('reportQuality', { seconds: 20, watched, published: [] }), { ok: true });
    await look();
  }
  const { status, body } = await ask(
    server,
    'GET',
    '/rooms/room/quality?from=2026-11-21T02:00:00Z&to=2026-11-21T03:00:00Z',
  );
  t.equal(status, 200);
  t.ok(history.Check(body), JSON.stringify(history.Errors(body)[0]));
  t.match(body, {
    complete: true,
    unreadable: 0,
    consultations: [
      {
        steps: [
          { at: '2026-11-21T02:13:00.000Z', word: 'fair' },
          { at: '2026-11-21T02:14:00.000Z', word: 'poor' },
        ],
      },
    ],
  });
  const [, minute] = body.consultations[0].steps;
  t.same(minute.tell.map(({ en }: { en: string }) => en).sort(), [
    'For the consultant the picture from the camera of the client stood still for 2 s.',
    'Loss on the uplink of the client 10 %, repaired to 10 %.',
  ]);
  const client = minute.participants.find(({ role }: { role: string }) => role === 'client');
  t.match(client.published, [{ source: 'camera', packets: 180, packetsLost: 20, packetsUnrepaired: 20 }]);
  const tenSeconds = await ask(
    server,
    'GET',
    '/rooms/room/quality?from=2026-11-21T02:00:00Z&to=2026-11-21T02:13:42Z&stepSeconds=10',
  );
  t.match(tenSeconds.body.consultations, [{ steps: [{ at: '2026-11-21T02:13:30.000Z' }] }]);
  t.equal(tenSeconds.body.consultations[0].steps.length, 1);
});

t.test('a question that makes no sense is refused', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  for (const query of [
    'from=yesterday',
    'from=2026-13-41T10:00:00Z',
    'from=2026-11-21T10:00:00Z&to=2026-11-21T09:00:00Z',
    'from=2026-11-01T10:00:00Z&to=2026-11-21T10:00:00Z',
    'stepSeconds=1',
    'stepSeconds=-60',
    'stepSeconds=sixty',
    'step=60',
  ]) {
    t.match(
      await ask(server, 'GET', `/rooms/room/quality?${query}`),
      { status: 400, body: { code: 'message_invalid' } },
      query,
    );
  }
  t.match(await ask(server, 'GET', '/rooms/room/quality'), { status: 200, body: { consultations: [] } });
});

t.test('reports come no sooner than every 5 s, and only as the schema has them', async (t) => {
  const { doctor, consumerId, pass, server, look } = await consultation(t);
  const report = { seconds: 10, watched: [], published: [] };
  t.match(await doctor.request('reportQuality', report), { error: { code: 'rate_limited' } });
  pass(5);
  t.match(await doctor.request('reportQuality', report), { ok: true });
  t.match(await doctor.request('reportQuality', report), { error: { code: 'rate_limited' } });
  const row = {
    consumerId,
    framesDecoded: 1,
    framesDropped: 0,
    freezes: 0,
    frozenSeconds: 0,
    concealedSeconds: 0,
    packetsLost: 0,
  };
  for (const bad of [
    { ...report, seconds: 61 },
    { ...report, watched: [{ ...row, frozenSeconds: -1 }] },
    { ...report, watched: [{ ...row, displayName: 'Lin' }] },
    { ...report, watched: Array(65).fill(row) },
  ]) {
    t.match(await doctor.request('reportQuality', bad), { error: { code: 'message_invalid' } });
  }
  await look();
  pass(10);
  t.match(await doctor.request('reportQuality', { ...report, watched: [row] }), { ok: true });
  await look();
  const { payload } = await server.app.inject({
    url: '/metrics',
    headers: { authorization: `Bearer ${apiKey}` },
  });
  t.match(payload, /^visavis_watched_seconds_total 10$/m);
});

t.test('the metrics tell losses and delays of all calls, with no id in them', async (t) => {
  const { server, sendPackets, pass, look, roomId } = await consultation(t);
  await look();
  sendPackets(100, (index) => index % 4 === 1);
  pass(10);
  await look();
  const { payload } = await server.app.inject({
    url: '/metrics',
    headers: { authorization: `Bearer ${apiKey}` },
  });
  t.match(payload, /^visavis_uplink_packets_total 75$/m);
  t.match(payload, /^visavis_uplink_lost_packets_total 25$/m);
  t.match(payload, /^visavis_subscriptions\{reason="start"\} 1$/m);
  t.notMatch(payload, roomId);
});

t.test('nothing that tells who somebody is gets into the record', async (t) => {
  const { server, pass, look } = await consultation(t);
  await look();
  pass(10);
  await look();
  const { body } = await ask(
    server,
    'GET',
    '/rooms/room/quality?from=2026-11-21T02:00:00Z&to=2026-11-21T03:00:00Z',
  );
  const participants = server.signaling.engine.directory.rooms.get('room')!.participants.values();
  for (const { identity } of participants) {
    t.notMatch(JSON.stringify(body), identity.subject);
    t.notMatch(JSON.stringify(body), identity.displayName);
  }
});

t.test(
  'a room whose router does not answer takes nothing from the others, nor does a full disk',
  async (t) => {
    const rooms = ['here', 'away'].map((name) => ({ name, roomId: name, participants: new Map() }));
    const asked: string[] = [];
    const errors: string[] = [];
    let rounds = 0;
    const sampler = new QualitySampler({
      rooms: () => rooms as never,
      stats: {
        ask: async (roomId) => {
          asked.push(roomId);
          if (roomId === 'away') throw new Error('the router did not answer');
          return { transports: [], producers: [], consumers: [], drops: {} };
        },
      },
      store: {
        append: () => {
          throw new Error('disk full');
        },
        read: () => [],
        prune: () => false,
      },
      intervalSeconds: 10,
      logger: {
        info: () => undefined,
        warn: () => undefined,
        error: (_fields, message) => void errors.push(message),
      },
      onSamples: () => {
        rounds += 1;
      },
      nowUs: () => 0,
      wallMs: () => startMs,
    });
    await sampler.round();
    t.same(asked, ['here', 'away']);
    t.equal(rounds, 1);
    t.same(errors, ['the quality of calls could not be kept']);
    sampler.close();
    await sampler.round();
    t.equal(rounds, 1, 'nothing is looked at after the close');
  },
);
