/** Layers of each sort: three bits in every payload descriptor. */
const LAYERS = 8;
const CELLS = LAYERS * LAYERS;
const BUCKETS = 10;
const BUCKET_US = 100_000;

/**
 * What each layer of one encoding costs, over the last second: bytes by spatial and temporal layer in ten buckets.
 * Constant memory, and constant time per packet but for one cleared bucket every 100 ms.
 */
export class LayerRates {
  readonly #bytes = new Float64Array(BUCKETS * CELLS);
  /** Of all buckets, by layer. */
  readonly #totals = new Float64Array(CELLS);
  #current = Number.NEGATIVE_INFINITY;
  #firstUs = Number.NaN;

  /** Counts a packet of `bytes` of these layers, 0..7 each. */
  add(spatialLayer: number, temporalLayer: number, bytes: number, nowUs: number): void {
    if (Number.isNaN(this.#firstUs)) this.#firstUs = nowUs;
    this.#advance(nowUs);
    const cell = (spatialLayer & 7) * LAYERS + (temporalLayer & 7);
    this.#bytes[(this.#current % BUCKETS) * CELLS + cell]! += bytes;
    this.#totals[cell]! += bytes;
  }

  /** Bit/s of all layers up to these; 0 before anything came. */
  bitsPerSecond(spatialLayer: number, temporalLayer: number, nowUs: number): number {
    if (Number.isNaN(this.#firstUs)) return 0;
    this.#advance(nowUs);
    let bytes = 0;
    for (let spatial = 0; spatial <= spatialLayer; spatial += 1)
      for (let temporal = 0; temporal <= temporalLayer; temporal += 1)
        bytes += this.#totals[spatial * LAYERS + temporal]!;
    const intoBucketUs = Math.min(BUCKET_US, Math.max(0, nowUs - this.#current * BUCKET_US));
    const spanUs = Math.min((BUCKETS - 1) * BUCKET_US + intoBucketUs, nowUs - this.#firstUs);
    return (bytes * 8e6) / Math.max(BUCKET_US, spanUs);
  }

  #advance(nowUs: number): void {
    const target = Math.floor(nowUs / BUCKET_US);
    if (target <= this.#current) return;
    const from = Math.max(this.#current + 1, target - BUCKETS + 1);
    for (let bucket = from; bucket <= target; bucket += 1) {
      const first = (bucket % BUCKETS) * CELLS;
      for (let cell = 0; cell < CELLS; cell += 1) this.#totals[cell]! -= this.#bytes[first + cell]!;
      this.#bytes.fill(0, first, first + CELLS);
    }
    this.#current = target;
  }
}
