/** The least one-way delay is sought in so many spans of so long. */
const SPANS = 6;
const SPAN_US = 5_000_000;

/**
 * How long packets wait in the network's queues: the one-way delay above the least of the last half minute. Of each
 * feedback the quickest packet counts, so that jitter is not taken for a queue. The clocks of the two sides need not
 * agree; their drift (1 ms in half a minute at most) does not matter.
 */
export class QueueDelay {
  readonly #least = new Float64Array(SPANS).fill(Number.POSITIVE_INFINITY);
  #span = 0;
  #spanUs = Number.NaN;
  /** µs; 0 while nothing is known. */
  us = 0;

  /** The quickest packet of a feedback took `oneWayUs` (of two clocks: only differences mean something). */
  update(oneWayUs: number, nowUs: number): void {
    if (Number.isNaN(this.#spanUs)) this.#spanUs = nowUs;
    if (nowUs - this.#spanUs >= SPAN_US) {
      this.#spanUs = nowUs;
      this.#span = (this.#span + 1) % SPANS;
      this.#least[this.#span] = Number.POSITIVE_INFINITY;
    }
    if (oneWayUs < this.#least[this.#span]!) this.#least[this.#span] = oneWayUs;
    let least = Number.POSITIVE_INFINITY;
    for (const value of this.#least) if (value < least) least = value;
    this.us = oneWayUs - least;
  }

  /** The receiver's clock was set. */
  reset(): void {
    this.#least.fill(Number.POSITIVE_INFINITY);
    this.us = 0;
  }
}
