/** Key frames one subscriber may ask for at once, and then per second: a picture that keeps breaking needs no more. */
const BURST = 5;
const PER_SECOND = 1;

/**
 * How many key frames one subscriber may ask a publisher for. Each costs every other subscriber picture quality, so a
 * broken or hostile one must not have them as often as the publisher can make them.
 */
export class KeyFrameBudget {
  #left = BURST;
  #atUs = 0;

  /** Whether one more may be asked for at `nowUs`; counts it if so. */
  take(nowUs: number): boolean {
    this.#left = Math.min(BURST, this.#left + (Math.max(0, nowUs - this.#atUs) * PER_SECOND) / 1e6);
    this.#atUs = nowUs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
