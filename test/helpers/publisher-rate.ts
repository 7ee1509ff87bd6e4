/**
 * A publisher's rate as libwebrtc finds it, simplified: down with loss that feedback tells of, and when the least delay
 * of a quarter second grows; never above REMB. What is sent again comes out of the estimate, and is bounded by it.
 */
import {
  DELTA_MICROSECONDS,
  NOT_RECEIVED,
  type TransportCcFeedback,
} from '../../src/rtp/rtcp/transport-cc.ts';

export const RATE_INTERVAL_US = 250_000;
const PACKET_BITS = 8_800;
/** The estimate is higher than what the encoder may use, as it is after a start with a high bound. */
const MAX_ESTIMATE = 3_000_000;
const MIN_RATE = 30_000;

export class PublisherRate {
  /** Reported lost by feedback; told received, and how many of those never came. */
  reportedLost = 0;
  acknowledged = 0;
  falselyReceived = 0;
  remb = Number.POSITIVE_INFINITY;
  targetBitsPerSecond: number;
  nextUs = 0;

  readonly #maxBitsPerSecond: number;
  readonly #arrived = new Set<number>();
  readonly #sentUs = new Map<number, number>();
  readonly #resent: { bits: number; atUs: number }[] = [];
  #estimate: number;
  #windowLost = 0;
  #windowAcked = 0;
  #leastDelayUs = Number.POSITIVE_INFINITY;
  #windowDelayUs = Number.POSITIVE_INFINITY;
  #referenceUs = 0;
  #lastReference: number | undefined;

  constructor(startBitsPerSecond: number | undefined, maxBitsPerSecond: number | undefined) {
    this.#estimate = startBitsPerSecond ?? MAX_ESTIMATE;
    this.#maxBitsPerSecond = maxBitsPerSecond ?? 800_000;
    this.targetBitsPerSecond = Math.min(this.#estimate, this.#maxBitsPerSecond);
  }

  get pacingBitsPerSecond(): number {
    return Math.min(this.#estimate, this.remb) * 2.5;
  }

  /** A packet with this transport-wide number leaves, or comes to the other side. */
  sent(number: number, nowUs: number): void {
    this.#sentUs.set(number, nowUs);
    this.#arrived.delete(number);
  }

  arrived(number: number): void {
    this.#arrived.add(number);
  }

  /** As libwebrtc's retransmission_rate_limiter: no more than the estimate, over a second. */
  mayResend(bytes: number, nowUs: number): boolean {
    if (this.#resentBits(nowUs) + bytes * 8 > Math.min(this.#estimate, this.remb)) return false;
    this.#resent.push({ bits: bytes * 8, atUs: nowUs });
    return true;
  }

  /** As transport_feedback_adapter.cc: of reference times only differences count. */
  receive(feedback: TransportCcFeedback): void {
    const change = feedback.referenceTime - (this.#lastReference ?? feedback.referenceTime);
    this.#referenceUs += ((change << 8) >> 8) * 64_000;
    this.#lastReference = feedback.referenceTime;
    let atUs = this.#referenceUs;
    for (let index = 0; index < feedback.count; index += 1) {
      const number = (feedback.baseSequenceNumber + index) & 0xffff;
      const delta = feedback.deltas[index]!;
      if (delta === NOT_RECEIVED) {
        this.reportedLost += 1;
        this.#windowLost += 1;
        continue;
      }
      atUs += delta * DELTA_MICROSECONDS;
      const sentUs = this.#sentUs.get(number);
      if (sentUs === undefined) continue;
      this.#sentUs.delete(number);
      if (!this.#arrived.has(number)) this.falselyReceived += 1;
      this.acknowledged += 1;
      this.#windowAcked += 1;
      this.#windowDelayUs = Math.min(this.#windowDelayUs, atUs - sentUs);
    }
  }

  adapt(nowUs: number): void {
    const told = this.#windowLost + this.#windowAcked;
    const loss = told < 5 ? 0 : this.#windowLost / told;
    this.#leastDelayUs = Math.min(this.#leastDelayUs, this.#windowDelayUs);
    const queueUs = this.#windowAcked === 0 ? 0 : this.#windowDelayUs - this.#leastDelayUs;
    const acked = (this.#windowAcked * PACKET_BITS * 1e6) / RATE_INTERVAL_US;
    if (queueUs > 50_000) this.#estimate = Math.min(this.#estimate, acked * 0.85);
    else if (loss > 0.1) this.#estimate *= 1 - loss / 2;
    else if (loss < 0.02) this.#estimate *= 1.02;
    this.#estimate = Math.max(MIN_RATE, Math.min(MAX_ESTIMATE, this.#estimate));
    this.targetBitsPerSecond = this.#encoderTarget(nowUs);
    this.#windowLost = 0;
    this.#windowAcked = 0;
    this.#windowDelayUs = Number.POSITIVE_INFINITY;
    this.nextUs = nowUs + RATE_INTERVAL_US;
  }

  /** What is left of the estimate for media: retransmission takes up to half (fec_controller_default.cc). */
  #encoderTarget(nowUs: number): number {
    const resent = this.#resentBits(nowUs);
    const media = Math.max(0.5, 1 - resent / (resent + this.targetBitsPerSecond));
    const left = Math.min(this.#estimate, this.remb) * media;
    return Math.max(MIN_RATE, Math.min(this.#maxBitsPerSecond, left));
  }

  #resentBits(nowUs: number): number {
    while (this.#resent.length > 0 && this.#resent[0]!.atUs < nowUs - 1e6) this.#resent.shift();
    return this.#resent.reduce((total, { bits }) => total + bits, 0);
  }
}
