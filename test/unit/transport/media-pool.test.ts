import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import type { RouterCommand } from '../../../src/sfu/commands.ts';
import { createDtlsCertificate } from '../../../src/transport/dtls/certificate.ts';
import { MediaPool, type MediaPoolOptions } from '../../../src/transport/media-pool.ts';
import { mediaWorkerDefaults } from '../../../src/transport/media-worker-options.ts';
import { SyntheticPeer } from '../../helpers/synthetic-peer.ts';

const certificate = await createDtlsCertificate();

/** What a pool told, as text, and a way to wait for it. */
class Told {
  readonly lines: string[] = [];
  onLine: (line: string) => void = () => {};
  #waiting: { line: string; resolve: () => void }[] = [];

  constructor(pool: MediaPool) {
    pool.setListener({
      onEvent: (roomId, event) => this.#note(`${roomId} ${event.type}`),
      onTransportState: ({ roomId, transportId, state }) => this.#note(`${roomId} ${transportId} ${state}`),
      onRoomLost: (roomId) => this.#note(`${roomId} lost`),
      onWorkerState: (worker, state) => this.#note(`worker ${worker} ${state}`),
    });
  }

  async until(line: string): Promise<void> {
    if (this.lines.includes(line)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ line, resolve }));
  }

  #note(line: string): void {
    this.lines.push(line);
    this.onLine(line);
    for (const waiting of this.#waiting) if (waiting.line === line) waiting.resolve();
  }
}

async function startPool(t: Test, options: Partial<MediaPoolOptions> = {}): Promise<MediaPool> {
  const pool = await MediaPool.start({
    workers: 2,
    listen: [{ address: '127.0.0.1', udpPort: 0, tcpPort: 0 }],
    announced: [],
    limits: mediaWorkerDefaults,
    certificate,
    ...options,
  });
  t.teardown(() => pool.close());
  return pool;
}

function command(pool: MediaPool, roomId: string, command: RouterCommand): void {
  pool.send({ type: 'router', roomId, command });
}

function createTransport(pool: MediaPool, roomId: string, transportId: string): void {
  command(pool, roomId, { type: 'createTransport', transportId, extensionIds: {}, mixedExtensions: false });
}

/** Makes the worker of a room throw, as a bug of ours would. */
function crash(pool: MediaPool, roomId: string): void {
  createTransport(pool, roomId, 'bug');
  const ice = { usernameFragment: 'any', password: 'any' };
  const message = { type: 'connectTransport', roomId, transportId: 'bug', local: ice, remote: ice } as const;
  pool.send({ ...message, fingerprints: null as never });
}

function portOf(pool: MediaPool, roomId: string): number {
  return pool.candidates(roomId)[0]!.port;
}

/** A peer of `roomId` reaches `connected` through the threads. */
async function connectPeer(t: Test, pool: MediaPool, told: Told, roomId: string): Promise<void> {
  const ice = { usernameFragment: 'peer', password: 'password-of-the-peer-long' };
  const local = { usernameFragment: `srv${roomId}`, password: 'password-of-the-server-long' };
  const peer = await SyntheticPeer.create(ice);
  t.teardown(() => peer.close());
  createTransport(pool, roomId, 'someone');
  const fingerprints = [peer.fingerprint];
  pool.send({ type: 'connectTransport', roomId, transportId: 'someone', local, remote: ice, fingerprints });
  await peer.connect({ ice: local, address: '127.0.0.1', port: portOf(pool, roomId) });
  await told.until(`${roomId} someone connected`);
}

t.test('rooms go to the worker with the fewest transports, each with a port of its own', async (t) => {
  const pool = await startPool(t);
  t.same(pool.fingerprint, certificate.fingerprint);
  for (const roomId of ['a', 'b', 'c']) {
    pool.send({ type: 'createRoom', roomId });
    createTransport(pool, roomId, 'someone');
  }
  t.not(portOf(pool, 'a'), portOf(pool, 'b'));
  t.equal(portOf(pool, 'c'), portOf(pool, 'a'));
  pool.send({ type: 'closeRoom', roomId: 'a' });
  command(pool, 'c', { type: 'closeTransport', transportId: 'someone' });
  pool.send({ type: 'createRoom', roomId: 'd' });
  t.equal(portOf(pool, 'd'), portOf(pool, 'c'));
  t.throws(() => pool.candidates('a'), { code: 'media_unavailable' }, 'closed');
  const stats = await pool.stats();
  t.same(
    stats.map((one) => [one?.rooms, one?.transports]),
    [
      [2, 0],
      [1, 1],
    ],
  );
});

