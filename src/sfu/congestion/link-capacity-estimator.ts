/** Weight of a new sample: of the throughput at overuse, and of a probe's result. */
const OVERUSE_WEIGHT = 0.05;
const PROBE_WEIGHT = 0.5;
/** Variance over the mean, in kbit/s. */
const MIN_DEVIATION = 0.4;
const MAX_DEVIATION = 2.5;

/**
 * Remembers what throughput the link had whenever it was full, so that growth near it is careful.
 * @see draft-ietf-rmcat-gcc-02 §5.5; libwebrtc goog_cc/link_capacity_estimator.cc
 */
export class LinkCapacityEstimator {
  #kilobits: number | undefined;
  #deviation = MIN_DEVIATION;

  /** bit/s; undefined: not known. */
  get bitsPerSecond(): number | undefined {
    return this.#kilobits === undefined ? undefined : this.#kilobits * 1000;
  }

  /** Three standard deviations around; Infinity and 0 while it is not known. bit/s. */
  get upperBitsPerSecond(): number {
    if (this.#kilobits === undefined) return Number.POSITIVE_INFINITY;
    return (this.#kilobits + 3 * Math.sqrt(this.#deviation * this.#kilobits)) * 1000;
  }

  get lowerBitsPerSecond(): number {
    if (this.#kilobits === undefined) return 0;
    return Math.max(0, this.#kilobits - 3 * Math.sqrt(this.#deviation * this.#kilobits)) * 1000;
  }

  /** The link was full at this throughput, bit/s. */
  overused(bitsPerSecond: number): void {
    this.#update(bitsPerSecond / 1000, OVERUSE_WEIGHT);
  }

  /** A probe measured this, bit/s. */
  probed(bitsPerSecond: number): void {
    this.#update(bitsPerSecond / 1000, PROBE_WEIGHT);
  }

  /** The link is another one now. */
  reset(): void {
    this.#kilobits = undefined;
  }

  #update(sample: number, weight: number): void {
    this.#kilobits = this.#kilobits === undefined ? sample : (1 - weight) * this.#kilobits + weight * sample;
    const error = this.#kilobits - sample;
    const relative = (error * error) / Math.max(this.#kilobits, 1);
    const deviation = (1 - weight) * this.#deviation + weight * relative;
    this.#deviation = Math.min(Math.max(deviation, MIN_DEVIATION), MAX_DEVIATION);
  }
}
