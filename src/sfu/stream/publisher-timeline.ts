/** Two windows of this length hold the shortest way seen; so it is at least this long remembered, and drift is followed. */
const WINDOW_US = 30_000_000;
/** How fast the mapping may move, µs per µs: 0.5 ms in a second, far below what lips betray. */
const MAX_SLEW = 0.0005;
/** A report later than this is not delayed by any network, nor one earlier than that: the publisher's clock was set. */
const STEP_LATE_US = 5_000_000;
const STEP_EARLY_US = 500_000;

/**
 * Maps one publisher's NTP clock to the server's, for all its streams alike, so that what left the publisher at one
 * time is reported to every subscriber as of one time. The difference is learned from sender reports as the smallest
 * seen (the one with the shortest way), and follows drift slowly: the error between two streams is what the mapping
 * moved between their reports, a few ms at most.
 */
export class PublisherTimeline {
  #offsetUs: number | undefined;
  #movedUs = 0;
  #windowStartUs = 0;
  #smallestUs = Number.POSITIVE_INFINITY;
  #smallestBeforeUs = Number.POSITIVE_INFINITY;

  /** Times the publisher's clock was seen to be set. */
  steps = 0;

  /** Takes a sender report's NTP time (µs since 1970, publisher's clock) that came at `nowUs` in. */
  receiveSenderReport(publisherUnixUs: number, nowUs: number): void {
    const sampleUs = nowUs - publisherUnixUs;
    if (this.#offsetUs === undefined) {
      this.#start(sampleUs, nowUs);
      return;
    }
    const laterUs = sampleUs - this.#offsetUs;
    if (laterUs > STEP_LATE_US || laterUs < -STEP_EARLY_US) {
      this.steps += 1;
      this.#start(sampleUs, nowUs);
      return;
    }
    if (nowUs - this.#windowStartUs > WINDOW_US) {
      this.#smallestBeforeUs = this.#smallestUs;
      this.#smallestUs = sampleUs;
      this.#windowStartUs = nowUs;
    } else {
      this.#smallestUs = Math.min(this.#smallestUs, sampleUs);
    }
    const targetUs = Math.min(this.#smallestUs, this.#smallestBeforeUs);
    const mostUs = Math.max(0, nowUs - this.#movedUs) * MAX_SLEW;
    this.#offsetUs += Math.max(-mostUs, Math.min(mostUs, targetUs - this.#offsetUs));
    this.#movedUs = nowUs;
  }

  /** The server's time (µs, monotonic) of a publisher's NTP time; undefined before the first sender report. */
  serverUs(publisherUnixUs: number): number | undefined {
    return this.#offsetUs === undefined ? undefined : publisherUnixUs + this.#offsetUs;
  }

  #start(sampleUs: number, nowUs: number): void {
    this.#offsetUs = sampleUs;
    this.#movedUs = nowUs;
    this.#windowStartUs = nowUs;
    this.#smallestUs = sampleUs;
    this.#smallestBeforeUs = Number.POSITIVE_INFINITY;
  }
}
