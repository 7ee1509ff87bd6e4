import type { Socket } from 'node:dgram';

/** Larger than any packet that fits an Ethernet frame with its SRTP trailer. */
export const SEND_BUFFER_BYTES = 2048;
/** 2 MB per socket; as many sends may wait in libuv before packets are dropped. */
const SLOTS = 1024;
/** Packets that wait for one another at the most; as many buffers stay in the fastest cache. */
const BATCH = 24;

/** What the ring needs of a dgram socket. */
export type QueueingSocket = Pick<Socket, 'getSendQueueCount'> & {
  send(buffer: Buffer, offset: number, length: number, port: number, address: string): void;
};

interface QueuedPacket {
  buffer: Buffer;
  length: number;
  port: number;
  address: string;
}

/**
 * Buffers for building packets without allocating one each, and a short queue: what one event makes for many
 * subscribers is encrypted in one go and sent in one go, because alternating costs a tenth more of both (the kernel's
 * send path and OpenSSL push each other out of the caches).
 *
 * libuv sends at once when it can, and then the same buffers, still warm, serve again. When the kernel's buffer is
 * full, libuv keeps a pointer until later: then the ring moves on, and it refuses when every buffer may be waiting.
 */
export class SendRing {
  readonly #socket: QueueingSocket;
  readonly #slots: readonly Buffer[];
  readonly #queue: readonly QueuedPacket[];
  #queued = 0;
  #next = 0;
  /** Sends that libuv had still to do after the last flush; only shrinks until the next. */
  #waiting = 0;

  constructor(socket: QueueingSocket, slots = SLOTS) {
    this.#socket = socket;
    const memory = Buffer.alloc(slots * SEND_BUFFER_BYTES);
    this.#slots = Array.from({ length: slots }, (_, index) =>
      memory.subarray(index * SEND_BUFFER_BYTES, (index + 1) * SEND_BUFFER_BYTES),
    );
    const buffer = this.#slots[0]!;
    this.#queue = Array.from({ length: BATCH }, () => ({ buffer, length: 0, port: 0, address: '' }));
  }

  /** Packets that wait for `flush`. */
  get queued(): number {
    return this.#queued;
  }

  /** A buffer that no waiting packet is in; borrowed until `send`. */
  buffer(): Buffer {
    return this.#slots[this.#next]!;
  }

  /**
   * Takes `buffer[0..length)`, the ring's or an owned one, to be sent by the next `flush`, or by this call when a batch
   * is full. False: dropped, too many sends are waiting.
   */
  send(buffer: Buffer, length: number, port: number, address: string): boolean {
    if (this.#waiting > 0) {
      this.#waiting = this.#socket.getSendQueueCount();
      if (this.#waiting + this.#queued >= this.#slots.length - 1) return false;
    }
    const packet = this.#queue[this.#queued]!;
    packet.buffer = buffer;
    packet.length = length;
    packet.port = port;
    packet.address = address;
    this.#queued += 1;
    this.#next = (this.#next + 1) % this.#slots.length;
    if (this.#queued === this.#queue.length || this.#queued === this.#slots.length - 1) this.flush();
    return true;
  }

  /** Sends what is queued. */
  flush(): void {
    const count = this.#queued;
    if (count === 0) return;
    this.#queued = 0;
    for (let index = 0; index < count; index += 1) {
      const { buffer, length, port, address } = this.#queue[index]!;
      this.#socket.send(buffer, 0, length, port, address);
    }
    this.#waiting = this.#socket.getSendQueueCount();
    if (this.#waiting === 0) this.#next = 0;
  }
}
