import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { IcePath, PathHolder } from './ice/ice-path.ts';
import type { MediaWorkerCounters } from './media-worker-counters.ts';
import type { PortHost } from './port-host.ts';
import { SendRing } from './udp-send-ring.ts';

export interface UdpPortOptions {
  readonly address: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
}

/**
 * One UDP socket for all peers of a worker. Datagrams go to the host with the path they came on: the same object for
 * every datagram of a source that a session holds, a new one for each datagram of a stranger.
 */
export class UdpPort {
  readonly #socket: Socket;
  readonly #host: PortHost;
  readonly #counters: MediaWorkerCounters;
  readonly #ring: SendRing;
  /** Sources that passed a check. */
  readonly #paths = new Map<string, UdpPath>();
  #closed = false;

  private constructor(socket: Socket, host: PortHost, counters: MediaWorkerCounters) {
    this.#socket = socket;
    this.#host = host;
    this.#counters = counters;
    this.#ring = new SendRing(socket);
    socket.on('message', (datagram, source) => this.#receive(datagram, source));
    // A network that is down for a moment; sockets report nothing here that ends them.
    socket.on('error', () => {
      counters.socketErrors += 1;
    });
  }

  /** Binds. Rejects with the system's error (EADDRINUSE, EADDRNOTAVAIL, ...). */
  static async open(
    options: UdpPortOptions,
    host: PortHost,
    counters: MediaWorkerCounters,
  ): Promise<UdpPort> {
    const ipv6 = isIPv6(options.address);
    const socket = createSocket({
      type: ipv6 ? 'udp6' : 'udp4',
      ipv6Only: ipv6,
      recvBufferSize: options.receiveBufferBytes,
      sendBufferSize: options.sendBufferBytes,
      // Every address is numeric: without this each send would go through a DNS look-up and a tick of its own.
      lookup: (address, _options, callback) => callback(null, address, ipv6 ? 6 : 4),
    });
    await new Promise<void>((resolve, reject) => {
      const refused = (error: Error): void => {
        socket.close();
        reject(error);
      };
      socket.once('error', refused);
      socket.bind({ address: options.address, port: options.port }, () => {
        socket.off('error', refused);
        resolve();
      });
    });
    return new UdpPort(socket, host, counters);
  }

  /** The port really bound. */
  get port(): number {
    return this.#socket.address().port;
  }

  /** Sources held by sessions now. */
  get pathCount(): number {
    return this.#paths.size;
  }

  /** Where the next packet for this port may be built; borrowed until `send`. */
  sendBuffer(): Buffer {
    return this.#ring.buffer();
  }

  send(buffer: Buffer, length: number, port: number, address: string): void {
    if (this.#closed) return;
    if (this.#ring.send(buffer, length, port, address)) this.#counters.datagramsSent += 1;
    else this.#counters.sendQueueFull += 1;
  }

  adopt(key: string, path: UdpPath): void {
    this.#paths.set(key, path);
  }

  release(key: string, path: UdpPath): void {
    if (this.#paths.get(key) === path) this.#paths.delete(key);
  }

  /** Idempotent; resolves when the port is free. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#paths.clear();
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #receive(datagram: Buffer, source: RemoteInfo): void {
    // Nobody can be answered on port 0; it is only ever forged.
    if (source.port === 0) return;
    const key = `${source.address} ${source.port}`;
    const path = this.#paths.get(key) ?? new UdpPath(this, key, source.address, source.port);
    this.#host.handleDatagram(datagram, path);
  }
}

/** A source address of one UDP port. */
class UdpPath implements IcePath {
  readonly protocol = 'udp';
  readonly address: string;
  readonly port: number;
  session: PathHolder | undefined = undefined;
  readonly #owner: UdpPort;
  readonly #key: string;

  constructor(owner: UdpPort, key: string, address: string, port: number) {
    this.#owner = owner;
    this.#key = key;
    this.address = address;
    this.port = port;
  }

  adopt(): void {
    this.#owner.adopt(this.#key, this);
  }

  release(): void {
    this.#owner.release(this.#key, this);
  }

  sendBuffer(): Buffer {
    return this.#owner.sendBuffer();
  }

  send(buffer: Buffer, length: number): void {
    this.#owner.send(buffer, length, this.port, this.address);
  }
}
