/** A rate is a window's bytes; the first window is longer, as nothing is known yet. */
const FIRST_WINDOW_US = 500_000;
const WINDOW_US = 150_000;
/** How much a sample that differs is distrusted, and how much the rate is thought to change in a window. kbit/s. */
const UNCERTAINTY = 10;
const INITIAL_VARIANCE = 50;
const PROCESS_VARIANCE = 5;
const FAST_CHANGE_VARIANCE = 200;

/**
 * The rate at which packets arrive, by the receiver's clock: windows of 150 ms, joined by Bayes' rule, so that one odd
 * window does not move it much and a lasting change does.
 * @see draft-ietf-rmcat-gcc-02 §5.5 (R_hat); libwebrtc goog_cc/bitrate_estimator.cc, acknowledged_bitrate_estimator.cc
 */
export class AcknowledgedBitrateEstimator {
  #windowUs = 0;
  #bytes = 0;
  #previousUs = Number.NaN;
  #kilobits: number | undefined;
  #variance = INITIAL_VARIANCE;
  #latestKilobits = 0;
  #lastSampleKilobits = 0;

  /** bit/s; undefined before the first half second. */
  get bitsPerSecond(): number | undefined {
    return this.#kilobits === undefined ? undefined : this.#kilobits * 1000;
  }

  /** Of the last two windows alone, bit/s: quicker and rougher. */
  get latestBitsPerSecond(): number | undefined {
    return this.#kilobits === undefined ? undefined : this.#latestKilobits * 1000;
  }

  /** The rate is about to change, as sending was held back until now. */
  expectFastChange(): void {
    this.#variance += FAST_CHANGE_VARIANCE;
  }

  /** The receiver's clock was set: what was measured holds, the times do not. */
  restart(): void {
    this.#previousUs = Number.NaN;
    this.#windowUs = 0;
    this.#bytes = 0;
  }

  /** `bytes` arrived, in order of arrival; a time before the last one counts as that. */
  add(bytes: number, arrivedUs: number): void {
    const length = this.#kilobits === undefined ? FIRST_WINDOW_US : WINDOW_US;
    if (!Number.isNaN(this.#previousUs)) {
      const elapsedUs = Math.max(0, arrivedUs - this.#previousUs);
      this.#windowUs += elapsedUs;
      if (elapsedUs > length) {
        // A pause says nothing of the path.
        this.#bytes = 0;
        this.#windowUs %= length;
      }
    }
    this.#previousUs = Number.isNaN(this.#previousUs) ? arrivedUs : Math.max(arrivedUs, this.#previousUs);
    if (this.#windowUs >= length) {
      this.#sample((this.#bytes * 8) / (length / 1000));
      this.#windowUs -= length;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
  }

  #sample(kilobits: number): void {
    const estimate = this.#kilobits;
    this.#latestKilobits = estimate === undefined ? kilobits : (this.#lastSampleKilobits + kilobits) / 2;
    this.#lastSampleKilobits = kilobits;
    if (estimate === undefined) {
      this.#kilobits = kilobits;
      return;
    }
    const uncertainty = (UNCERTAINTY * Math.abs(estimate - kilobits)) / Math.max(estimate, 1);
    const sampleVariance = uncertainty * uncertainty;
    const predicted = this.#variance + PROCESS_VARIANCE;
    this.#kilobits = (sampleVariance * estimate + predicted * kilobits) / (sampleVariance + predicted);
    this.#variance = (sampleVariance * predicted) / (sampleVariance + predicted);
  }
}
