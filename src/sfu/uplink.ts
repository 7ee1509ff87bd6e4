/**
 * One peer's way in: what was lost and what that means, and what follows from it for feedback. Composes the leaves that
 * know; rtcp-sender.ts says it to the peer. docs/rtcp.md tells the whole.
 */
import type { ExtensionReader } from '../rtp/extension-reader.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import { LOSS_FLOOR, LossClassifier } from './congestion/loss-classifier.ts';
import { QueueDelay } from './congestion/queue-delay.ts';
import { ReceiverEstimate } from './congestion/receiver-estimate.ts';
import { SendClock } from './congestion/send-clock.ts';
import type { TransportFeedbackGenerator } from './congestion/transport-feedback-generator.ts';

const WINDOW_US = 250_000;
/** Feedback goes out this often with loss, and without. */
const LOSSY_FEEDBACK_US = 40_000;
const FEEDBACK_US = 50_000;
/** Loss from which an arrival is told of twice more instead of once: then 97 of 100 are told of at 30 % on the way back. */
const REPEAT_TWICE = 0.2;
/** A gap larger than this in one window was no loss but an outage, or another numbering. */
const MAX_EXPECTED = 2000;
/** Packets that wait so long in the mean are on a narrow line, or jitter; with loss from this on, every answer counts. */
const NARROW_QUEUE_US = 8_000;
const HIGH_LOSS = 0.15;
/** Of a window in the mean delay. */
const MEAN_WEIGHT = 0.25;
const DEFAULT_RTT_US = 100_000;

/** Packets sent by a peer as its streams' own numbers tell, and those that came; totals. */
export interface ReceivedTotals {
  readonly expected: number;
  readonly received: number;
}

export class Uplink {
  /** Round-trip time to the peer as it really is; undefined before it was measured. */
  rttUs: number | undefined;
  /** How long queues and jitter hold packets up, in the mean of the last second or so, µs. */
  meanQueueUs = 0;

  readonly #feedback: TransportFeedbackGenerator;
  #queueDelay = new QueueDelay();
  readonly #classifier = new LossClassifier();
  readonly #clock = new SendClock();
  #estimate: ReceiverEstimate | undefined;
  #leastDelayUs = Number.POSITIVE_INFINITY;
  #delaySumUs = 0;
  #delayCount = 0;
  #beganUs = Number.NaN;
  #bytes = 0;
  #expected = 0;
  #mediaExpected = 0;
  #received = 0;
  #origin = 0;
  #isLossy = false;

  constructor(feedback: TransportFeedbackGenerator) {
    this.#feedback = feedback;
    feedback.omitsLost = true;
  }