t.test('a worker that crashes loses its own rooms only, and comes back on its port', async (t) => {
  const pool = await startPool(t);
  const told = new Told(pool);
  for (const roomId of ['a', 'b']) pool.send({ type: 'createRoom', roomId });
  await connectPeer(t, pool, told, 'b');
  const port = portOf(pool, 'a');
  // As signaling does: a lost room is opened anew at once.
  told.onLine = (line) => {
    if (line === 'a lost') pool.send({ type: 'createRoom', roomId: 'a' });
  };
  crash(pool, 'a');
  await told.until('a lost');
  t.not(portOf(pool, 'a'), port, 'the other worker takes it meanwhile');
  await told.until('worker 0 ready');
  pool.send({ type: 'createRoom', roomId: 'c' });
  t.equal(portOf(pool, 'c'), port);
  await connectPeer(t, pool, told, 'c');
  t.notOk(told.lines.includes('b lost'));
  t.notOk(told.lines.includes('b someone closed'));
  t.ok((await pool.stats()).every((one) => one !== undefined));
});

t.test(
  'peers are told new addresses of the machine without a restart, and after a crash as well',
  async (t) => {
    const listen = [{ address: '0.0.0.0', udpPort: 0 }];
    const pool = await startPool(t, { workers: 1, listen, announced: ['127.0.0.1'] });
    const told = new Told(pool);
    const addresses = () => pool.candidates('a').map(({ address }) => address);
    pool.send({ type: 'createRoom', roomId: 'a' });
    const port = portOf(pool, 'a');
    await connectPeer(t, pool, told, 'a');
    pool.setAnnounced(['192.0.2.7', '127.0.0.1']);
    t.same(addresses(), ['192.0.2.7', '127.0.0.1']);
    t.equal(portOf(pool, 'a'), port);
    t.throws(() => pool.setAnnounced(['192.0.2.8', '2001:db8::1']), { message: /2001:db8::1/ });
    t.same(addresses(), ['192.0.2.7', '127.0.0.1'], 'a refused list changes nothing');
    t.notOk(told.lines.includes('a lost'));
    crash(pool, 'a');
    await told.until('worker 0 ready');
    pool.send({ type: 'createRoom', roomId: 'a' });
    t.same(addresses(), ['192.0.2.7', '127.0.0.1']);
  },
);

t.test('with one worker, what is sent while it is replaced reaches the new one', async (t) => {
  const pool = await startPool(t, { workers: 1 });
  const told = new Told(pool);
  pool.send({ type: 'createRoom', roomId: 'a' });
  const before = pool.candidates('a');
  told.onLine = (line) => {
    if (line !== 'a lost') return;
    pool.send({ type: 'createRoom', roomId: 'a' });
    t.same(pool.candidates('a'), before, 'the candidates stay');
  };
  crash(pool, 'a');
  await told.until('a lost');
  t.same(await pool.stats(), [undefined]);
  await connectPeer(t, pool, told, 'a');
  t.same(
    told.lines.filter((line) => line.startsWith('worker') || line === 'a lost'),
    ['worker 0 lost', 'a lost', 'worker 0 ready'],
  );
});

t.test('a port that is taken refuses the start, and no worker is left', async (t) => {
  const taken = createSocket('udp4');
  taken.bind(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const listen = [{ address: '127.0.0.1', udpPort: taken.address().port }];
  await t.rejects(startPool(t, { workers: 1, listen }), { code: 'EADDRINUSE' });
  await t.rejects(startPool(t, { workers: 1, announced: ['2001:db8::1'] }), { message: /2001:db8::1/ });
  await t.rejects(startPool(t, { workers: 0 }), { name: 'TypeError' });
});

t.test('close is quiet and idempotent, and frees the ports', async (t) => {
  const pool = await startPool(t, { workers: 1 });
  const told = new Told(pool);
  pool.send({ type: 'createRoom', roomId: 'a' });
  await connectPeer(t, pool, told, 'a');
  const port = portOf(pool, 'a');
  const toldBefore = told.lines.length;
  t.equal(pool.close(), pool.close());
  await pool.close();
  t.equal(told.lines.length, toldBefore);
  pool.send({ type: 'createRoom', roomId: 'late' });
  t.throws(() => pool.candidates('late'), { code: 'media_unavailable' });
  const again = createSocket('udp4');
  again.bind(port, '127.0.0.1');
  await once(again, 'listening');
  again.close();
});
