import { diff16 } from '../../base/serial-number.ts';
import { Unwrapper } from '../../base/unwrapper.ts';
import {
  DELTA_MICROSECONDS,
  NOT_RECEIVED,
  REFERENCE_TIME_MICROSECONDS,
  type TransportCcFeedback,
} from '../../rtp/rtcp/transport-cc.ts';

/** Packets remembered, a power of two: four seconds at 2,000 packets/s. */
const SIZE = 8192;

const FREE = 0;
const IN_FLIGHT = 1;
const ACKED = 2;
const LOST = 3;
const UNREPORTED = 4;

/**
 * A feedback that speaks of a packet sent this much later has left an earlier one out for good: the feedback about it was
 * lost, not reordered. Longer than a browser takes between two feedbacks at most (libwebrtc
 * remote_bitrate_estimator/remote_estimator_proxy.cc: 250 ms).
 */
const REORDERING_MARGIN_US = 300_000;

/**
 * What one feedback told that was not known before, in sequence order; columns of one table, of which the first `count`
 * rows count. One object for all, reused: borrowed until the next feedback of any subscriber.
 */
export interface FeedbackOutcome {
  count: number;
  ackedPackets: number;
  lostPackets: number;
  /** Of the acked ones, those that an earlier feedback had reported lost. */
  recoveredPackets: number;
  ackedBytes: number;
  lostBytes: number;
  /** Given up on with this feedback: no feedback spoke of them, as it was lost itself. They are not lost, and no rows. */
  unreportedPackets: number;
  unreportedBytes: number;
  /** When each packet left, µs of our clock. */
  readonly sentUs: Float64Array;
  /** When each arrived, µs of the subscriber's clock (only differences mean something), NaN: reported lost. */
  readonly arrivedUs: Float64Array;
  readonly sizes: Uint16Array;
  /** Whose packet it was, under the consumer's numbers; of RTX those of the original it carries; 0 and 0: padding. */
  readonly mediaSsrcs: Uint32Array;
  readonly mediaSequenceNumbers: Uint16Array;
  /** The probe it was part of; -1: none. */
  readonly probeClusterIds: Int16Array;
  /** 1: an earlier feedback had reported it lost, and it arrived after all; else 0. */
  readonly recovered: Uint8Array;
}

/** A quarter of a megabyte that each subscriber need not have: feedbacks are read one at a time. */
const sharedOutcome: FeedbackOutcome = {
  count: 0,
  ackedPackets: 0,
  lostPackets: 0,
  recoveredPackets: 0,
  ackedBytes: 0,
  lostBytes: 0,
  unreportedPackets: 0,
  unreportedBytes: 0,
  sentUs: new Float64Array(SIZE),
  arrivedUs: new Float64Array(SIZE),
  sizes: new Uint16Array(SIZE),
  mediaSsrcs: new Uint32Array(SIZE),
  mediaSequenceNumbers: new Uint16Array(SIZE),
  probeClusterIds: new Int16Array(SIZE),
  recovered: new Uint8Array(SIZE),
};

/**
 * What went out to one subscriber under transport-wide numbers, and what its feedback says became of it. It measures
 * nothing and estimates nothing: it hands the facts to whoever does. Allocates nothing after construction.
 * @see draft-holmer-rmcat-transport-wide-cc-extensions-01
 */
export class SendHistory {
  /** Columns of one table, indexed by extended number modulo SIZE. */
  readonly #states = new Uint8Array(SIZE);
  readonly #sentUs = new Float64Array(SIZE);
  readonly #sizes = new Uint16Array(SIZE);
  readonly #mediaSsrcs = new Uint32Array(SIZE);
  readonly #mediaSequenceNumbers = new Uint16Array(SIZE);
  readonly #probeClusterIds = new Int16Array(SIZE);
  readonly #referenceTime = new Unwrapper(24);
  /** The number the next packet gets, extended. */
  #next: number;
  /** No packet before this one is in flight. */
  #open: number;

  sentPackets = 0;
  sentBytes = 0;
  ackedPackets = 0;
  /** Reported lost, less those a later feedback reported received after all. */
  lostPackets = 0;
  /** Never reported on, less those a late feedback spoke of after all: the feedback itself was lost. */
  unreportedPackets = 0;
  /** Feedback statuses about numbers never sent, or forgotten. */
  unknownStatuses = 0;
  /** Sent and neither reported nor forgotten. */
  bytesInFlight = 0;

  /** `firstSequenceNumber`: 16 bits. */
  constructor(firstSequenceNumber = 0) {
    this.#next = 0x1_0000 + (firstSequenceNumber & 0xffff);
    this.#open = this.#next;
  }

