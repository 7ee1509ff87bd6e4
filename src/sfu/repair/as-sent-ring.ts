import { diff16 } from '../../base/serial-number.ts';

/** Packets remembered, a power of two: more than a second of audio in 10 ms frames. */
const SIZE = 128;
/** Bytes of all of them. */
const BYTES = 32_768;

/**
 * The last packets of one audio stream just as they went out. Where there is no RTX a lost packet goes out under its own
 * SRTP index once more, and must be the same to the byte (RFC 7714 §8.4); redundant audio cannot be made so again.
 */
export class AsSentRing {
  readonly #bytes = Buffer.alloc(BYTES);
  readonly #numbers = new Int32Array(SIZE).fill(-1);
  /** Where each begins, counted over all that was ever stored. */
  readonly #starts = new Float64Array(SIZE);
  readonly #lengths = new Uint16Array(SIZE);
  readonly #sentUs = new Float64Array(SIZE);
  #written = 0;
  #newest = -1;

  store(sequenceNumber: number, packet: Buffer, nowUs: number): void {
    const { length } = packet;
    if (length > BYTES / 8) return;
    const room = BYTES - (this.#written % BYTES);
    if (room < length) this.#written += room;
    const slot = sequenceNumber & (SIZE - 1);
    packet.copy(this.#bytes, this.#written % BYTES);
    this.#numbers[slot] = sequenceNumber;
    this.#starts[slot] = this.#written;
    this.#lengths[slot] = length;
    this.#sentUs[slot] = nowUs;
    this.#written += length;
    if (this.#newest < 0 || diff16(sequenceNumber, this.#newest) > 0) this.#newest = sequenceNumber;
  }

  /** The packet, borrowed until the next `store`; undefined if it was not sent, or is gone. */
  get(sequenceNumber: number): Buffer | undefined {
    const slot = sequenceNumber & (SIZE - 1);
    const start = this.#starts[slot]!;
    if (this.#numbers[slot] !== sequenceNumber || this.#written - start > BYTES) return undefined;
    return this.#bytes.subarray(start % BYTES, (start % BYTES) + this.#lengths[slot]!);
  }

  /** When it was sent, µs; -Infinity: it is not there. */
  sentUs(sequenceNumber: number): number {
    return this.get(sequenceNumber) === undefined
      ? Number.NEGATIVE_INFINITY
      : this.#sentUs[sequenceNumber & (SIZE - 1)]!;
  }

  /** Whether the number lies just below what was sent last, so that its packet may still come from the publisher. */
  isPassedOver(sequenceNumber: number): boolean {
    const back = this.#newest < 0 ? -1 : diff16(this.#newest, sequenceNumber);
    return back > 0 && back < SIZE && this.#numbers[sequenceNumber & (SIZE - 1)] !== sequenceNumber;
  }

  clear(): void {
    this.#numbers.fill(-1);
    this.#newest = -1;
  }
}
