/** Sending less than this part of the estimate builds up unused budget. */
const USAGE_RATIO = 0.65;
/** The budget is of half a second; it begins when so much of it is unused, and ends when so little is. */
const WINDOW_US = 500_000;
const START_LEVEL = 0.8;
const STOP_LEVEL = 0.5;
const STEP_US = 5_000;

/**
 * Tells whether the application limits what is sent, not the network ("application limited region"): then the path's
 * behaviour says nothing of what it could carry.
 * @see libwebrtc goog_cc/alr_detector.cc, pacing/interval_budget.cc
 */
export class AlrDetector {
  #bitsPerSecond: number;
  #unusedBytes = 0;
  /** Since `#updatedUs`. */
  #sentBytes = 0;
  #updatedUs = Number.NaN;
  /** Since when, µs; undefined: what is sent fills the estimate. */
  startedUs: number | undefined;
  /** When it last ended. */
  endedUs = Number.NEGATIVE_INFINITY;

  constructor(bitsPerSecond: number) {
    this.#bitsPerSecond = bitsPerSecond;
  }

  /** The estimate is now `bitsPerSecond`. */
  setEstimate(bitsPerSecond: number): void {
    this.#bitsPerSecond = bitsPerSecond;
    const limit = this.#limitBytes();
    this.#unusedBytes = Math.min(Math.max(this.#unusedBytes, -limit), limit);
  }

  /** `bytes` were sent. Looked at in steps: half a second's budget does not hang on a packet. */
  sent(bytes: number, nowUs: number): void {
    this.#sentBytes += bytes;
    if (!(nowUs - this.#updatedUs < STEP_US)) this.update(nowUs);
  }

  /** Takes what was sent by `nowUs` into account. */
  update(nowUs: number): void {
    const limit = this.#limitBytes();
    const elapsedUs = Number.isNaN(this.#updatedUs) ? 0 : Math.max(0, nowUs - this.#updatedUs);
    this.#updatedUs = Number.isNaN(this.#updatedUs) ? nowUs : Math.max(nowUs, this.#updatedUs);
    const earned = (Math.min(elapsedUs, 2 * WINDOW_US) * this.#bitsPerSecond * USAGE_RATIO) / 8e6;
    this.#unusedBytes = Math.max(Math.min(this.#unusedBytes + earned, limit) - this.#sentBytes, -limit);
    this.#sentBytes = 0;
    const level = limit === 0 ? 1 : this.#unusedBytes / limit;
    if (this.startedUs === undefined) {
      if (level > START_LEVEL) this.startedUs = nowUs;
    } else if (level < STOP_LEVEL) {
      this.startedUs = undefined;
      this.endedUs = nowUs;
    }
  }

  #limitBytes(): number {
    return (this.#bitsPerSecond * USAGE_RATIO * WINDOW_US) / 8e6;
  }
}
