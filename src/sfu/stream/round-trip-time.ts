/** Reports remembered; more than a peer leaves unanswered at one report per second or less. */
const SIZE = 16;
/** Weight of a new measurement, RFC 6298 §2.3. */
const GAIN = 1 / 8;
/** A longer one is nonsense of the peer's, not a network. */
const MAX_RTT_US = 60_000_000;

/**
 * Round-trip time from a report of ours and the peer's echo of it: SR by LSR/DLSR (RFC 3550 §6.4.1), or RRTR by
 * LRR/DLRR (RFC 3611 §4.4, §4.5). Our reports are remembered with the time they went out, so the result rests on our
 * monotonic time and not on what NTP time we wrote into them.
 */
export class RoundTripTime {
  readonly #middles = new Float64Array(SIZE).fill(-1);
  readonly #sentUs = new Float64Array(SIZE);
  #next = 0;

  /** Smoothed, in µs; undefined before the first measurement. */
  smoothedUs: number | undefined;
  /** The last measurement, in µs. */
  lastUs: number | undefined;

  /** A report went out whose NTP time has these middle 32 bits. */
  sent(ntpMiddle32: number, nowUs: number): void {
    this.#middles[this.#next] = ntpMiddle32 >>> 0;
    this.#sentUs[this.#next] = nowUs;
    this.#next = (this.#next + 1) % SIZE;
  }

  /**
   * The peer echoed `lastReport` and held it for `delay` (1/65536 s) before. Returns the measurement in µs, or undefined
   * for an echo of nothing we remember, or an impossible delay.
   */
  echoed(lastReport: number, delay: number, nowUs: number): number | undefined {
    if (lastReport === 0) return undefined;
    const slot = this.#middles.lastIndexOf(lastReport >>> 0);
    if (slot < 0) return undefined;
    const rttUs = nowUs - this.#sentUs[slot]! - (delay * 1e6) / 65_536;
    // A delay of 1/65536 s too much is rounding on a very short way.
    if (rttUs < -1000 || rttUs > MAX_RTT_US) return undefined;
    const measuredUs = Math.max(1, rttUs);
    this.lastUs = measuredUs;
    this.smoothedUs =
      this.smoothedUs === undefined ? measuredUs : this.smoothedUs + (measuredUs - this.smoothedUs) * GAIN;
    return measuredUs;
  }
}
