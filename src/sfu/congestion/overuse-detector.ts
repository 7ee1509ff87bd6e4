/** What the delay says of the path. */
export type BandwidthUsage = 'normal' | 'overuse' | 'underuse';

/** The trend is scaled by the groups it rests on, at most so many, and by this gain. */
const MAX_GROUPS = 60;
const GAIN = 4;
const INITIAL_THRESHOLD_MS = 12.5;
/** The threshold follows the trend up slowly and down slower, so that a flow of TCP beside ours does not starve us. */
const THRESHOLD_UP = 0.0087;
const THRESHOLD_DOWN = 0.039;
const MIN_THRESHOLD_MS = 6;
const MAX_THRESHOLD_MS = 600;
/** A trend that far above the threshold is a sudden drop of capacity, not something to get used to. */
const MAX_ADAPT_MS = 15;
const MAX_STEP_MS = 100;
/** The trend must stay above the threshold so long, and not be falling. */
const OVERUSE_MS = 10;

/**
 * Compares the delay's trend with a threshold that adapts to the path.
 * @see draft-ietf-rmcat-gcc-02 §5.4; libwebrtc goog_cc/trendline_estimator.cc (Detect, UpdateThreshold)
 */
export class OveruseDetector {
  #thresholdMs = INITIAL_THRESHOLD_MS;
  #overMs = -1;
  #overCount = 0;
  #previousTrend = 0;
  #state: BandwidthUsage = 'normal';

  get state(): BandwidthUsage {
    return this.#state;
  }

  /** ms; for tests and statistics. */
  get thresholdMs(): number {
    return this.#thresholdMs;
  }

  /** A new `trend` that rests on `groups` groups, `sendDeltaUs` of sending after the last. */
  update(trend: number, groups: number, sendDeltaUs: number): BandwidthUsage {
    if (groups < 2) return this.#state;
    const deltaMs = sendDeltaUs / 1000;
    const scaled = Math.min(groups, MAX_GROUPS) * trend * GAIN;
    if (scaled > this.#thresholdMs) {
      // The first time it may have been above for any part of the span.
      this.#overMs = this.#overMs < 0 ? deltaMs / 2 : this.#overMs + deltaMs;
      this.#overCount += 1;
      if (this.#overMs > OVERUSE_MS && this.#overCount > 1 && trend >= this.#previousTrend) {
        this.#overMs = 0;
        this.#overCount = 0;
        this.#state = 'overuse';
      }
    } else {
      this.#overMs = -1;
      this.#overCount = 0;
      this.#state = scaled < -this.#thresholdMs ? 'underuse' : 'normal';
    }
    this.#previousTrend = trend;
    this.#adapt(Math.abs(scaled), deltaMs);
    return this.#state;
  }

  #adapt(scaledMs: number, deltaMs: number): void {
    const distance = scaledMs - this.#thresholdMs;
    if (distance > MAX_ADAPT_MS) return;
    const gain = distance < 0 ? THRESHOLD_DOWN : THRESHOLD_UP;
    const next = this.#thresholdMs + gain * distance * Math.min(deltaMs, MAX_STEP_MS);
    this.#thresholdMs = Math.min(Math.max(next, MIN_THRESHOLD_MS), MAX_THRESHOLD_MS);
  }
}
