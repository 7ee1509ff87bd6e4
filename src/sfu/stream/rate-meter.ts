const BUCKETS = 20;

/**
 * Bits and packets per second over a sliding window, in twenty buckets: constant memory, constant time per packet.
 * Before a window has passed since the first packet, the time since then counts (at least one bucket), so that a new
 * stream does not read as a slow one.
 */
export class RateMeter {
  readonly #bucketUs: number;
  readonly #bytes = new Float64Array(BUCKETS);
  readonly #packets = new Float64Array(BUCKETS);
  #firstUs = Number.NaN;
  /** Number of the bucket written last, counted from time zero. */
  #current = 0;
  #totalBytes = 0;
  #totalPackets = 0;

  /** `windowUs`: default one second. */
  constructor(windowUs = 1_000_000) {
    if (!(windowUs >= BUCKETS)) throw new TypeError(`windowUs must be at least ${BUCKETS}`);
    this.#bucketUs = windowUs / BUCKETS;
  }

  /** Counts one packet of `bytes`. A time before the last one counts as the last one. */
  add(bytes: number, nowUs: number): void {
    if (Number.isNaN(this.#firstUs)) {
      this.#firstUs = nowUs;
      this.#current = Math.floor(nowUs / this.#bucketUs);
    } else {
      this.#advance(nowUs);
    }
    const slot = this.#current % BUCKETS;
    this.#bytes[slot]! += bytes;
    this.#packets[slot]! += 1;
    this.#totalBytes += bytes;
    this.#totalPackets += 1;
  }

  bitsPerSecond(nowUs: number): number {
    this.#advance(nowUs);
    return (this.#totalBytes * 8e6) / this.#spanUs(nowUs);
  }

  packetsPerSecond(nowUs: number): number {
    this.#advance(nowUs);
    return (this.#totalPackets * 1e6) / this.#spanUs(nowUs);
  }

  #spanUs(nowUs: number): number {
    if (Number.isNaN(this.#firstUs)) return BUCKETS * this.#bucketUs;
    // Of the current bucket only the part that has passed: the window ends now.
    const intoCurrentUs = Math.max(0, nowUs - this.#current * this.#bucketUs);
    const windowUs = (BUCKETS - 1) * this.#bucketUs + Math.min(intoCurrentUs, this.#bucketUs);
    return Math.min(windowUs, Math.max(this.#bucketUs, nowUs - this.#firstUs));
  }

  #advance(nowUs: number): void {
    const target = Math.floor(nowUs / this.#bucketUs);
    const steps = Math.min(BUCKETS, target - this.#current);
    for (let step = 0; step < steps; step += 1) {
      const slot = (target - step) % BUCKETS;
      this.#totalBytes -= this.#bytes[slot]!;
      this.#totalPackets -= this.#packets[slot]!;
      this.#bytes[slot] = 0;
      this.#packets[slot] = 0;
    }
    if (target > this.#current) this.#current = target;
  }
}
