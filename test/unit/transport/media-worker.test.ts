import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import type { RouterCommand, RtpCodec } from '../../../src/sfu/commands.ts';
import { createDtlsCertificate } from '../../../src/transport/dtls/certificate.ts';
import type { DtlsFingerprint, HostCandidate, IceParameters } from '../../../src/transport/media-messages.ts';
import { MediaWorker } from '../../../src/transport/media-worker.ts';
import { type MediaWorkerLimits, mediaWorkerDefaults } from '../../../src/transport/media-worker-options.ts';
import { FrameReader, frameOf } from '../../../src/transport/tcp-framing.ts';
import { check, statusOf } from '../../helpers/stun-peer.ts';
import { SyntheticPeer } from '../../helpers/synthetic-peer.ts';
import { WorkerLog } from '../../helpers/worker-log.ts';

const certificate = await createDtlsCertificate();
const strangeFingerprint: DtlsFingerprint = {
  algorithm: 'sha-256',
  value: Array.from({ length: 32 }, () => 'AB').join(':'),
};
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

interface Started {
  readonly worker: MediaWorker;
  readonly log: WorkerLog;
  readonly udp: HostCandidate;
  router(command: RouterCommand): void;
  connect(transportId: string, remote: IceParameters, fingerprint?: DtlsFingerprint): IceParameters;
}

async function start(t: Test, limits: Partial<MediaWorkerLimits> = {}): Promise<Started> {
  const log = new WorkerLog();
  const listen = [{ address: '127.0.0.1', udpPort: 0, tcpPort: 0 }];
  const worker = new MediaWorker(
    { listen, announced: [], certificate, limits: { ...mediaWorkerDefaults, ...limits } },
    log.post,
  );
  t.teardown(() => worker.close());
  await worker.start();
  worker.handleMessage({ type: 'createRoom', roomId: 'room' });
  const router = (command: RouterCommand): void =>
    worker.handleMessage({ type: 'router', roomId: 'room', command });
  let generation = 0;
  return {
    worker,
    log,
    udp: await log.candidate('udp'),
    router,
    connect: (transportId, remote, fingerprint = strangeFingerprint) => {
      generation += 1;
      const local = {
        usernameFragment: `${transportId}${generation}xx`,
        password: `password-of-${transportId}-${generation}-long-enough`,
      };
      worker.handleMessage({
        type: 'connectTransport',
        roomId: 'room',
        transportId,
        local,
        remote,
        fingerprints: [fingerprint],
      });
      return local;
    },
  };
}

function createTransport(transportId: string): RouterCommand {
  return { type: 'createTransport', transportId, extensionIds: {}, mixedExtensions: false };
}

/** A DTLS-connected peer of transport `id`. */
async function peer(t: Test, started: Started, id: string): Promise<SyntheticPeer> {
  const ice = { usernameFragment: `peer${id}`, password: `password-of-peer-${id}-long-enough` };
  const client = await SyntheticPeer.create(ice);
  t.teardown(() => client.close());
  started.router(createTransport(id));
  const local = started.connect(id, ice, client.fingerprint);
  await client.connect({ ice: local, address: started.udp.address, port: started.udp.port });
  await started.log.state(id, 'connected');
  return client;
}

