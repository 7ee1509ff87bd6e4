import { diff16 } from '../../base/serial-number.ts';
import {
  DELTA_MICROSECONDS,
  NOT_RECEIVED,
  REFERENCE_TIME_MICROSECONDS,
  type TransportCcFeedback,
} from '../../rtp/rtcp/transport-cc.ts';

/** Arrivals remembered, a power of two: four seconds at 2,000 packets/s. No feedback speaks of older numbers. */
const WINDOW = 8192;
/**
 * A number this far behind the highest is not a late one but far ahead: the peer sent on through an outage (up to 61,440
 * packets; with the nearest-distance rule half a minute at 1,000 packets/s would look like the past).
 */
const MAX_BEHIND = 4096;
/** A reordered packet is still told of when it comes this late; its neighbours are told again with it. */
const MAX_LATE_US = 500_000;
const TICKS_PER_REFERENCE = REFERENCE_TIME_MICROSECONDS / DELTA_MICROSECONDS;
/** Common header, two SSRCs, base, count, reference time and feedback count; three bytes of padding at most. */
const FIXED_BYTES = 20 + 3;
/** A run of missing numbers this long is one run-length chunk wherever it begins, but for up to 13 of its first. */
const LONG_RUN = 28;
/** The most feedbacks that tell again of one arrival. */
const MAX_REPEATS = 2;

export interface TransportFeedbackGeneratorOptions {
  /** From the first arrival not yet told of to the feedback. Default 50 ms; 50 to 100 ms keep Chrome's estimate lively. */
  readonly intervalUs?: number;
  /** The most bytes one feedback may take as an RTCP packet. Default 1,150, to fit a datagram with SRTCP's trailer. */
  readonly maxBytes?: number;
}

/**
 * Makes transport-wide feedback out of the arrivals of one peer's packets, all SSRCs alike. Never says received of what
 * did not come (libwebrtc would then drop it from its history, and no NACK could bring it back), tells of reordered
 * packets in the next feedback, and keeps exact times: deltas are differences of whole ticks, so rounding never adds up.
 *
 * A number that did not come is told as lost, or omitted (`omitsLost`): then each contiguous run of received numbers is
 * a feedback of its own, and no feedback speaks of what lies between. libwebrtc takes a number that no feedback speaks
 * of neither for lost nor for received (transport_feedback_adapter.cc: it leaves the count in flight with the next one
 * acknowledged, and stays in the history), so loss that says nothing about the rate does not lower it, while delays
 * still do.
 * @see draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1
 */
export class TransportFeedbackGenerator {
  /** From the first arrival not yet told of to the feedback, µs. */
  intervalUs: number;
  /** Numbers that did not come are not spoken of. */
  omitsLost = false;
  /** While omitting: in how many feedbacks more each arrival is told, as feedback gets lost too. 0..2. */
  repeats = 0;

  readonly #maxBytes: number;
  /** The extended number a slot is about, and its arrival in 250 µs ticks. */
  readonly #numbers = new Float64Array(WINDOW).fill(-1);
  readonly #ticks = new Float64Array(WINDOW);
  readonly #deltas = new Int32Array(WINDOW);
  #highest = -1;
  #lowest = 0;
  /** The first number not yet spoken of. */
  #begin = 0;
  /** Where `build` goes on within one round; -1: a new round begins. */
  #cursor = -1;
  /** Where the last rounds began, newest first. */
  readonly #begins = new Float64Array(MAX_REPEATS).fill(Number.POSITIVE_INFINITY);
  #repeatsLeft = 0;
  #pending = false;
  #dueUs = Number.POSITIVE_INFINITY;
  #feedbackCount = 0;

  /** Packets recorded; copies of one already recorded; packets too late to be told of; feedbacks made. */
  recorded = 0;
  duplicates = 0;
  tooLate = 0;
  feedbacks = 0;

  constructor(options: TransportFeedbackGeneratorOptions = {}) {
    this.intervalUs = options.intervalUs ?? 50_000;
    this.#maxBytes = options.maxBytes ?? 1150;
  }

  /** When `build` next has something; Infinity: nothing came since the last feedback. */
  get nextTimeoutUs(): number {
    return this.#dueUs;
  }

  /** How many numbers there were from the first to the highest. */
  get expected(): number {
    return this.#highest < 0 ? 0 : this.#highest - this.#lowest + 1;
  }

  /** A packet with this 16-bit transport-wide number arrived, be it media, retransmission or padding. */
  record(sequenceNumber: number, nowUs: number): void {
    const number = this.#extend(sequenceNumber);
    const slot = number & (WINDOW - 1);
    if (this.#numbers[slot] === number) {
      this.duplicates += 1;
      return;
    }
    const ticks = Math.floor(nowUs / DELTA_MICROSECONDS);
    if (this.#highest < 0) {
      this.#begin = number;
      this.#lowest = number;
      this.#highest = number;
    } else if (number < this.#begin) {
      if (this.#isTooLate(number, ticks)) {
        this.tooLate += 1;
        return;
      }
      this.#begin = number;
      if (number < this.#lowest) this.#lowest = number;
    } else if (number > this.#highest) {
      this.#highest = number;
    }
    this.#numbers[slot] = number;
    this.#ticks[slot] = ticks;
    this.recorded += 1;
    if (!this.#pending) {
      this.#pending = true;
      this.#dueUs = nowUs + this.intervalUs;
    }
  }

