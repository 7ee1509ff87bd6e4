/** A rate is over so long at least. */
const MIN_SPAN_US = 500_000;

/**
 * The rate of a counter between the times somebody asks for it: it costs the packet path nothing but the counting. For
 * statistics; whoever decides by a rate takes a `RateMeter`.
 */
export class CountedRate {
  #markUs = Number.NaN;
  #mark = 0;
  #bitsPerSecond = 0;

  /** Whole bit/s since it was last asked for, half a second or longer ago; asked sooner, what it said then. First 0. */
  bitsPerSecond(countedBytes: number, nowUs: number): number {
    const spanUs = nowUs - this.#markUs;
    if (spanUs < MIN_SPAN_US) return this.#bitsPerSecond;
    if (!Number.isNaN(spanUs)) this.#bitsPerSecond = Math.round(((countedBytes - this.#mark) * 8e6) / spanUs);
    this.#markUs = nowUs;
    this.#mark = countedBytes;
    return this.#bitsPerSecond;
  }
}
