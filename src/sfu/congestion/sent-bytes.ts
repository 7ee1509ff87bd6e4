/** Packets remembered, a power of two: two seconds at 2,000 packets/s. */
const SIZE = 4096;

/**
 * What left, by time: how many bytes were sent in any span of the last 4,096 packets. The ground truth against which
 * everything a subscriber claims is bounded. Allocates nothing after construction.
 */
export class SentBytes {
  readonly #sentUs = new Float64Array(SIZE);
  /** All bytes sent up to and with the packet. */
  readonly #totals = new Float64Array(SIZE);
  #count = 0;
  #total = 0;
  /** When the last packet left; -Infinity: none has. */
  newestUs = Number.NEGATIVE_INFINITY;

  /** A packet of `size` bytes leaves. A time before the last packet's counts as that packet's. */
  add(size: number, nowUs: number): void {
    const slot = this.#count & (SIZE - 1);
    this.#total += size;
    if (nowUs > this.newestUs) this.newestUs = nowUs;
    this.#sentUs[slot] = this.newestUs;
    this.#totals[slot] = this.#total;
    this.#count += 1;
  }

  /** Bytes of packets sent after `fromUs`, up to and with `toUs`; of what is remembered. */
  between(fromUs: number, toUs: number): number {
    return Math.max(0, this.#totalAt(toUs) - this.#totalAt(fromUs));
  }

  /** Mean rate in bit/s over a span; 0 for an empty one. */
  bitsPerSecond(fromUs: number, toUs: number): number {
    return toUs > fromUs ? (this.between(fromUs, toUs) * 8e6) / (toUs - fromUs) : 0;
  }

  /** Bytes sent up to and with `atUs`, by binary search. */
  #totalAt(atUs: number): number {
    let low = Math.max(0, this.#count - SIZE);
    let high = this.#count;
    const oldest = low;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#sentUs[middle & (SIZE - 1)]! <= atUs) low = middle + 1;
      else high = middle;
    }
    // What was sent before the oldest packet remembered is not told apart from it.
    if (low === oldest) return this.#count === 0 || oldest === 0 ? 0 : this.#totals[oldest & (SIZE - 1)]!;
    return this.#totals[(low - 1) & (SIZE - 1)]!;
  }
}
