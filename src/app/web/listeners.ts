/** One request handler on several sockets: http:// for this machine, https:// for the network. */
import { EventEmitter, once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { addressKey } from '../../signaling/limits/address-limits.ts';
import { OperatorError } from '../../store/operator-error.ts';
import type { Logger } from '../log.ts';

const limits = {
  /** A whole request, body included; WebSockets are not held to it. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  /** How often the two above are looked after. */
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16 * 1024,
} as const;

export interface SocketLimits {
  /** Open at once from one address, IPv6 by /64: some hundred browsers behind one router, far from every descriptor. */
  readonly socketsPerAddress: number;
  /** For a TLS handshake. */
  readonly handshakeMs: number;
}

const defaultSocketLimits: SocketLimits = { socketsPerAddress: 1024, handshakeMs: 10_000 };

/** A server that is not listening yet. */
export function makeHttpServer(handler: RequestListener): HttpServer {
  return createHttpServer(limits, handler);
}

export interface ListenOptions {
  /** Has the handlers of requests and upgrades; the other sockets hand theirs to it. */
  readonly main: HttpServer;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly httpsAddresses: readonly string[];
  readonly secureContext: SecureContextOptions;
  readonly log: Logger;
  readonly limits?: Partial<SocketLimits>;
  /** Whether sockets of this address are many people's, and not counted as one's. */
  readonly isProxy?: (address: string) => boolean;
}

/** For the closing handshake of WebSockets. */
const goodbyeMs = 1_000;

const loopback = ['127.0.0.1', '::1'] as const;

export class Listeners {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly #servers: readonly (HttpServer | HttpsServer)[];
  readonly #secure: readonly HttpsServer[];
  readonly #sockets = new Set<Socket>();
  readonly #socketsPerAddress: number;
  readonly #addresses = new Map<string, number>();
  readonly #gone = new EventEmitter();
  readonly #isProxy: (address: string) => boolean;
  #refusedSockets = 0;

  private constructor(
    plain: readonly HttpServer[],
    secure: readonly HttpsServer[],
    { socketsPerAddress }: SocketLimits,
    isProxy: (address: string) => boolean,
  ) {
    this.#socketsPerAddress = socketsPerAddress;
    this.#isProxy = isProxy;
    this.#servers = [...plain, ...secure];
    this.#secure = secure;
    for (const server of this.#servers) server.on('connection', (socket: Socket) => this.#remember(socket));
    this.httpPort = portOf(plain[0]!);
    this.httpsPort = portOf(secure[0]!);
  }

  /** Opens every socket or none. A machine without IPv6 does without it. */
  static async open(options: ListenOptions): Promise<Listeners> {
    const { main, secureContext, log } = options;
    const socketLimits = { ...defaultSocketLimits, ...options.limits };
    const handshakeTimeout = socketLimits.handshakeMs;
    const handOn = <Server extends HttpServer | HttpsServer>(server: Server): Server => {
      server.on('request', (request, response) => main.emit('request', request, response));
      server.on('upgrade', (request, socket, head) => main.emit('upgrade', request, socket, head));
      return server;
    };
    const opened: (HttpServer | HttpsServer)[] = [];
    try {
      const plain = await listenAll(loopback, options.httpPort, 'server.httpPort', opened, log, (index) =>
        index === 0 ? main : handOn(createHttpServer(limits)),
      );
      const secure = await listenAll(
        options.httpsAddresses,
        options.httpsPort,
        'server.httpsPort',
        opened,
        log,
        () => handOn(createHttpsServer({ ...limits, handshakeTimeout, ...secureContext })),
      );
      return new Listeners(plain, secure, socketLimits, options.isProxy ?? (() => false));
    } catch (error) {
      for (const server of opened) server.close();
      throw error;
    }
  }

  /** Sockets closed at once, because their address had too many open. */
  get refusedSockets(): number {
    return this.#refusedSockets;
  }

  /** New connections get the new certificate; those that are open keep theirs. */
  setSecureContext(context: SecureContextOptions): void {
    for (const server of this.#secure) server.setSecureContext(context);
  }

  /** Takes no new connections; those that are open live on. */
  stopAccepting(): void {
    for (const server of this.#servers) if (server.listening) server.close();
  }

  /**
   * Ends every connection: requests at once; WebSockets, which must have been told to close, after a moment in which
   * the other side may agree.
   */
  async close(): Promise<void> {
    this.stopAccepting();
    for (const server of this.#servers) server.closeAllConnections();
    if (this.#sockets.size === 0) return;
    const lastGone = once(this.#gone, 'last');
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, goodbyeMs);
    await lastGone;
    clearTimeout(timer);
  }

  /** Upgraded connections leave the HTTP server's own books. */
  #remember(socket: Socket): void {
    const remote = socket.remoteAddress ?? '';
    const address = addressKey(remote);
    const open = this.#addresses.get(address) ?? 0;
    if (open >= this.#socketsPerAddress && !this.#isProxy(remote)) {
      this.#refusedSockets += 1;
      socket.destroy();
      return;
    }
    this.#addresses.set(address, open + 1);
    this.#sockets.add(socket);
    socket.once('close', () => {
      const left = this.#addresses.get(address)! - 1;
      if (left > 0) this.#addresses.set(address, left);
      else this.#addresses.delete(address);
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#gone.emit('last');
    });
  }
}

async function listenAll<Server extends HttpServer | HttpsServer>(
  addresses: readonly string[],
  wantedPort: number,
  setting: string,
  opened: (HttpServer | HttpsServer)[],
  log: Logger,
  make: (index: number) => Server,
): Promise<Server[]> {
  const servers: Server[] = [];
  let port = wantedPort;
  for (const [index, host] of addresses.entries()) {
    const server = make(index);
    try {
      server.listen({ host, port, ipv6Only: host.includes(':') });
      await once(server, 'listening');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const noIpv6 = host.includes(':') && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL');
      // With port 0 the first address chose; the same number may be taken on the next.
      const taken = wantedPort === 0 && servers.length > 0 && code === 'EADDRINUSE';
      if (addresses.length > 1 && (noIpv6 || taken)) {
        log.warn({ address: host, port, reason: code }, 'not listening on this address');
        continue;
      }
      throw explain(error as NodeJS.ErrnoException, host, port, setting);
    }
    opened.push(server);
    servers.push(server);
    port = portOf(server);
  }
  if (servers.length === 0) {
    throw new OperatorError(
      `none of ${addresses.join(', ')} can be listened on`,
      'set server.listen to addresses of this machine',
    );
  }
  return servers;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number, setting: string): OperatorError {
  const cures: Readonly<Record<string, string>> = {
    EADDRINUSE: `another program uses port ${port}: stop it, or set ${setting} to a free port`,
    EACCES: `ports under 1024 need a right: set ${setting} to 1024 or more, or use deploy/visavis.service`,
    EADDRNOTAVAIL: 'this machine has no such address: correct server.listen',
  };
  return new OperatorError(
    `cannot listen on ${host} port ${port}: ${error.message}`,
    cures[error.code ?? ''] ?? 'correct server.listen and the ports',
  );
}

function portOf(server: HttpServer | HttpsServer): number {
  return (server.address() as AddressInfo).port;
}
