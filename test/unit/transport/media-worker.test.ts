import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import type { RtpCodec } from '../../../src/sfu/commands.ts';
import { MediaWorker } from '../../../src/transport/media-worker.ts';
import { mediaWorkerDefaults } from '../../../src/transport/media-worker-options.ts';
import { FrameReader, frameOf } from '../../../src/transport/tcp-framing.ts';
import {
  audioPacket,
  certificate,
  createTransport,
  type StartedWorker,
  startWorker,
  strangeFingerprint,
  udpSocket,
} from '../../helpers/started-worker.ts';
import { check, readResponse, statusOf } from '../../helpers/stun-peer.ts';
import { SyntheticPeer } from '../../helpers/synthetic-peer.ts';
import { WorkerLog } from '../../helpers/worker-log.ts';

const opus: RtpCodec = {
  name: 'opus',
  payloadType: 111,
  clockRate: 48_000,
  nack: false,
  pli: false,
  fir: false,
  transportCc: false,
  remb: false,
};

/** A DTLS-connected peer of transport `id`. */
async function peer(t: Test, started: StartedWorker, id: string): Promise<SyntheticPeer> {
  const ice = { usernameFragment: `peer${id}`, password: `password-of-peer-${id}-long-enough` };
  const client = await SyntheticPeer.create(ice);
  t.teardown(() => client.close());
  started.router(createTransport(id));
  const local = started.connect(id, ice, client.fingerprint);
  await client.connect({ ice: local, address: started.udp.address, port: started.udp.port });
  await started.log.state(id, 'connected');
  return client;
}

/** A UDP port that was free a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Audio of `from` is forwarded to `to`. */
function forwardAudio({ router }: StartedWorker, from: string, to: string): void {
  router({
    type: 'createProducer',
    transportId: from,
    producerId: 'microphone',
    kind: 'audio',
    mid: '0',
    codecs: [opus],
    encodings: [{ ssrc: 4711 }],
    paused: false,
  });
  router({
    type: 'createConsumer',
    transportId: to,
    consumerId: 'heard',
    producerId: 'microphone',
    mid: '0',
    codecs: [opus],
    ssrc: 815,
    cname: 'speaker',
    paused: false,
    wanted: {},
  });
}

t.test('two peers connect over UDP, and what one says reaches the other', async (t) => {
  const started = await startWorker(t);
  const speaker = await peer(t, started, 'speaker');
  const listener = await peer(t, started, 'listener');
  forwardAudio(started, 'speaker', 'listener');
  const heard = new Promise<Buffer>((resolve) => {
    listener.onRtp = resolve;
  });
  speaker.sendRtp(audioPacket(1));
  const packet = await heard;
  t.equal(packet.readUInt32BE(8), 815, 'under the SSRC of the consumer');
  t.same(packet.subarray(-20), Buffer.alloc(20, 0x55));
  const states = started.log.messages.filter((message) => message.type === 'transportState');
  t.same(
    states.filter(({ transportId }) => transportId === 'speaker').map(({ state }) => state),
    ['connecting', 'connected'],
  );
  t.equal(states[0]?.protocol, 'udp');
});

t.test(
  'packets of one SSRC more than a peer may send are dropped and counted, the others go on',
  async (t) => {
    const started = await startWorker(t, { maxSsrcsPerTransport: 1 });
    const speaker = await peer(t, started, 'speaker');
    const listener = await peer(t, started, 'listener');
    forwardAudio(started, 'speaker', 'listener');
    const heard: number[] = [];
    const both = new Promise<void>((resolve) => {
      listener.onRtp = (packet) => {
        heard.push(packet.readUInt16BE(2));
        if (heard.length === 2) resolve();
      };
    });
    const other = audioPacket(2);
    other.writeUInt32BE(4712, 8);
    for (const packet of [audioPacket(1), other, audioPacket(2)]) speaker.sendRtp(packet);
    await both;
    started.worker.handleMessage({ type: 'getWorkerStats', requestId: 1 });
    t.match((await started.log.until('workerStats')).stats.counters, { srtpSsrcLimit: 1 });
  },
);

t.test('what is said before the listener has its keys is not sent into the void', async (t) => {
  const started = await startWorker(t);
  const speaker = await peer(t, started, 'speaker');
  started.router(createTransport('listener'));
  forwardAudio(started, 'speaker', 'listener');
  speaker.sendRtp(audioPacket(1));
  await started.log.until('router', ({ event }) => event.type === 'producerFlow');
  started.router({ type: 'getStats', requestId: 1 });
  const { event } = await started.log.until('router', (message) => message.event.type === 'stats');
  t.match(event, { stats: { consumers: [{ packets: 0 }], drops: { consumerPaused: 1 } } });
});

t.test(
  'media follows the path the peer nominates, with the same keys, also after an ICE restart',
  async (t) => {
    const started = await startWorker(t);
    const speaker = await peer(t, started, 'speaker');
    const listener = await peer(t, started, 'listener');
    forwardAudio(started, 'speaker', 'listener');
    const elsewhere = await udpSocket(t);
    const remote = { usernameFragment: 'moved', password: 'password-of-the-moved-peer' };
    const local = started.connect('listener', remote, listener.fingerprint);
    const answered = once(elsewhere, 'message');
    elsewhere.send(check(local, remote, { nominate: true }), started.udp.port, started.udp.address);
    t.equal(statusOf((await answered)[0], local), 'success');
    const before = listener.datagrams;
    const came = once(elsewhere, 'message');
    speaker.sendRtp(audioPacket(1));
    const [datagram] = await came;
    t.equal(datagram[0] >> 6, 2, 'RTP');
    t.equal(listener.datagrams, before, 'and no longer to the old address');
    t.notOk(
      started.log.messages.some((message) => message.type === 'transportState' && message.state === 'failed'),
    );
  },
);

