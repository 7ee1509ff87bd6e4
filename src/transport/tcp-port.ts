import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { blockOf } from './ice/ip-address.ts';
import type { MediaWorkerCounters } from './media-worker-counters.ts';
import type { PortHost } from './port-host.ts';
import { TcpPath } from './tcp-path.ts';

export interface TcpPortOptions {
  readonly address: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly maxConnections: number;
  /** Per IPv4 address or IPv6 /64. */
  readonly maxConnectionsPerAddress: number;
  /** A connection without an authenticated check is ended after so long. */
  readonly authenticateWithinUs: number;
  /** Bytes that may wait to be sent on one connection. */
  readonly backlogBytes: number;
}

/** Passive ICE-TCP (RFC 6544) for networks that let no UDP through: one listening port, one path per connection. */
export class TcpPort {
  readonly #server: Server;
  readonly #options: TcpPortOptions;
  readonly #host: PortHost;
  readonly #counters: MediaWorkerCounters;
  readonly #connections = new Set<TcpPath>();
  readonly #perAddress = new Map<string, number>();
  /** Connections that have not passed a check, by when they must have; in order of arrival, which is that of time. */
  readonly #unauthenticated = new Map<TcpPath, number>();
  #closed = false;

  private constructor(
    server: Server,
    options: TcpPortOptions,
    host: PortHost,
    counters: MediaWorkerCounters,
  ) {
    this.#server = server;
    this.#options = options;
    this.#host = host;
    this.#counters = counters;
    server.on('connection', (socket) => this.#accept(socket));
    // EMFILE and the like while accepting: the listening socket stays.
    server.on('error', () => {
      counters.socketErrors += 1;
    });
  }

  /** Listens. Rejects with the system's error (EADDRINUSE, EACCES, ...). */
  static async open(
    options: TcpPortOptions,
    host: PortHost,
    counters: MediaWorkerCounters,
  ): Promise<TcpPort> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const ipv6Only = isIPv6(options.address);
      server.listen({ host: options.address, port: options.port, ipv6Only }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new TcpPort(server, options, host, counters);
  }

  /** The port really bound. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Ends connections that stayed strangers for too long. */
  handleTimeout(nowUs: number): void {
    for (const [path, deadlineUs] of this.#unauthenticated) {
      if (deadlineUs > nowUs) return;
      this.#counters.tcpUnauthenticated += 1;
      path.release();
    }
  }

  /** When `handleTimeout` wants to be called, µs; Infinity: not at all. */
  nextTimeout(): number {
    for (const deadlineUs of this.#unauthenticated.values()) return deadlineUs;
    return Number.POSITIVE_INFINITY;
  }

  /** Ends every connection. Idempotent; resolves when the port is free. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const path of this.#connections) path.release();
    await closed;
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    // Gone again before we looked.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const block = blockOf(remoteAddress);
    const sameAddress = this.#perAddress.get(block) ?? 0;
    if (
      this.#closed ||
      this.#connections.size >= this.#options.maxConnections ||
      sameAddress >= this.#options.maxConnectionsPerAddress
    ) {
      this.#counters.tcpRefused += 1;
      socket.destroy();
      return;
    }
    this.#counters.tcpAccepted += 1;
    this.#perAddress.set(block, sameAddress + 1);
    const path = new TcpPath(socket, remoteAddress, remotePort, this.#options.backlogBytes, this.#counters, {
      handleDatagram: (datagram, from) => this.#host.handleDatagram(datagram, from),
      onAdopted: (adopted) => this.#unauthenticated.delete(adopted),
      onEnded: (ended) => this.#forget(ended, block),
    });
    this.#connections.add(path);
    const deadlineUs = this.#host.nowUs() + this.#options.authenticateWithinUs;
    this.#unauthenticated.set(path, deadlineUs);
    this.#host.wakeBy(deadlineUs);
  }

  #forget(path: TcpPath, block: string): void {
    if (!this.#connections.delete(path)) return;
    this.#unauthenticated.delete(path);
    const left = (this.#perAddress.get(block) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(block);
    else this.#perAddress.set(block, left);
  }
}
