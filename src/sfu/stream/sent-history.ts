import { diff16 } from '../../base/serial-number.ts';

/** Packets remembered; a power of two. As many as the packet ring of an encoding holds. */
const SIZE = 2048;
/**
 * A repeated NACK may come a little sooner than an RTT after our resend and still be meant: clocks and paths jitter.
 * This part of the RTT, but no more than 10 ms, is forgiven.
 */
const EARLY_PART = 0.25;
const EARLY_MAX_US = 10_000;

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

/** `send`: resend it now. The others: do not, because … */
export type NackAnswer =
  | 'send'
  /** … this number was never sent, or too long ago. */
  | 'unknown'
  /** … it was sent again less than an RTT ago; that copy may be on its way. */
  | 'tooSoon'
  /** … more was asked for in this second than is given. */
  | 'overBudget';

export interface SentHistoryOptions {
  /** Resends in a second, and in one burst: what a subscriber can make us send by NACKs alone. Default 1,000. */
  readonly maxResendsPerSecond?: number;
  /** Packets sent longer ago than this are unknown. Default 3 s. */
  readonly maxAgeUs?: number;
}

/**
 * What went out to one subscriber on one SSRC, by outgoing sequence number, and which of its NACKs to answer. Holds no
 * packets: those are in the packet ring of the producer's encoding. Allocates nothing after construction.
 * @see RFC 4585 §6.2.1, RFC 4588
 */
export class SentHistory {
  readonly #maxPerSecond: number;
  readonly #maxAgeUs: number;
  /** Columns of one table, indexed by outgoing extended number modulo SIZE. -1: empty. */
  readonly #numbers = new Float64Array(SIZE).fill(-1);
  readonly #encodingIndexes = new Uint8Array(SIZE);
  readonly #incoming = new Float64Array(SIZE);
  readonly #timestamps = new Uint32Array(SIZE);
  readonly #markers = new Uint8Array(SIZE);
  readonly #pictureIds = new Int32Array(SIZE);
  readonly #tl0PicIdxs = new Int16Array(SIZE);
  readonly #firstSentUs = new Float64Array(SIZE);
  readonly #lastSentUs = new Float64Array(SIZE);
  readonly #resends = new Uint16Array(SIZE);
  #highest = -1;
  #budget: number;
  #budgetUs = 0;

  /** Answers given, by kind. */
  readonly answers: Record<NackAnswer, number> = { send: 0, unknown: 0, tooSoon: 0, overBudget: 0 };

  constructor(options: SentHistoryOptions = {}) {
    this.#maxPerSecond = options.maxResendsPerSecond ?? 1000;
    this.#maxAgeUs = options.maxAgeUs ?? 3_000_000;
    this.#budget = this.#maxPerSecond;
  }

  /**
   * Notes that `packet` went out under the 16-bit `sequenceNumber`. Numbers may come out of order (a late packet keeps
   * its place); padding-only packets are not noted, they are not worth a resend.
   */
  record(sequenceNumber: number, packet: Readonly<SentPacket>, nowUs: number): void {
    // Starts in cycle 1, so that a reordered packet before the first stays positive.
    const number =
      this.#highest < 0
        ? 0x1_0000 + sequenceNumber
        : this.#highest + diff16(sequenceNumber, this.#highest & 0xffff);
    if (number <= this.#highest - SIZE) return;
    if (number > this.#highest) this.#highest = number;
    const slot = number & (SIZE - 1);
    this.#numbers[slot] = number;
    this.#encodingIndexes[slot] = packet.encodingIndex;
    this.#incoming[slot] = packet.incoming;
    this.#timestamps[slot] = packet.timestamp;
    this.#markers[slot] = packet.marker;
    this.#pictureIds[slot] = packet.pictureId;
    this.#tl0PicIdxs[slot] = packet.tl0PicIdx;
    this.#firstSentUs[slot] = nowUs;
    this.#lastSentUs[slot] = nowUs;
    this.#resends[slot] = 0;
  }

  /**
   * Decides about one number of a NACK, and for `send` fills `into` and counts the resend. The first resend is never
   * too soon, whatever the RTT is thought to be.
   */
  answer(sequenceNumber: number, rttUs: number, nowUs: number, into: SentPacket): NackAnswer {
    const answer = this.#decide(sequenceNumber, rttUs, nowUs, into);
    this.answers[answer] += 1;
    return answer;
  }

  /** How often the packet was sent again; 0 also if it is unknown. */
  timesResent(sequenceNumber: number): number {
    const slot = this.#slotOf(sequenceNumber);
    return slot < 0 ? 0 : this.#resends[slot]!;
  }

  /** Forgets every packet; the numbering may go on anywhere. */
  clear(): void {
    this.#numbers.fill(-1);
    this.#highest = -1;
  }

  #decide(sequenceNumber: number, rttUs: number, nowUs: number, into: SentPacket): NackAnswer {
    const slot = this.#slotOf(sequenceNumber);
    if (slot < 0 || nowUs - this.#firstSentUs[slot]! > this.#maxAgeUs) return 'unknown';
    if (this.#resends[slot]! > 0) {
      const earlyUs = Math.min(rttUs * EARLY_PART, EARLY_MAX_US);
      if (nowUs - this.#lastSentUs[slot]! < rttUs - earlyUs) return 'tooSoon';
    }
    this.#budget = Math.min(
      this.#maxPerSecond,
      this.#budget + ((nowUs - this.#budgetUs) / 1e6) * this.#maxPerSecond,
    );
    this.#budgetUs = nowUs;
    if (this.#budget < 1) return 'overBudget';
    this.#budget -= 1;
    this.#lastSentUs[slot] = nowUs;
    this.#resends[slot]! += 1;
    into.encodingIndex = this.#encodingIndexes[slot]!;
    into.incoming = this.#incoming[slot]!;
    into.timestamp = this.#timestamps[slot]!;
    into.marker = this.#markers[slot]!;
    into.pictureId = this.#pictureIds[slot]!;
    into.tl0PicIdx = this.#tl0PicIdxs[slot]!;
    return 'send';
  }

  #slotOf(sequenceNumber: number): number {
    if (this.#highest < 0) return -1;
    const number = this.#highest + diff16(sequenceNumber, this.#highest & 0xffff);
    const slot = number & (SIZE - 1);
    return this.#numbers[slot] === number ? slot : -1;
  }
}
