import type { Socket } from 'node:dgram';

/** Larger than any packet that fits an Ethernet frame with its SRTP trailer. */
export const SEND_BUFFER_BYTES = 2048;
/** 2 MB per socket; as many sends may wait in libuv before packets are dropped. */
const SLOTS = 1024;

/** What the ring needs of a dgram socket. */
export type QueueingSocket = Pick<Socket, 'getSendQueueCount'> & {
  send(buffer: Buffer, offset: number, length: number, port: number, address: string): void;
};

/**
 * Buffers for building packets without allocating one each. libuv sends at once when it can, and then the same
 * buffer, still warm in the cache, serves again. When the kernel's buffer is full, libuv keeps a pointer until later:
 * then the ring moves on, and it refuses when every buffer may be waiting.
 */
export class SendRing {
  readonly #socket: QueueingSocket;
  readonly #slots: readonly Buffer[];
  #next = 0;
  /** Sends that were waiting after the last one; only shrinks until the next. */
  #waiting = 0;

  constructor(socket: QueueingSocket, slots = SLOTS) {
    this.#socket = socket;
    const memory = Buffer.alloc(slots * SEND_BUFFER_BYTES);
    this.#slots = Array.from({ length: slots }, (_, index) =>
      memory.subarray(index * SEND_BUFFER_BYTES, (index + 1) * SEND_BUFFER_BYTES),
    );
  }

  /** A buffer that no waiting send points to; borrowed until `send`. */
  buffer(): Buffer {
    return this.#slots[this.#next]!;
  }

  /** Sends `buffer[0..length)`, the ring's or an owned one. False: dropped, too many sends are waiting. */
  send(buffer: Buffer, length: number, port: number, address: string): boolean {
    if (this.#waiting > 0) {
      this.#waiting = this.#socket.getSendQueueCount();
      if (this.#waiting >= this.#slots.length - 1) return false;
    }
    this.#socket.send(buffer, 0, length, port, address);
    this.#waiting = this.#socket.getSendQueueCount();
    if (this.#waiting > 0) this.#next = (this.#next + 1) % this.#slots.length;
    return true;
  }
}
