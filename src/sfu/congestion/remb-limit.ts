/** A limit may at most double in a second: a forged one must not open the gate at once. */
const GROWTH = 2;

/**
 * The receiver's own estimate (REMB), for subscribers that give no transport-wide feedback. What it says is bounded by
 * the least and the greatest rate, and cannot leap up, so that neither 0 nor 2^60 does harm.
 * @see draft-alvestrand-rmcat-remb-03
 */
export class RembLimit {
  readonly #start: number;
  readonly #min: number;
  readonly #max: number;
  #updatedUs = Number.NaN;
  /** bit/s; undefined: none came yet. */
  bitsPerSecond: number | undefined;

  constructor(startBitsPerSecond: number, minBitsPerSecond: number, maxBitsPerSecond: number) {
    this.#start = startBitsPerSecond;
    this.#min = minBitsPerSecond;
    this.#max = maxBitsPerSecond;
  }

  /** A REMB said `bitsPerSecond`; anything but a number is ignored. */
  update(bitsPerSecond: number, nowUs: number): void {
    if (!(bitsPerSecond >= 0)) return;
    const elapsedUs = Number.isNaN(this.#updatedUs) ? 0 : Math.min(Math.max(nowUs - this.#updatedUs, 0), 1e6);
    const from = this.bitsPerSecond ?? this.#start;
    const most = Math.max(from * GROWTH ** (elapsedUs / 1e6), from);
    const bounded = Math.min(Math.max(bitsPerSecond, this.#min), this.#max, most);
    this.bitsPerSecond = Math.max(bounded, this.#min);
    this.#updatedUs = nowUs;
  }
}
