import { diff16 } from '../../base/serial-number.ts';
import { Unwrapper } from '../../base/unwrapper.ts';
import {
  DELTA_MICROSECONDS,
  NOT_RECEIVED,
  REFERENCE_TIME_MICROSECONDS,
  type TransportCcFeedback,
} from '../../rtp/rtcp/transport-cc.ts';
import type { PacketKind } from './packet-kind.ts';

/** Packets remembered, a power of two: four seconds at 2,000 packets/s. */
const SIZE = 8192;

const FREE = 0;
const IN_FLIGHT = 1;
const ACKED = 2;
const LOST = 3;

/**
 * What one feedback told that was not known before, in sequence order; columns of one table, of which the first `count`
 * rows count. One object, reused: borrowed until the next feedback.
 */
export interface FeedbackOutcome {
  count: number;
  ackedPackets: number;
  lostPackets: number;
  ackedBytes: number;
  lostBytes: number;
  /** When each packet left, µs of our clock. */
  readonly sentUs: Float64Array;
  /** When each arrived, µs of the subscriber's clock (only differences mean something), NaN: reported lost. */
  readonly arrivedUs: Float64Array;
  readonly sizes: Uint16Array;
  readonly kinds: Uint8Array;
}

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
  readonly #kinds = new Uint8Array(SIZE);
  readonly #outcome: FeedbackOutcome = {
    count: 0,
    ackedPackets: 0,
    lostPackets: 0,
    ackedBytes: 0,
    lostBytes: 0,
    sentUs: new Float64Array(SIZE),
    arrivedUs: new Float64Array(SIZE),
    sizes: new Uint16Array(SIZE),
    kinds: new Uint8Array(SIZE),
  };
  readonly #referenceTime = new Unwrapper(24);
  /** The number the next packet gets, extended. */
  #next: number;

  sentPackets = 0;
  sentBytes = 0;
  ackedPackets = 0;
  /** Reported lost, less those a later feedback reported received after all. */
  lostPackets = 0;
  /** Never reported on before they were forgotten: the feedback itself was lost. */
  unreportedPackets = 0;
  /** Feedback statuses about numbers never sent, or forgotten. */
  unknownStatuses = 0;
  /** Sent and neither reported nor forgotten. */
  bytesInFlight = 0;

  /** `firstSequenceNumber`: 16 bits. */
  constructor(firstSequenceNumber = 0) {
    this.#next = 0x1_0000 + (firstSequenceNumber & 0xffff);
  }

  /** A packet of `size` bytes leaves now. Returns the 16-bit transport-wide number to stamp on it. */
  send(size: number, kind: PacketKind, nowUs: number): number {
    const number = this.#next;
    const slot = number & (SIZE - 1);
    if (this.#states[slot] === IN_FLIGHT) {
      this.unreportedPackets += 1;
      this.bytesInFlight -= this.#sizes[slot]!;
    }
    const stored = Math.min(size, 0xffff);
    this.#states[slot] = IN_FLIGHT;
    this.#sentUs[slot] = nowUs;
    this.#sizes[slot] = stored;
    this.#kinds[slot] = kind;
    this.#next = number + 1;
    this.sentPackets += 1;
    this.sentBytes += stored;
    this.bytesInFlight += stored;
    return number & 0xffff;
  }

  /** Takes a feedback in. What it repeats of earlier ones is passed over; a loss may turn into an arrival, not back. */
  receive(feedback: TransportCcFeedback): Readonly<FeedbackOutcome> {
    const outcome = this.#outcome;
    outcome.count = 0;
    outcome.ackedPackets = 0;
    outcome.lostPackets = 0;
    outcome.ackedBytes = 0;
    outcome.lostBytes = 0;
    const last = this.#next - 1;
    const base = last + diff16(feedback.baseSequenceNumber, last & 0xffff);
    let arrivedUs =
      this.#referenceTime.unwrap(feedback.referenceTime & 0xff_ffff) * REFERENCE_TIME_MICROSECONDS;
    for (let index = 0; index < feedback.count; index += 1) {
      const delta = feedback.deltas[index]!;
      const received = delta !== NOT_RECEIVED;
      if (received) arrivedUs += delta * DELTA_MICROSECONDS;
      this.#note(base + index, received ? arrivedUs : Number.NaN, outcome);
    }
    this.ackedPackets += outcome.ackedPackets;
    return outcome;
  }

  #note(number: number, arrivedUs: number, outcome: FeedbackOutcome): void {
    const slot = number & (SIZE - 1);
    const state = this.#states[slot]!;
    if (number >= this.#next || number < this.#next - SIZE || state === FREE) {
      this.unknownStatuses += 1;
      return;
    }
    const lost = Number.isNaN(arrivedUs);
    if (state === ACKED || (state === LOST && lost)) return;
    const size = this.#sizes[slot]!;
    if (state === IN_FLIGHT) this.bytesInFlight -= size;
    else this.lostPackets -= 1;
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
    outcome.sentUs[row] = this.#sentUs[slot]!;
    outcome.arrivedUs[row] = arrivedUs;
    outcome.sizes[row] = size;
    outcome.kinds[row] = this.#kinds[slot]!;
    outcome.count = row + 1;
  }
}
