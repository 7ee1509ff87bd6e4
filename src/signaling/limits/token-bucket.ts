/** How often something may happen: `perSecond` on average, `burst` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The token-bucket meter of RFC 2697, in one number: how much is left, filled up as time goes by. */
export class TokenBucket {
  readonly #rate: Rate;
  #left: number;
  #filledUs: number;

  constructor(rate: Rate, nowUs: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#filledUs = nowUs;
  }

  /** Takes `cost`, or the whole burst if that is less; false when so much is not left. */
  take(nowUs: number, cost = 1): boolean {
    this.#fill(nowUs);
    const taken = Math.min(cost, this.#rate.burst);
    if (this.#left < taken) return false;
    this.#left -= taken;
    return true;
  }

  /** Whether it is as if it had never been used. */
  isFull(nowUs: number): boolean {
    this.#fill(nowUs);
    return this.#left >= this.#rate.burst;
  }

  #fill(nowUs: number): void {
    const seconds = Math.max(0, nowUs - this.#filledUs) / 1e6;
    this.#left = Math.min(this.#rate.burst, this.#left + seconds * this.#rate.perSecond);
    this.#filledUs = Math.max(this.#filledUs, nowUs);
  }
}