  /** A packet of any kind came; `extensions` were read from it. */
  receive(packet: RtpPacket, extensions: ExtensionReader, nowUs: number): void {
    if (extensions.transportSequenceNumber >= 0) {
      this.#feedback.record(extensions.transportSequenceNumber, nowUs);
    }
    if (Number.isNaN(this.#beganUs)) this.#beganUs = nowUs;
    this.#bytes += packet.buffer.length;
    const at = extensions.absSendTimeOffset;
    if (at !== 0) this.#note(this.#clock.fromAbsSendTime(packet.buffer.readUIntBE(at, 3)), nowUs);
  }

  /** A packet that is no retransmission, of a stream with this clock. */
  receiveMedia(packet: RtpPacket, clockRate: number, nowUs: number): void {
    this.#note(this.#clock.fromTimestamp(packet.ssrc, packet.timestamp, clockRate), nowUs);
  }

  /** When the window that is open ends; Infinity: nothing came since the last one. */
  get nextTimeoutUs(): number {
    return Number.isNaN(this.#beganUs) ? Number.POSITIVE_INFINITY : this.#beganUs + WINDOW_US;
  }

  /**
   * Ends the window that is open, if it is time. `streams`: what the streams' own numbers tell of media
   * packets; transport-wide numbers tell of RTX and padding too. `rttUs` may be unknown.
   */
  handleTimeout(streams: ReceivedTotals, rttUs: number | undefined, nowUs: number): void {
    if (nowUs < this.nextTimeoutUs) return;
    const { expected, received } = this.hasTransportNumbers
      ? { expected: this.#feedback.expected, received: this.#feedback.recorded }
      : streams;
    const mediaSent = Math.max(0, streams.expected - this.#mediaExpected);
    this.#mediaExpected = streams.expected;
    const sent = Math.min(MAX_EXPECTED, Math.max(0, expected - this.#expected));
    const came = Math.max(0, received - this.#received);
    const durationUs = nowUs - this.#beganUs;
    const queueDelayUs = this.#closeDelays(nowUs);
    this.#classifier.window(
      sent,
      came,
      this.#bytes,
      mediaSent,
      durationUs,
      queueDelayUs,
      rttUs ?? DEFAULT_RTT_US,
      nowUs,
    );
    const delivered = (this.#bytes * 8e6) / durationUs;
    const offered = came > 0 ? (delivered * Math.max(sent, came)) / came : 0;
    this.#estimate?.window(offered, delivered, durationUs, queueDelayUs, this.isCongested(nowUs), nowUs);
    this.#expected = expected;
    this.#received = received;
    this.#bytes = 0;
    this.#beganUs = Number.NaN;
    this.rttUs = rttUs;
    this.#applyTo(nowUs);
  }

  /** Whether the peer stamps transport-wide numbers. */
  get hasTransportNumbers(): boolean {
    return this.#feedback.recorded > 0;
  }

  /** What was lost of all that was sent in the last two seconds, 0..1. */
  get lossFraction(): number {
    return this.#classifier.lossFraction;
  }

  /** There is loss worth doing something about; ends later than it begins. */
  get isLossy(): boolean {
    return this.#isLossy;
  }

  /** How long the queues on the way in hold a packet up now, µs. */
  get queueDelayUs(): number {
    return this.#queueDelay.us;
  }

  /** Loss is told to the peer as what it is. */
  isCongested(nowUs: number): boolean {
    return this.#classifier.isCongested(nowUs);
  }

  /**
   * Loss is congestion, or may be shown to be: then sending more than once makes it worse. Or the line is narrow, and the
   * picture has the time to wait for one answer: what comes twice would be taken from it.
   */
  restrainsRepair(nowUs: number): boolean {
    const isNarrow = this.meanQueueUs > NARROW_QUEUE_US && this.lossFraction < HIGH_LOSS;
    return isNarrow || this.capBitsPerSecond !== undefined || this.isCongested(nowUs);
  }

  /** What the sender is asked to keep to just now to learn what its loss means; undefined: nothing. */
  get capBitsPerSecond(): number | undefined {
    return this.#classifier.capBitsPerSecond;
  }

  /** What a sender without transport-wide numbers may send; from the first call on it is estimated. */
  get estimateBitsPerSecond(): number {
    this.#estimate ??= new ReceiverEstimate();
    return this.#estimate.bitsPerSecond;
  }

  /** Of a window the quickest packet counts: jitter and reordering move single packets, a queue moves all of them. */
  #note(sentUs: number, nowUs: number): void {
    if (Number.isNaN(sentUs)) return;
    if (this.#origin !== this.#clock.origin) {
      this.#origin = this.#clock.origin;
      this.#queueDelay = new QueueDelay();
      this.#leastDelayUs = Number.POSITIVE_INFINITY;
      this.#delaySumUs = 0;
      this.#delayCount = 0;
    }
    if (nowUs - sentUs < this.#leastDelayUs) this.#leastDelayUs = nowUs - sentUs;
    this.#delaySumUs += nowUs - sentUs;
    this.#delayCount += 1;
  }

  #closeDelays(nowUs: number): number | undefined {
    if (this.#leastDelayUs === Number.POSITIVE_INFINITY) return undefined;
    this.#queueDelay.update(this.#leastDelayUs, nowUs);
    const meanUs = this.#delaySumUs / this.#delayCount - this.#leastDelayUs + this.#queueDelay.us;
    this.meanQueueUs += (meanUs - this.meanQueueUs) * MEAN_WEIGHT;
    this.#leastDelayUs = Number.POSITIVE_INFINITY;
    this.#delaySumUs = 0;
    this.#delayCount = 0;
    return this.#queueDelay.us;
  }

  #applyTo(nowUs: number): void {
    const loss = this.lossFraction;
    if (loss > LOSS_FLOOR) this.#isLossy = true;
    else if (loss < LOSS_FLOOR / 2) this.#isLossy = false;
    const feedback = this.#feedback;
    feedback.omitsLost = !this.isCongested(nowUs);
    feedback.intervalUs = this.#isLossy ? LOSSY_FEEDBACK_US : FEEDBACK_US;
    feedback.repeats = this.#isLossy ? (loss > REPEAT_TWICE ? 2 : 1) : 0;
  }
}
