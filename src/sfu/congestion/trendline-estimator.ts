/** Groups a line is laid through. */
const WINDOW = 20;
/** Weight of what was in the smoothed delay. */
const SMOOTHING = 0.9;

/**
 * How fast the one-way delay grows: the slope of a line through the last 20 groups' smoothed, accumulated delay
 * variations over their arrival times. It takes the place of the draft's Kalman filter.
 * @see draft-ietf-rmcat-gcc-02 §5.3; libwebrtc goog_cc/trendline_estimator.cc
 */
export class TrendlineEstimator {
  readonly #arrivedMs = new Float64Array(WINDOW);
  readonly #delaysMs = new Float64Array(WINDOW);
  #count = 0;
  #clockMs = 0;
  #accumulatedMs = 0;
  #smoothedMs = 0;
  #trend = 0;

  /** Groups measured so far. */
  get count(): number {
    return this.#count;
  }

  /** ms of delay gained per ms; positive: a queue grows. 0 until 20 groups are measured. */
  get trend(): number {
    return this.#trend;
  }

  /** Two groups left `sendDeltaUs` apart and arrived `arrivalDeltaUs` apart. */
  update(sendDeltaUs: number, arrivalDeltaUs: number): void {
    this.#accumulatedMs += (arrivalDeltaUs - sendDeltaUs) / 1000;
    this.#smoothedMs = SMOOTHING * this.#smoothedMs + (1 - SMOOTHING) * this.#accumulatedMs;
    this.#clockMs += arrivalDeltaUs / 1000;
    const slot = this.#count % WINDOW;
    this.#arrivedMs[slot] = this.#clockMs;
    this.#delaysMs[slot] = this.#smoothedMs;
    this.#count += 1;
    if (this.#count >= WINDOW) this.#trend = this.#slope();
  }

  /** Least squares; the old trend where all groups arrived at once. */
  #slope(): number {
    let sumX = 0;
    let sumY = 0;
    let sumXX = 0;
    let sumXY = 0;
    for (let index = 0; index < WINDOW; index += 1) {
      // From the newest on, so that the squares are of differences and not of hours.
      const x = this.#arrivedMs[index]! - this.#clockMs;
      const y = this.#delaysMs[index]! - this.#smoothedMs;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumXY += x * y;
    }
    const spread = WINDOW * sumXX - sumX * sumX;
    return spread > 0 ? (WINDOW * sumXY - sumX * sumY) / spread : this.#trend;
  }
}
