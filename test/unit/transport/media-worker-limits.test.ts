import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { frameOf } from '../../../src/transport/tcp-framing.ts';
import { audioPacket, createTransport, startWorker, udpSocket } from '../../helpers/started-worker.ts';
import { check } from '../../helpers/stun-peer.ts';

t.test('a connection that does not begin with STUN, or never passes a check, is ended', async (t) => {
  const started = await startWorker(t, { tcpAuthenticateWithinMs: 50 });
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
  const started = await startWorker(t, { maxTcpConnectionsPerAddress: 1 });
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
  const started = await startWorker(t);
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
  const started = await startWorker(t, { maxTransports: 1 });
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
  const started = await startWorker(t, { maxPendingHandshakes: 0 });
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
