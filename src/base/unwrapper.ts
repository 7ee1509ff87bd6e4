import { diffBits } from './serial-number.ts';

/**
 * Turns a wrapping counter of 2..32 bits into a monotone-extended integer (a safe integer, may go below zero
 * when early values arrive reordered). Each value is placed at the distance nearest to the last one placed.
 * @see RFC 3711 §3.3.1 for the same idea with a rollover counter.
 */
export class Unwrapper {
  readonly #bits: number;
  #last: number | undefined;

  constructor(bits: number) {
    if (!Number.isInteger(bits) || bits < 2 || bits > 32) throw new TypeError('bits must be 2..32');
    this.#bits = bits;
  }

  /** The extended value of `value`, which becomes the new reference. */
  unwrap(value: number): number {
    const extended = this.peek(value);
    this.#last = extended;
    return extended;
  }

  /** The extended value of `value`, leaving the reference where it is. */
  peek(value: number): number {
    const last = this.#last;
    if (last === undefined) return value;
    const span = this.#bits === 32 ? 0x1_0000_0000 : 1 << this.#bits;
    const lastRaw = ((last % span) + span) % span;
    const distance = this.#bits === 32 ? (value - lastRaw) | 0 : diffBits(value, lastRaw, this.#bits);
    return last + distance;
  }

  /** The last extended value, or undefined before the first. */
  get last(): number | undefined {
    return this.#last;
  }

  reset(): void {
    this.#last = undefined;
  }
}
