import { LinkCapacityEstimator } from './link-capacity-estimator.ts';
import type { BandwidthUsage } from './overuse-detector.ts';

/** Part of the throughput that is kept when the link is full. */
const BACKOFF = 0.85;
/** Growth a second while the capacity is not known. */
const MULTIPLICATIVE = 1.08;
/** Near the capacity: one packet per response time, of a picture of this frame rate, and no less than this. */
const FRAMES_PER_SECOND = 30;
const PACKET_BITS = 1200 * 8;
const MIN_ADDITIVE_BITS_PER_SECOND = 4_000;
const DETECTION_MS = 100;
/** The estimate never grows beyond this much of what really got through. */
const THROUGHPUT_FACTOR = 1.5;
const THROUGHPUT_MARGIN = 10_000;
const DEFAULT_RTT_MS = 200;

/**
 * Turns what the delay says into a rate: down to 85 % of the throughput at overuse, up by 8 % a second where the
 * capacity is not known, and by about a packet per round trip near it.
 * @see draft-ietf-rmcat-gcc-02 §5.5; libwebrtc remote_bitrate_estimator/aimd_rate_control.cc
 */
export class AimdRateControl {
  readonly capacity = new LinkCapacityEstimator();
  readonly #min: number;
  readonly #max: number;
  #current: number;
  #increasing = false;
  #updatedUs = Number.NaN;
  #decreasedUs = Number.NEGATIVE_INFINITY;
  rttMs = DEFAULT_RTT_MS;

  constructor(startBitsPerSecond: number, minBitsPerSecond: number, maxBitsPerSecond: number) {
    this.#min = minBitsPerSecond;
    this.#max = maxBitsPerSecond;
    this.#current = startBitsPerSecond;
  }

  get bitsPerSecond(): number {
    return this.#current;
  }

  /** Something better is known, as by a probe. bit/s. */
  set(bitsPerSecond: number, nowUs: number): void {
    if (bitsPerSecond < this.#current) this.#decreasedUs = nowUs;
    this.#current = this.#bound(bitsPerSecond);
    this.#updatedUs = nowUs;
  }

  /** Whether the last decrease had its time to show in the delay. */
  mayDecrease(throughput: number | undefined, nowUs: number): boolean {
    const waitMs = Math.min(Math.max(this.rttMs, 10), 200);
    if (nowUs - this.#decreasedUs >= waitMs * 1000) return true;
    return throughput !== undefined && throughput < this.#current / 2;
  }

  /**
   * `throughput`: bit/s that get through, undefined while it is not known; `mayIncrease`: whether what is sent fills the
   * estimate, so that growth means something.
   */
  update(usage: BandwidthUsage, throughput: number | undefined, mayIncrease: boolean, nowUs: number): void {
    const elapsedMs = Number.isNaN(this.#updatedUs)
      ? 0
      : Math.min(Math.max(nowUs - this.#updatedUs, 0) / 1000, 1000);
    this.#updatedUs = nowUs;
    if (usage === 'underuse') {
      this.#increasing = false;
    } else if (usage === 'overuse') {
      this.#increasing = false;
      if (this.mayDecrease(throughput, nowUs)) this.#decrease(throughput, nowUs);
    } else if (this.#increasing) {
      if (mayIncrease) this.#increase(throughput, elapsedMs);
    } else {
      this.#increasing = true;
    }
  }

  #increase(throughput: number | undefined, elapsedMs: number): void {
    if (throughput === undefined) return;
    if (throughput > this.capacity.upperBitsPerSecond) this.capacity.reset();
    const limit = THROUGHPUT_FACTOR * throughput + THROUGHPUT_MARGIN;
    const grown =
      this.capacity.bitsPerSecond === undefined
        ? this.#current * MULTIPLICATIVE ** (elapsedMs / 1000)
        : this.#current + (this.#additiveBitsPerSecond() * elapsedMs) / 1000;
    if (grown <= limit) this.#current = this.#bound(grown);
    else if (this.#current < limit) this.#current = this.#bound(limit);
  }

  #decrease(throughput: number | undefined, nowUs: number): void {
    // Without a throughput: half, as nothing is known but that it is too much.
    let decreased = throughput === undefined ? this.#current / 2 : throughput * BACKOFF;
    const capacity = this.capacity.bitsPerSecond;
    if (decreased > this.#current && capacity !== undefined) decreased = capacity * BACKOFF;
    if (throughput !== undefined) {
      if (throughput < this.capacity.lowerBitsPerSecond) this.capacity.reset();
      this.capacity.overused(throughput);
    }
    if (decreased < this.#current) this.#current = this.#bound(decreased);
    this.#decreasedUs = nowUs;
  }

  /** bit/s a second. */
  #additiveBitsPerSecond(): number {
    const frameBits = this.#current / FRAMES_PER_SECOND;
    const packets = Math.max(1, Math.ceil(frameBits / PACKET_BITS));
    const perResponse = frameBits / packets / ((this.rttMs + DETECTION_MS) / 1000);
    return Math.max(MIN_ADDITIVE_BITS_PER_SECOND, perResponse);
  }

  #bound(bitsPerSecond: number): number {
    return Math.min(Math.max(bitsPerSecond, this.#min), this.#max);
  }
}