async function udpSocket(t: Test): Promise<Socket> {
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

function audioPacket(sequenceNumber: number): Buffer {
  const packet = Buffer.alloc(12 + 20, 0x55);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(111, 1);
  packet.writeUInt16BE(sequenceNumber, 2);
  packet.writeUInt32BE(sequenceNumber * 960, 4);
  packet.writeUInt32BE(4711, 8);
  return packet;
}

/** Audio of `from` is forwarded to `to`. */
function forwardAudio({ router }: Started, from: string, to: string): void {
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
  const started = await start(t);
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
  'media follows the path the peer nominates, with the same keys, also after an ICE restart',
  async (t) => {
    const started = await start(t);
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
    const started = await start(t, { dtlsHandshakeTimeoutMs: 50 });
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
  const started = await start(t, { iceDisconnectedAfterMs: 100, iceFailedAfterMs: 300 });
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

t.test('a connection that does not begin with STUN, or never passes a check, is ended', async (t) => {
  const started = await start(t, { tcpAuthenticateWithinMs: 50 });
  const { port, address } = await started.log.candidate('tcp');
  const browser = connect(port, address);
  browser.write('GET / HTTP/1.1\r\n\r\n');
  const silent = connect(port, address);
  const stranger = connect(port, address);
  const media = audioPacket(1);
  stranger.write(frameOf(media, media.length));
  await Promise.all([browser, silent, stranger].map((socket) => once(socket.resume(), 'close')));
  started.worker.handleMessage({ type: 'getWorkerStats', requestId: 7 });
  const { counters } = (await started.log.until('workerStats')).stats;
  t.match(counters, { tcpAccepted: 3, tcpFrameTooLarge: 1, tcpUnauthenticated: 1, tcpNotStun: 1 });
});

t.test('connections beyond the limit of an address are refused', async (t) => {
  const started = await start(t, { maxTcpConnectionsPerAddress: 1 });
  const { port, address } = await started.log.candidate('tcp');
  const first = connect(port, address);
  t.teardown(() => first.destroy());
  await once(first, 'connect');
  const second = connect(port, address);
  await once(second.resume(), 'close');
  started.worker.handleMessage({ type: 'getWorkerStats', requestId: 1 });
  t.match((await started.log.until('workerStats')).stats.counters, { tcpAccepted: 1, tcpRefused: 1 });
});

t.test('what comes from strangers is dropped and counted', async (t) => {
  const started = await start(t);
  const socket = await udpSocket(t);
  const remote = { usernameFragment: 'peer', password: 'password-of-the-peer-long' };
  started.router(createTransport('a'));
  const local = started.connect('a', remote);
  const hello = Buffer.alloc(60);
  hello.writeUInt8(22, 0);
  for (const datagram of [audioPacket(1), hello, Buffer.from('????????'), Buffer.alloc(0)]) {
    socket.send(datagram, started.udp.port, started.udp.address);
  }
  // In order on loopback: when the check is answered, the rest was seen.
  const answered = once(socket, 'message');
  socket.send(check(local, remote), started.udp.port, started.udp.address);
  await answered;
  const early = audioPacket(2);
  socket.send(early, started.udp.port, started.udp.address);
  socket.send(hello, started.udp.port, started.udp.address);
  const again = once(socket, 'message');
  socket.send(check(local, remote), started.udp.port, started.udp.address);
  await again;
  started.worker.handleMessage({ type: 'getWorkerStats', requestId: 1 });
  const { counters, transports, rooms } = (await started.log.until('workerStats')).stats;
  t.match(counters, { sourceUnknown: 2, kindUnknown: 2, srtpBeforeKeys: 1, dtlsUnexpected: 1 });
  t.same({ transports, rooms }, { transports: 1, rooms: 1 });
});

t.test('limits and impossible commands are answered by commandFailed', async (t) => {
  const started = await start(t, { maxTransports: 1 });
  const { log, router, worker } = started;
  const failure = (id: string) =>
    log.until('router', ({ event }) => event.type === 'commandFailed' && event.id === id);
  router(createTransport('first'));
  router(createTransport('second'));
  t.match((await failure('second')).event, { command: 'createTransport', code: 'limit_reached' });
  started.connect('nowhere', { usernameFragment: 'x', password: 'y' });
  t.match((await failure('nowhere')).event, { command: 'connectTransport', code: 'media_unavailable' });
  started.connect('first', { usernameFragment: 'x', password: 'y' }, { algorithm: 'md5', value: 'AA:BB' });
  t.match((await failure('first')).event, { command: 'connectTransport', code: 'sdp_invalid' });
  router({ type: 'closeTransport', transportId: 'first' });
  await log.state('first', 'closed');
  router(createTransport('third'));
  worker.handleMessage({ type: 'closeRoom', roomId: 'room' });
  await log.state('third', 'closed');
  router(createTransport('fourth'));
  worker.handleMessage({ type: 'getWorkerStats', requestId: 1 });
  t.match((await log.until('workerStats')).stats, {
    rooms: 0,
    transports: 0,
    counters: { roomUnknown: 1, transportLimit: 1 },
  });
});

t.test('a handshake beyond the limit waits for the client to try again', async (t) => {
  const started = await start(t, { maxPendingHandshakes: 0 });
  const socket = await udpSocket(t);
  const remote = { usernameFragment: 'peer', password: 'password-of-the-peer-long' };
  started.router(createTransport('a'));
  const local = started.connect('a', remote);
  const hello = Buffer.alloc(60);
  hello.writeUInt8(22, 0);
  hello.writeUInt8(1, 13);
  for (const datagram of [check(local, remote), hello, check(local, remote)]) {
    socket.send(datagram, started.udp.port, started.udp.address);
  }
  await once(socket, 'message');
  await once(socket, 'message');
  started.worker.handleMessage({ type: 'getWorkerStats', requestId: 1 });
  t.match((await started.log.until('workerStats')).stats.counters, { dtlsPendingLimit: 1 });
});

t.test('a port that is taken refuses the start and leaves nothing bound', async (t) => {
  const taken = await udpSocket(t);
  const free = createSocket('udp4');
  free.bind(0, '127.0.0.1');
  await once(free, 'listening');
  const freePort = free.address().port;
  free.close();
  await once(free, 'close');
  const log = new WorkerLog();
  const listen = [
    { address: '127.0.0.1', udpPort: freePort },
    { address: '127.0.0.1', udpPort: taken.address().port },
  ];
  const worker = new MediaWorker(
    { listen, announced: [], certificate, limits: mediaWorkerDefaults },
    log.post,
  );
  await t.rejects(worker.start(), { code: 'EADDRINUSE' });
  t.same(log.messages, []);
  const again = createSocket('udp4');
  again.bind(freePort, '127.0.0.1');
  await once(again, 'listening');
  again.close();
});

t.test('close says goodbye to every transport once and frees the ports', async (t) => {
  const started = await start(t);
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
