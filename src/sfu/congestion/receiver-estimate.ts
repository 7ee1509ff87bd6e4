/** As libwebrtc's aimd_rate_control.cc: down to this part of what comes, when a queue builds. */
const DECREASE = 0.85;
/** Up by this much a second while none does. */
const INCREASE_PER_SECOND = 1.08;
/** Never more than this above what is sent, or the sender could leap into the unknown. */
const HEADROOM = 1.5;
const HEADROOM_BITS_PER_SECOND = 10_000;
const MIN_BITS_PER_SECOND = 50_000;
const START_BITS_PER_SECOND = 300_000;
const MAX_BITS_PER_SECOND = 20_000_000;
/** A queue of this much is overuse. */
const OVERUSE_US = 40_000;
/** Not lowered again sooner than this: what was said takes effect first. */
const HOLD_US = 300_000;

/**
 * What a sender without transport-wide feedback may send: the receive side's estimate, sent as REMB. Up slowly while no
 * queue builds, down to below what arrives when one does or when loss is congestion; random loss is hidden from it, but
 * it never runs far ahead of what is really sent.
 * @see draft-ietf-rmcat-gcc-02 §4.4, §5.5; draft-alvestrand-rmcat-remb-03
 */
export class ReceiverEstimate {
  #bitsPerSecond = START_BITS_PER_SECOND;
  #loweredUs = Number.NEGATIVE_INFINITY;

  get bitsPerSecond(): number {
    return Math.round(this.#bitsPerSecond);
  }

  /**
   * What went on in one window: bit/s offered and delivered, the queueing delay in µs (undefined: unknown), and
   * whether loss is congestion.
   */
  window(
    offered: number,
    delivered: number,
    durationUs: number,
    queueDelayUs: number | undefined,
    isCongested: boolean,
    nowUs: number,
  ): void {
    const isOverused = (queueDelayUs ?? 0) > OVERUSE_US || isCongested;
    if (isOverused) {
      if (nowUs - this.#loweredUs < HOLD_US) return;
      this.#loweredUs = nowUs;
      this.#set(Math.min(this.#bitsPerSecond, delivered * DECREASE));
      return;
    }
    const grown = this.#bitsPerSecond * INCREASE_PER_SECOND ** (durationUs / 1e6);
    const bound = Math.max(START_BITS_PER_SECOND, offered * HEADROOM + HEADROOM_BITS_PER_SECOND);
    if (grown <= bound) this.#set(grown);
  }

  #set(bitsPerSecond: number): void {
    this.#bitsPerSecond = Math.max(MIN_BITS_PER_SECOND, Math.min(MAX_BITS_PER_SECOND, bitsPerSecond));
  }
}
