/** What the window says about an index. */
export type ReplayVerdict = 'new' | 'replayed' | 'old';

/**
 * Remembers which of the last `size` packet indices were accepted. Ask `check` before authentication and `accept`
 * only after it, so that forged packets cannot move the window.
 *
 * The bitmap is circular: the bit of an index stays where it is (index mod size), nothing is ever shifted.
 * @see RFC 3711 §3.3.2
 */
export class ReplayWindow {
  readonly size: number;
  readonly #bits: Int32Array;
  #highest = -1;

  /** @param size a power of two, 32..32768 */
  constructor(size: number) {
    if (size < 32 || size > 32_768 || (size & (size - 1)) !== 0) {
      throw new TypeError('size must be a power of two in 32..32768');
    }
    this.size = size;
    this.#bits = new Int32Array(size >> 5);
  }

  /** The highest accepted index, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** @param index 0..2^48-1 */
  check(index: number): ReplayVerdict {
    if (index > this.#highest) return 'new';
    if (index <= this.#highest - this.size) return 'old';
    const slot = index & (this.size - 1);
    return (this.#bits[slot >> 5]! & (1 << (slot & 31))) === 0 ? 'new' : 'replayed';
  }

  /** Marks an index that `check` called new, moving the window up if it is the highest. */
  accept(index: number): void {
    const mask = this.size - 1;
    const advance = index - this.#highest;
    if (advance >= this.size) {
      this.#bits.fill(0);
    } else {
      for (let passed = 1; passed < advance; passed += 1) {
        const slot = (this.#highest + passed) & mask;
        this.#bits[slot >> 5] = this.#bits[slot >> 5]! & ~(1 << (slot & 31));
      }
    }
    if (advance > 0) this.#highest = index;
    const slot = index & mask;
    this.#bits[slot >> 5] = this.#bits[slot >> 5]! | (1 << (slot & 31));
  }
}
