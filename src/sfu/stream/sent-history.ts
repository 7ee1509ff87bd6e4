import { diff16 } from '../../base/serial-number.ts';

/** Packets remembered; a power of two. As many as the packet ring of an encoding holds. */
const SIZE = 2048;
const MASK = SIZE - 1;

const EMPTY = 0;
/** Its number was passed over and then asked for: it has not come from the publisher yet. */
const AWAITED = 1;
const SENT = 2;
const ACKNOWLEDGED = 3;

/** What is needed to make an outgoing packet again from the stored incoming one. All numbers; reused by its owner. */
export interface SentPacket {
  /** Which encoding's packet ring holds the incoming packet, 0..255. */
  encodingIndex: number;
  /** Extended sequence number of the incoming packet. */
  incoming: number;
  /** As it went out: 32 bits. */
  timestamp: number;
  /** 0 or 1, as it went out. */
  marker: number;
  /** As they went out; -1 where the codec has none. */
  pictureId: number;
  tl0PicIdx: number;
}

/** What is known of a number that the subscriber asks for. */
export type SentState =
  | 'sent'
  /** It arrived, or a copy of it did. */
  | 'acknowledged'
  /** Between numbers that were sent, but the packet has not come from the publisher. */
  | 'passedOver'
  /** Never sent, or too long ago. */
  | 'unknown';

export interface SentHistoryOptions {
  /** Packets sent longer ago than this are unknown. Default 3 s. */
  readonly maxAgeUs?: number;
}

/**
 * What went out to one subscriber on one SSRC, by outgoing sequence number, and what arrived of it. Holds no packets:
 * those are in the packet ring of the producer's encoding. Allocates nothing after construction.
 * @see RFC 4585 §6.2.1, RFC 4588
 */
export class SentHistory {
  readonly #maxAgeUs: number;
  /** Columns of one table, indexed by outgoing extended number modulo SIZE. */
  readonly #numbers = new Float64Array(SIZE).fill(-1);
  readonly #states = new Uint8Array(SIZE);
  readonly #encodingIndexes = new Uint8Array(SIZE);
  readonly #incoming = new Float64Array(SIZE);
  readonly #timestamps = new Uint32Array(SIZE);
  readonly #markers = new Uint8Array(SIZE);
  readonly #pictureIds = new Int32Array(SIZE);
  readonly #tl0PicIdxs = new Int16Array(SIZE);
  readonly #sentUs = new Float64Array(SIZE);
  #first = -1;
  #highest = -1;

  constructor(options: SentHistoryOptions = {}) {
    this.#maxAgeUs = options.maxAgeUs ?? 3_000_000;
  }

  /** The newest number sent, 16 bits; -1: none. */
  get newest(): number {
    return this.#highest < 0 ? -1 : this.#highest & 0xffff;
  }

  /**
   * Notes that `packet` went out under the 16-bit `sequenceNumber`, and tells whether it was awaited. Numbers may come
   * out of order (a late packet keeps its place); padding-only packets are not noted, they are not worth a resend.
   */
  record(sequenceNumber: number, packet: Readonly<SentPacket>, nowUs: number): boolean {
    // Starts in cycle 1, so that a reordered packet before the first stays positive.
    const number =
      this.#highest < 0
        ? 0x1_0000 + sequenceNumber
        : this.#highest + diff16(sequenceNumber, this.#highest & 0xffff);
    if (number <= this.#highest - SIZE) return false;
    if (this.#highest < 0 || number < this.#first) this.#first = number;
    if (number > this.#highest) this.#highest = number;
    const slot = number & MASK;
    const awaited = this.#numbers[slot] === number && this.#states[slot] === AWAITED;
    this.#numbers[slot] = number;
    this.#states[slot] = SENT;
    this.#encodingIndexes[slot] = packet.encodingIndex;
    this.#incoming[slot] = packet.incoming;
    this.#timestamps[slot] = packet.timestamp;
    this.#markers[slot] = packet.marker;
    this.#pictureIds[slot] = packet.pictureId;
    this.#tl0PicIdxs[slot] = packet.tl0PicIdx;
    this.#sentUs[slot] = nowUs;
    return awaited;
  }

  stateOf(sequenceNumber: number, nowUs: number): SentState {
    const number = this.#extended(sequenceNumber);
    if (number < this.#first || number > this.#highest || number <= this.#highest - SIZE) return 'unknown';
    const slot = number & MASK;
    if (this.#numbers[slot] !== number || this.#states[slot]! < SENT) return 'passedOver';
    if (nowUs - this.#sentUs[slot]! > this.#maxAgeUs) return 'unknown';
    return this.#states[slot] === ACKNOWLEDGED ? 'acknowledged' : 'sent';
  }

  /** A number that was passed over is asked for: `record` will say so when it comes. */
  expect(sequenceNumber: number): void {
    const number = this.#extended(sequenceNumber);
    if (number < this.#first || number > this.#highest || number <= this.#highest - SIZE) return;
    const slot = number & MASK;
    if (this.#numbers[slot] === number && this.#states[slot] !== EMPTY) return;
    this.#numbers[slot] = number;
    this.#states[slot] = AWAITED;
  }

  /** `sequenceNumber` arrived, in whatever way. False if that is not new, or nothing is known of it. */
  acknowledge(sequenceNumber: number): boolean {
    const slot = this.#slotOf(sequenceNumber);
    if (slot < 0 || this.#states[slot] !== SENT) return false;
    this.#states[slot] = ACKNOWLEDGED;
    return true;
  }

  /** How the packet was sent; false if nothing is known of it. */
  read(sequenceNumber: number, into: SentPacket): boolean {
    const slot = this.#slotOf(sequenceNumber);
    if (slot < 0) return false;
    into.encodingIndex = this.#encodingIndexes[slot]!;
    into.incoming = this.#incoming[slot]!;
    into.timestamp = this.#timestamps[slot]!;
    into.marker = this.#markers[slot]!;
    into.pictureId = this.#pictureIds[slot]!;
    into.tl0PicIdx = this.#tl0PicIdxs[slot]!;
    return true;
  }

  /** When the packet was first sent, µs; -Infinity: nothing is known of it. */
  sentUs(sequenceNumber: number): number {
    const slot = this.#slotOf(sequenceNumber);
    return slot < 0 ? Number.NEGATIVE_INFINITY : this.#sentUs[slot]!;
  }

  /** Forgets every packet; the numbering may go on anywhere. */
  clear(): void {
    this.#numbers.fill(-1);
    this.#states.fill(EMPTY);
    this.#first = -1;
    this.#highest = -1;
  }

  #extended(sequenceNumber: number): number {
    if (this.#highest < 0) return -2;
    return this.#highest + diff16(sequenceNumber, this.#highest & 0xffff);
  }

  #slotOf(sequenceNumber: number): number {
    const number = this.#extended(sequenceNumber);
    const slot = number & MASK;
    return number >= 0 && this.#numbers[slot] === number && this.#states[slot]! >= SENT ? slot : -1;
  }
}
