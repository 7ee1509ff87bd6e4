/** No feedback for so long, though packets were sent: it is silent. A browser reports every 50 to 250 ms. */
const SILENCE_US = 1_500_000;
/** From then on the rate is lowered to this part, and again every step, but no lower than the least part. */
const STEP_US = 500_000;
const STEP_PART = 0.8;
const LEAST_PART = 0.2;
/** After a silence so long the path counts as another one, and the lowered rate is where to go on from. */
const LASTING_US = 5_000_000;

/**
 * Watches for feedback that no longer comes. Whoever sends on blindly might fill a queue that nobody can tell of; whoever
 * stops at once would never learn that only the way back was blocked.
 * @see libwebrtc goog_cc/send_side_bandwidth_estimation.cc (kFeedbackOrLossReportInterval, feedback timeout)
 */
export class FeedbackWatch {
  #heardUs = Number.NaN;
  /** The first packet sent since the last feedback. */
  #sentUs = Number.POSITIVE_INFINITY;
  #lowerUs = Number.POSITIVE_INFINITY;
  /** What to multiply the rate with, 0.2..1; and with what to go on after the silence that just ended. */
  factor = 1;
  lastingFactor = 1;

  get everHeard(): boolean {
    return !Number.isNaN(this.#heardUs);
  }

  get silent(): boolean {
    return this.factor < 1;
  }

  /** When `process` has something to do; Infinity: feedback is not missed. */
  get nextTimeoutUs(): number {
    return this.#lowerUs;
  }

  sent(nowUs: number): void {
    if (!this.everHeard || this.#sentUs !== Number.POSITIVE_INFINITY) return;
    this.#sentUs = nowUs;
    this.#lowerUs = nowUs + SILENCE_US;
  }

  /** Feedback came. Returns how long it was missed, µs; 0: it was not. */
  heard(nowUs: number): number {
    const missedUs = this.silent ? nowUs - this.#sentUs : 0;
    this.lastingFactor = missedUs > LASTING_US ? this.factor : 1;
    this.#heardUs = nowUs;
    this.#sentUs = Number.POSITIVE_INFINITY;
    this.#lowerUs = Number.POSITIVE_INFINITY;
    this.factor = 1;
    return missedUs;
  }

  process(nowUs: number): void {
    while (nowUs >= this.#lowerUs) {
      this.factor = Math.max(this.factor * STEP_PART, LEAST_PART);
      this.#lowerUs = this.factor <= LEAST_PART ? Number.POSITIVE_INFINITY : this.#lowerUs + STEP_US;
    }
  }
}