  /**
   * The next feedback, or undefined when there is none, or none due yet. Call it until it says undefined: what does not
   * fit one packet, lies more than 8 s apart, or has omitted numbers between, comes in several. `deltas` is borrowed
   * until the next call.
   */
  build(nowUs: number): TransportCcFeedback | undefined {
    if (!this.#pending || nowUs < this.#dueUs) return undefined;
    if (this.#cursor < 0 && !this.#openRound()) return undefined;
    const omits = this.omitsLost;
    const first = this.#nextReceived(this.#cursor);
    const begin = omits ? first : this.#cursor;
    const referenceTime = Math.floor(this.#ticks[first & (WINDOW - 1)]! / TICKS_PER_REFERENCE);
    let lastTicks = referenceTime * TICKS_PER_REFERENCE;
    let end = begin;
    let deltaBytes = 0;
    let shortStatuses = 0;
    let longRuns = 0;
    for (let number = first; number <= this.#highest; number = this.#nextReceived(number + 1)) {
      const ticks = this.#ticks[number & (WINDOW - 1)]!;
      const delta = ticks - lastTicks;
      if (delta < -0x8000 || delta > 0x7fff) break;
      const gap = number - end;
      if (omits && gap > 0) break;
      const isLong = gap >= LONG_RUN;
      const deltaLength = delta >= 0 && delta <= 0xff ? 1 : 2;
      const statuses = shortStatuses + 1 + (isLong ? 13 : gap);
      // Every chunk but the last stands for seven statuses at least.
      const chunks = Math.ceil(statuses / 7) + longRuns + (isLong ? 1 : 0);
      if (FIXED_BYTES + chunks * 2 + deltaBytes + deltaLength > this.#maxBytes) break;
      shortStatuses = statuses;
      if (isLong) longRuns += 1;
      deltaBytes += deltaLength;
      this.#deltas.fill(NOT_RECEIVED, end - begin, number - begin);
      this.#deltas[number - begin] = delta;
      lastTicks = ticks;
      end = number + 1;
    }
    this.#cursor = omits ? this.#nextReceived(end) : end;
    if (this.#cursor > this.#highest) this.#closeRound(nowUs);
    this.feedbacks += 1;
    return {
      baseSequenceNumber: begin & 0xffff,
      referenceTime: (referenceTime << 8) >> 8,
      feedbackCount: this.#nextFeedbackCount(),
      count: end - begin,
      deltas: this.#deltas,
    };
  }

  #extend(sequenceNumber: number): number {
    // Starts in cycle 1, so that packets reordered before the first stay positive.
    if (this.#highest < 0) return 0x1_0000 + sequenceNumber;
    const distance = diff16(sequenceNumber, this.#highest & 0xffff);
    return this.#highest + (distance < -MAX_BEHIND ? distance + 0x1_0000 : distance);
  }

  /**
   * Begins at the first number not spoken of; while omitting, at that of the last rounds that are to be repeated.
   * False if there is nothing to tell after all.
   */
  #openRound(): boolean {
    const repeats = this.omitsLost ? Math.min(this.repeats, MAX_REPEATS) : 0;
    const isNew = this.#begin <= this.#highest;
    this.#repeatsLeft = isNew ? repeats : Math.min(repeats, this.#repeatsLeft) - 1;
    if (!isNew && this.#repeatsLeft < 0) {
      this.#closeRound(0);
      return false;
    }
    let from = this.#begin;
    for (let round = 0; round < repeats; round += 1) {
      if (this.#begins[round]! < from) from = this.#begins[round]!;
    }
    this.#cursor = Math.max(from, this.#highest - WINDOW + 1);
    this.#begins.copyWithin(1, 0);
    this.#begins[0] = this.#begin;
    return true;
  }

  #closeRound(nowUs: number): void {
    this.#cursor = -1;
    this.#begin = this.#highest + 1;
    // Told again even when nothing more comes: the sender may wait for these very acknowledgements.
    this.#pending = this.omitsLost && this.#repeatsLeft > 0;
    this.#dueUs = this.#pending ? nowUs + this.intervalUs : Number.POSITIVE_INFINITY;
  }

  #nextFeedbackCount(): number {
    const count = this.#feedbackCount;
    this.#feedbackCount = (count + 1) & 0xff;
    return count;
  }

  /** The first number from `number` on that came, or one past the highest. */
  #nextReceived(number: number): number {
    let next = number;
    while (next <= this.#highest && this.#numbers[next & (WINDOW - 1)] !== next) next += 1;
    return next;
  }

  /** Whether a number below `begin` comes more than MAX_LATE_US after the next one that was received. */
  #isTooLate(number: number, ticks: number): boolean {
    const follower = this.#nextReceived(number + 1);
    return (ticks - this.#ticks[follower & (WINDOW - 1)]!) * DELTA_MICROSECONDS > MAX_LATE_US;
  }
}
