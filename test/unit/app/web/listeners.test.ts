import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import pino from 'pino';
import t, { type Test } from 'tap';
import { Listeners, type ListenOptions, makeHttpServer } from '../../../../src/app/web/listeners.ts';
import { openDataDirectory } from '../../../../src/store/data-directory.ts';
import { ensureServerCertificate } from '../../../../src/store/pki.ts';

const directory = openDataDirectory(join(t.testdir(), 'data'));
const contextFor = (names: readonly string[]) => {
  const { certificatePem: cert, keyPem: key } = ensureServerCertificate(directory, names, Date.now());
  return { cert, key };
};
const secureContext = contextFor(['one']);

function options(over: Partial<ListenOptions> = {}): ListenOptions {
  return {
    main: makeHttpServer((_request, response) => response.end('hello')),
    httpPort: 0,
    httpsPort: 0,
    httpsAddresses: ['127.0.0.1'],
    secureContext,
    log: pino({ level: 'silent' }),
    ...over,
  };
}

async function busyPort(t: Test): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

const nameServed = async (port: number) => {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const name = socket.getPeerX509Certificate()?.subject;
  socket.destroy();
  return name;
};

t.test('a port in use names the setting, and leaves nothing open', async (t) => {
  const port = await busyPort(t);
  const main = makeHttpServer(() => {});
  for (const [key, setting] of [
    ['httpPort', 'server.httpPort'],
    ['httpsPort', 'server.httpsPort'],
  ] as const) {
    await t.rejects(Listeners.open(options({ main, [key]: port })), {
      name: 'OperatorError',
      cure: new RegExp(`port ${port}.*${setting}`),
    });
    t.equal(main.listening, false);
  }
});

t.test('an address that is not of this machine is refused', async (t) => {
  await t.rejects(Listeners.open(options({ httpsAddresses: ['203.0.113.1'] })), {
    name: 'OperatorError',
    message: /203\.0\.113\.1/,
  });
});

t.test('a renewed certificate is served to new connections', async (t) => {
  const listeners = await Listeners.open(options());
  t.teardown(() => listeners.close());
  t.match(await nameServed(listeners.httpsPort), 'CN=one');
  listeners.setSecureContext(contextFor(['two']));
  t.match(await nameServed(listeners.httpsPort), 'CN=two');
});

t.test('close ends idle and upgraded connections, also of clients that do not answer', async (t) => {
  const main = makeHttpServer((_request, response) => response.end());
  main.on('upgrade', (_request, socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
  });
  const listeners = await Listeners.open(options({ main }));
  const idle = connect(listeners.httpPort, '127.0.0.1');
  await once(idle, 'connect');
  const upgrade = request({
    host: '127.0.0.1',
    port: listeners.httpPort,
    headers: { connection: 'upgrade', upgrade: 'x' },
  }).end();
  const [, upgraded] = await once(upgrade, 'upgrade');
  upgraded.on('error', () => {});
  upgraded.resume();
  idle.on('error', () => {});
  idle.resume();
  const gone = Promise.all([once(idle, 'close'), once(upgraded, 'close')]);
  await listeners.close();
  await gone;
  await t.rejects(once(connect(listeners.httpPort, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
});

t.test(
  'one address may not hold every socket; others still get in, and so does it when one has closed',
  async (t) => {
    const listeners = await Listeners.open(options({ limits: { socketsPerAddress: 2 } }));
    t.teardown(() => listeners.close());
    const open = async () => {
      const socket = connect(listeners.httpPort, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket.resume();
    };
    const [first] = [await open(), await open()];
    await once(await open(), 'close');
    t.equal(listeners.refusedSockets, 1);
    const other = connect({ port: listeners.httpPort, host: '127.0.0.1', localAddress: '127.0.0.2' });
    other.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    t.match(String((await once(other, 'data'))[0]), /^HTTP\/1\.1 200/);
    first.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await once(first, 'close');
    const again = await open();
    again.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    t.match(String((await once(again, 'data'))[0]), /^HTTP\/1\.1 200/);
  },
);

t.test('a trusted proxy may hold more sockets than one address may', async (t) => {
  const isProxy = (address: string) => address === '127.0.0.2';
  const listeners = await Listeners.open(options({ limits: { socketsPerAddress: 1 }, isProxy }));
  t.teardown(() => listeners.close());
  const sockets = [1, 2, 3].map(() =>
    connect({ port: listeners.httpPort, host: '127.0.0.1', localAddress: '127.0.0.2' }),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) {
    socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200/);
  }
  t.equal(listeners.refusedSockets, 0);
});

t.test('a client that never finishes its TLS handshake is let go', async (t) => {
  const listeners = await Listeners.open(options({ limits: { handshakeMs: 20 } }));
  t.teardown(() => listeners.close());
  const silent = connect(listeners.httpsPort, '127.0.0.1');
  silent.on('error', () => {});
  await once(silent.resume(), 'close');
});

t.test('close without a connection, and twice, is done at once', async () => {
  const listeners = await Listeners.open(options());
  await listeners.close();
  await listeners.close();
});