t.test(
  'a handshake that is not finished in time fails the transport, and new credentials begin another',
  async (t) => {
    const started = await startWorker(t, { dtlsHandshakeTimeoutMs: 50 });
    const socket = await udpSocket(t);
    const remote = { usernameFragment: 'peer', password: 'password-of-the-peer-long' };
    started.router(createTransport('slow'));
    const local = started.connect('slow', remote);
    const hello = Buffer.alloc(60);
    hello.writeUInt8(22, 0);
    hello.writeUInt8(1, 13);
    for (const datagram of [check(local, remote), hello]) {
      socket.send(datagram, started.udp.port, started.udp.address);
    }
    t.equal((await started.log.state('slow', 'failed')).reason, 'dtls_timeout');
    started.connect('slow', { ...remote, usernameFragment: 'again' });
    const states = started.log.messages.filter((message) => message.type === 'transportState');
    t.same(
      states.map(({ state }) => state),
      ['connecting', 'failed', 'connecting'],
    );
  },
);

t.test('ICE-TCP: a framed check is answered, silence is told, then the connection is ended', async (t) => {
  const started = await startWorker(t, { iceDisconnectedAfterMs: 100, iceFailedAfterMs: 300 });
  const candidate = await started.log.candidate('tcp');
  started.router(createTransport('tcp'));
  const remote = { usernameFragment: 'peer', password: 'password-of-the-peer-long' };
  const local = started.connect('tcp', remote);
  const socket = connect(candidate.port, candidate.address);
  const frames: Buffer[] = [];
  const reader = new FrameReader((frame) => frames.push(frame) > 0);
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  const request = check(local, remote, { nominate: true });
  const frame = frameOf(request, request.length);
  socket.write(frame.subarray(0, 7));
  socket.write(frame.subarray(7));
  t.equal((await started.log.state('tcp', 'connecting')).protocol, 'tcp');
  await started.log.state('tcp', 'disconnected');
  const ended = once(socket, 'close');
  t.equal((await started.log.state('tcp', 'failed')).reason, 'consent_expired');
  await ended;
  t.equal(statusOf(frames[0], local), 'success');
});

t.test('IPv4 and IPv6 are served side by side on the same port', async (t) => {
  const log = new WorkerLog();
  const udpPort = await freePort();
  const listen = [
    { address: '0.0.0.0', udpPort },
    { address: '::', udpPort },
  ];
  const announced = ['127.0.0.1', '::1'];
  const worker = new MediaWorker({ listen, announced, certificate, limits: mediaWorkerDefaults }, log.post);
  t.teardown(() => worker.close());
  await worker.start();
  const { candidates } = await log.until('ready');
  t.same(
    candidates.map(({ address, port }) => [address, port]),
    [
      ['127.0.0.1', udpPort],
      ['::1', udpPort],
    ],
  );
  worker.handleMessage({ type: 'createRoom', roomId: 'room' });
  worker.handleMessage({ type: 'router', roomId: 'room', command: createTransport('a') });
  const local = { usernameFragment: 'server', password: 'password-of-the-server-long' };
  const remote = { usernameFragment: 'peer', password: 'password-of-the-peer-long' };
  const fingerprints = [strangeFingerprint];
  worker.handleMessage({
    type: 'connectTransport',
    roomId: 'room',
    transportId: 'a',
    local,
    remote,
    fingerprints,
  });
  for (const [type, address] of [
    ['udp4', '127.0.0.1'],
    ['udp6', '::1'],
  ] as const) {
    const socket = createSocket(type);
    t.teardown(() => socket.close());
    const answered = once(socket, 'message');
    socket.send(check(local, remote), udpPort, address);
    const mapped = readResponse((await answered)[0], local)!.getAttributeValue('XOR-MAPPED-ADDRESS');
    t.equal(mapped[1], socket.address().port, address);
  }
});

t.test('a port that is taken refuses the start and leaves nothing bound', async (t) => {
  const taken = await udpSocket(t);
  const free = await freePort();
  const log = new WorkerLog();
  const listen = [
    { address: '127.0.0.1', udpPort: free },
    { address: '127.0.0.1', udpPort: taken.address().port },
  ];
  const worker = new MediaWorker(
    { listen, announced: [], certificate, limits: mediaWorkerDefaults },
    log.post,
  );
  await t.rejects(worker.start(), { code: 'EADDRINUSE' });
  t.same(log.messages, []);
  const again = createSocket('udp4');
  again.bind(free, '127.0.0.1');
  await once(again, 'listening');
  again.close();
});

t.test('close says goodbye to every transport once and frees the ports', async (t) => {
  const started = await startWorker(t);
  await peer(t, started, 'one');
  const { port } = started.udp;
  await Promise.all([started.worker.close(), started.worker.close()]);
  const closed = started.log.messages.filter(
    (message) => message.type === 'transportState' && message.state === 'closed',
  );
  t.equal(closed.length, 1);
  const again = createSocket('udp4');
  again.bind(port, '127.0.0.1');
  await once(again, 'listening');
  again.close();
  started.router(createTransport('late'));
  t.notOk(started.log.messages.some((message) => message.type === 'router'));
});
