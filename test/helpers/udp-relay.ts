/** Datagrams handed on between browsers and one port of a server, through whatever carries them in between. */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';
/** Not the kernel's default: a burst that it would drop is no loss that the relay was asked for. */
const SOCKET_BUFFER_BYTES = 1 << 20;

export type Toward = 'server' | 'browser';

/** Calls `deliver` when (and as often as) the datagram shall arrive; it may be later, or never. */
export type Carry = (toward: Toward, datagram: Buffer, deliver: () => void) => void;

/** Each source on the near side has a socket of its own on the far side. */
export class UdpRelay {
  readonly #near = createSocket({ type: 'udp4', recvBufferSize: SOCKET_BUFFER_BYTES });
  readonly #far = new Map<string, UdpSocket>();
  readonly #port: number;
  readonly #address: string;
  readonly #carry: Carry;
  #closed = false;

  /** `port` and `address` are the server's. */
  constructor(port: number, carry: Carry, address = HOST) {
    this.#port = port;
    this.#address = address;
    this.#carry = carry;
    this.#near.on('message', (datagram, source) => {
      carry('server', datagram, () => {
        if (!this.#closed) this.#farOf(source).send(datagram, port, address);
      });
    });
  }

  /** Resolves to the port on 127.0.0.1 to which browsers send. */
  async open(): Promise<number> {
    this.#near.bind(0, HOST);
    await once(this.#near, 'listening');
    return (this.#near.address() as AddressInfo).port;
  }

  /** From now on the server sees other ports; what it sends to the old ones is lost. */
  rebind(): void {
    for (const socket of this.#far.values()) socket.close();
    this.#far.clear();
  }

  close(): void {
    this.#closed = true;
    this.#near.close();
    this.rebind();
  }

  #farOf(source: RemoteInfo): UdpSocket {
    const key = `${source.address} ${source.port}`;
    const known = this.#far.get(key);
    if (known !== undefined) return known;
    const socket = createSocket({ type: 'udp4', recvBufferSize: SOCKET_BUFFER_BYTES });
    socket.on('message', (datagram) => {
      this.#carry('browser', datagram, () => {
        if (!this.#closed) this.#near.send(datagram, source.port, source.address);
      });
    });
    // The server's port is closed for a moment while it restarts.
    socket.on('error', () => undefined);
    this.#far.set(key, socket);
    return socket;
  }
}
