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
  #current = Number.NEGATIVE_INFINITY;
  #firstUs = Number.NaN;

  /** Counts a packet of `bytes` of these layers, 0..7 each. */
  add(spatialLayer: number, temporalLayer: number, bytes: number, nowUs: number): void {
    if (Number.isNaN(this.#firstUs)) this.#firstUs = nowUs;
    this.#advance(nowUs);
    const slot = this.#current % BUCKETS;
    this.#bytes[slot * CELLS + (spatialLayer & 7) * LAYERS + (temporalLayer & 7)]! += bytes;
  }

  /** Bit/s of all layers up to these; 0 before anything came. */
  bitsPerSecond(spatialLayer: number, temporalLayer: number, nowUs: number): number {
    if (Number.isNaN(this.#firstUs)) return 0;
    this.#advance(nowUs);
    let bytes = 0;
    for (let at = 0; at < BUCKETS * CELLS; at += LAYERS) {
      if ((at / LAYERS) % LAYERS > spatialLayer) continue;
      for (let temporal = 0; temporal <= temporalLayer; temporal += 1) bytes += this.#bytes[at + temporal]!;
    }
    const intoBucketUs = Math.min(BUCKET_US, Math.max(0, nowUs - this.#current * BUCKET_US));
    const spanUs = Math.min((BUCKETS - 1) * BUCKET_US + intoBucketUs, nowUs - this.#firstUs);
    return (bytes * 8e6) / Math.max(BUCKET_US, spanUs);
  }

  #advance(nowUs: number): void {
    const target = Math.floor(nowUs / BUCKET_US);
    if (target <= this.#current) return;
    const from = Math.max(this.#current + 1, target - BUCKETS + 1);
    for (let bucket = from; bucket <= target; bucket += 1) {
      const slot = bucket % BUCKETS;
      this.#bytes.fill(0, slot * CELLS, (slot + 1) * CELLS);
    }
    this.#current = target;
  }
}
