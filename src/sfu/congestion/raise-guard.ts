/** After it was lowered a picture stays below what it was for so long at least. */
const FIRST_WAIT_US = 1_000_000;
const MAX_WAIT_US = 30_000_000;
/** Lowered this soon after it was raised, the raise was a mistake: the next one waits twice as long. */
const MISTAKE_US = 10_000_000;
/** Without a mistake for so long, all is forgiven. */
const FORGET_US = 60_000_000;
/** An estimate so many times the one that misled is another story. */
const FAR_MORE = 2.5;
/** Measured anew the same layer may come out so much cheaper. */
const ALIKE = 0.9;

/** Keeps the picture of one subscription from going up and down: who had to be lowered again is raised ever later. */
export class RaiseGuard {
  #waitUs = FIRST_WAIT_US;
  #raisedUs = Number.NEGATIVE_INFINITY;
  #raisedAt = 0;
  #loweredUs = Number.NEGATIVE_INFINITY;
  #loweredFrom = Number.POSITIVE_INFINITY;
  #misledBy = 0;

  /** The bit/s that a picture must not reach at `nowUs` with this estimate; Infinity: it may have any. */
  ceiling(estimate: number, nowUs: number): number {
    if (nowUs - this.#loweredUs >= this.#waitUs || estimate > this.#misledBy * FAR_MORE) {
      return Number.POSITIVE_INFINITY;
    }
    return this.#loweredFrom * ALIKE;
  }

  /** This estimate, bit/s, allowed more. */
  raised(estimate: number, nowUs: number): void {
    this.#raisedUs = nowUs;
    this.#raisedAt = estimate;
  }

  /** The bandwidth, or loss, called for less than the `bitsPerSecond` it had; the estimate is now this. */
  lowered(bitsPerSecond: number, estimate: number, nowUs: number): void {
    // Step by step on the way down it is still the same fall.
    const falling = nowUs - this.#loweredUs < FIRST_WAIT_US;
    const mistake = !falling && nowUs - this.#raisedUs < MISTAKE_US;
    if (mistake) this.#waitUs = Math.min(MAX_WAIT_US, this.#waitUs * 2);
    else if (nowUs - this.#loweredUs > FORGET_US) this.#waitUs = FIRST_WAIT_US;
    this.#loweredFrom = falling ? Math.max(this.#loweredFrom, bitsPerSecond) : bitsPerSecond;
    if (!falling) this.#misledBy = mistake ? Math.max(this.#raisedAt, estimate) : estimate;
    this.#loweredUs = nowUs;
  }
}
