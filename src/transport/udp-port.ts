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
  /** Sources that passed a check, by port: a number is found faster than a string made for each datagram. */
  readonly #paths = new Map<number, UdpPath[]>();
  readonly #flush = (): void => this.#ring.flush();
  /** Within `#receive`, which sends at its end. */
  #receiving = false;
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
    let count = 0;
    for (const paths of this.#paths.values()) count += paths.length;
    return count;
  }

  /** Where the next packet for this port may be built; borrowed until `send`. */
  sendBuffer(): Buffer {
    return this.#ring.buffer();
  }

  /** Sends when the present callback ends, together with what else it sends. */
  send(buffer: Buffer, length: number, port: number, address: string): void {
    if (this.#closed) return;
    if (this.#ring.queued === 0 && !this.#receiving) queueMicrotask(this.#flush);
    if (this.#ring.send(buffer, length, port, address)) this.#counters.datagramsSent += 1;
    else this.#counters.sendQueueFull += 1;
  }

  adopt(path: UdpPath): void {
    const paths = this.#paths.get(path.port);
    if (paths === undefined) this.#paths.set(path.port, [path]);
    else paths.push(path);
  }

  release(path: UdpPath): void {
    const others = this.#paths.get(path.port)?.filter((other) => other !== path) ?? [];
    if (others.length === 0) this.#paths.delete(path.port);
    else this.#paths.set(path.port, others);
  }

  /** Idempotent; resolves when the port is free. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#ring.flush();
    this.#paths.clear();
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #receive(datagram: Buffer, source: RemoteInfo): void {
    // Nobody can be answered on port 0; it is only ever forged.
    if (source.port === 0) return;
    const path = this.#pathOf(source) ?? new UdpPath(this, source.address, source.port);
    this.#receiving = true;
    this.#host.handleDatagram(datagram, path);
    this.#receiving = false;
    this.#ring.flush();
  }

  #pathOf({ address, port }: RemoteInfo): UdpPath | undefined {
    const paths = this.#paths.get(port);
    if (paths !== undefined) for (const path of paths) if (path.address === address) return path;
    return undefined;
  }
}

/** A source address of one UDP port. */
class UdpPath implements IcePath {
  readonly protocol = 'udp';
  readonly address: string;
  readonly port: number;
  session: PathHolder | undefined = undefined;
  readonly #owner: UdpPort;

  constructor(owner: UdpPort, address: string, port: number) {
    this.#owner = owner;
    this.address = address;
    this.port = port;
  }

  adopt(): void {
    this.#owner.adopt(this);
  }

  release(): void {
    this.#owner.release(this);
  }

  sendBuffer(): Buffer {
    return this.#owner.sendBuffer();
  }

  send(buffer: Buffer, length: number): void {
    this.#owner.send(buffer, length, this.port, this.address);
  }
}
