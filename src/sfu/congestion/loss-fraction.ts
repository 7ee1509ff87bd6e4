/** Time constant of the smoothing. */
const SECONDS = 1;

/**
 * Which part of the packets sent the network took, of those feedback spoke of, smoothed over about a second of sending.
 * Told packets and packets found after all; a packet nothing was reported about does not count.
 */
export class LossFraction {
  #packets = 0;
  #lost = 0;
  #updatedUs = Number.NaN;

  /** 0..1; 0 while nothing is known. */
  get fraction(): number {
    return this.#packets < 1e-9 ? 0 : Math.min(1, Math.max(0, this.#lost / this.#packets));
  }

  /** Of `packets` newly reported `lost` are missing, and `recovered`, once reported lost, arrived late. */
  update(packets: number, lost: number, recovered: number, nowUs: number): void {
    const elapsedUs = Number.isNaN(this.#updatedUs) ? 0 : Math.max(0, nowUs - this.#updatedUs);
    this.#updatedUs = nowUs;
    const kept = Math.exp(-elapsedUs / 1e6 / SECONDS);
    this.#packets = this.#packets * kept + packets;
    this.#lost = Math.max(0, this.#lost * kept + lost - recovered);
  }
}