  /**
   * A packet of `size` bytes leaves now; `mediaSsrc` and `mediaSequenceNumber` as in the outcome's columns, as is
   * `probeClusterId`. Returns the 16-bit transport-wide number to stamp on it.
   */
  send(
    size: number,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
    probeClusterId = -1,
  ): number {
    const number = this.#next;
    const slot = number & (SIZE - 1);
    if (this.#states[slot] === IN_FLIGHT) this.#leaveOpen(slot);
    if (this.#open <= number - SIZE) this.#open = number - SIZE + 1;
    const stored = Math.min(size, 0xffff);
    this.#states[slot] = IN_FLIGHT;
    this.#sentUs[slot] = nowUs;
    this.#sizes[slot] = stored;
    this.#mediaSsrcs[slot] = mediaSsrc;
    this.#mediaSequenceNumbers[slot] = mediaSequenceNumber;
    this.#probeClusterIds[slot] = probeClusterId;
    this.#next = number + 1;
    this.sentPackets += 1;
    this.sentBytes += stored;
    this.bytesInFlight += stored;
    return number & 0xffff;
  }

  /** Takes a feedback in. What it repeats of earlier ones is passed over; a loss may turn into an arrival, not back. */
  receive(feedback: TransportCcFeedback): Readonly<FeedbackOutcome> {
    const outcome = sharedOutcome;
    outcome.count = 0;
    outcome.ackedPackets = 0;
    outcome.lostPackets = 0;
    outcome.recoveredPackets = 0;
    outcome.ackedBytes = 0;
    outcome.lostBytes = 0;
    outcome.unreportedPackets = 0;
    outcome.unreportedBytes = 0;
    const last = this.#next - 1;
    const base = last + diff16(feedback.baseSequenceNumber, last & 0xffff);
    let newestSentUs = Number.NEGATIVE_INFINITY;
    let arrivedUs =
      this.#referenceTime.unwrap(feedback.referenceTime & 0xff_ffff) * REFERENCE_TIME_MICROSECONDS;
    for (let index = 0; index < feedback.count; index += 1) {
      const delta = feedback.deltas[index]!;
      const received = delta !== NOT_RECEIVED;
      if (received) arrivedUs += delta * DELTA_MICROSECONDS;
      const sentUs = this.#note(base + index, received ? arrivedUs : Number.NaN, outcome);
      if (received && sentUs > newestSentUs) newestSentUs = sentUs;
    }
    this.#giveUpBefore(newestSentUs - REORDERING_MARGIN_US, outcome);
    this.ackedPackets += outcome.ackedPackets;
    return outcome;
  }

  /** Takes one status in. Returns when the packet was sent; -Infinity: it is not known. */
  #note(number: number, arrivedUs: number, outcome: FeedbackOutcome): number {
    const slot = number & (SIZE - 1);
    const state = this.#states[slot]!;
    if (number >= this.#next || number < this.#next - SIZE || state === FREE) {
      this.unknownStatuses += 1;
      return Number.NEGATIVE_INFINITY;
    }
    const sentUs = this.#sentUs[slot]!;
    const lost = Number.isNaN(arrivedUs);
    if (state === ACKED || (state === LOST && lost)) return sentUs;
    const size = this.#sizes[slot]!;
    if (state === IN_FLIGHT) {
      this.bytesInFlight -= size;
    } else if (state === UNREPORTED) {
      this.unreportedPackets -= 1;
    } else {
      this.lostPackets -= 1;
      outcome.recoveredPackets += 1;
    }
    if (lost) {
      this.lostPackets += 1;
      outcome.lostPackets += 1;
      outcome.lostBytes += size;
    } else {
      outcome.ackedPackets += 1;
      outcome.ackedBytes += size;
    }
    this.#states[slot] = lost ? LOST : ACKED;
    const row = outcome.count;
    outcome.sentUs[row] = sentUs;
    outcome.arrivedUs[row] = arrivedUs;
    outcome.sizes[row] = size;
    outcome.mediaSsrcs[row] = this.#mediaSsrcs[slot]!;
    outcome.mediaSequenceNumbers[row] = this.#mediaSequenceNumbers[slot]!;
    outcome.probeClusterIds[row] = this.#probeClusterIds[slot]!;
    outcome.recovered[row] = state === LOST ? 1 : 0;
    outcome.count = row + 1;
    return sentUs;
  }

  /** What was sent before `sentUs` and is still in flight no feedback will speak of. Each packet is looked at once. */
  #giveUpBefore(sentUs: number, outcome: FeedbackOutcome): void {
    while (this.#open < this.#next) {
      const slot = this.#open & (SIZE - 1);
      if (this.#sentUs[slot]! >= sentUs) return;
      if (this.#states[slot] === IN_FLIGHT) {
        this.#leaveOpen(slot);
        outcome.unreportedPackets += 1;
        outcome.unreportedBytes += this.#sizes[slot]!;
      }
      this.#open += 1;
    }
  }

  #leaveOpen(slot: number): void {
    this.#states[slot] = UNREPORTED;
    this.unreportedPackets += 1;
    this.bytesInFlight -= this.#sizes[slot]!;
  }
}
