/** The sender is asked for this part of the media it offers; less where retransmissions blur the picture … */
const CUT = 0.75;
const DEEP_CUT = 0.6;
const DEEP_CUT_LOSS = 0.4;
/** … for this long in all; what comes in the first part, besides a round trip, is not counted. */
const SETTLE_US = 250_000;
const MEASURE_US = 1_000_000;
/** A sender that gives less than this much of the cut did not obey, and nothing is learned. */
const OBEYED = 0.9;
/** Fewer packets prove nothing. */
const MIN_PACKETS = 20;
/** Variance of random loss over that of independent losses, as it comes in bursts. */
const DISPERSION = 3;
/** What passes a policer varies by this part, and this many packets, of its bucket and of edges of windows. */
const POLICER_SPREAD = 0.06;
const POLICER_SPREAD_PACKETS = 2;
/** Where a policer should have let all pass by this much, all but a few packets did. */
const AMPLE = 1.1;

/**
 * Tells loss that takes its part of whatever is sent (radio) from loss that takes what is over a rate (a policer or a
 * very short queue, where no delay grows): the sender is asked to send a quarter less for a second. If the same part
 * is lost it is random; if loss falls as a rate limit would have it fall, it is congestion.
 */
export class RateTest {
  /** What the sender is asked to keep to while the test lasts, bit/s. */
  readonly capBitsPerSecond: number;
  readonly #startUs: number;
  readonly #lossBefore: number;
  readonly #offeredBefore: number;
  #expected = 0;
  #received = 0;
  #bits = 0;
  #measuredUs = 0;

  /**
   * `lossBefore` 0..1 of `offeredBefore` bit/s that the sender offered before, `mediaShare` of it (0..1) no
   * retransmissions; all measured over about a second.
   */
  constructor(lossBefore: number, offeredBefore: number, mediaShare: number, nowUs: number) {
    this.#lossBefore = Math.min(0.95, Math.max(0.01, lossBefore));
    this.#offeredBefore = offeredBefore;
    this.#startUs = nowUs;
    this.capBitsPerSecond = offeredBefore * mediaShare * (lossBefore > DEEP_CUT_LOSS ? DEEP_CUT : CUT);
  }

  /**
   * What went on in one window that ends at `nowUs`; a result ends the test: how much likelier (natural logarithm) a
   * policer makes what came than random loss does; 0 if nothing is learned, as the sender did not heed.
   */
  window(
    expected: number,
    received: number,
    offeredBits: number,
    durationUs: number,
    rttUs: number,
    nowUs: number,
  ): number | undefined {
    if (nowUs - durationUs < this.#startUs + SETTLE_US + rttUs) return undefined;
    this.#expected += expected;
    this.#received += received;
    this.#bits += offeredBits;
    this.#measuredUs += durationUs;
    if (this.#measuredUs < MEASURE_US) return undefined;
    const offered = (this.#bits * 1e6) / this.#measuredUs;
    if (this.#expected < MIN_PACKETS || offered > this.#offeredBefore * OBEYED) return 0;
    const sent = this.#expected;
    const atRandom = sent * (1 - this.#lossBefore);
    const passes = (atRandom * this.#offeredBefore) / offered;
    const policed = Math.min(sent, passes);
    const randomSpread = Math.sqrt(atRandom * this.#lossBefore * DISPERSION) + 1;
    const policedSpread = (passes > sent * AMPLE ? 0 : policed * POLICER_SPREAD) + POLICER_SPREAD_PACKETS;
    return (
      logDensity(this.#received, policed, policedSpread) - logDensity(this.#received, atRandom, randomSpread)
    );
  }
}

/** Of the normal distribution, but for a constant. */
function logDensity(value: number, mean: number, spread: number): number {
  return -Math.log(spread) - ((value - mean) / spread) ** 2 / 2;
}
