/**
 * Gives a counter with left-out values (sequence numbers, VP8 picture ids) a new numbering without them, and remembers
 * what each recent value became, so that what comes late or again gets the very number that was kept for it.
 *
 * Input values are extended ones (never wrapping). Output wraps at `bits`. Values passed over on the way up count as
 * lost, not left out: their numbers stay reserved and the receiver sees the gap.
 */
export class Renumbering {
  readonly #slots: Int32Array;
  readonly #capacity: number;
  readonly #outputMask: number;
  #first = 0;
  #highest = -1;
  #next = 0;

  /** `capacity`: how many values back are remembered, a power of two. `bits`: 1..30. */
  constructor(capacity: number, bits: number) {
    if ((capacity & (capacity - 1)) !== 0) throw new TypeError('capacity must be a power of two');
    this.#slots = new Int32Array(capacity).fill(-1);
    this.#capacity = capacity;
    this.#outputMask = (1 << bits) - 1;
  }

  /** Forgets everything; `input` is the first value to come and becomes `output` if it is kept. */
  start(input: number, output: number): void {
    this.#slots.fill(-1);
    this.#first = input;
    this.#highest = input - 1;
    this.#next = output & this.#outputMask;
  }

  /** The highest value placed. */
  get highest(): number {
    return this.#highest;
  }

  /** The number that the next kept value gets. */
  get next(): number {
    return this.#next;
  }

  /**
   * Places a value above `highest` and returns its number, or -1 if it is left out. `leaveOutGap`: what was passed over
   * is known to be left out too. Work is bounded by the capacity, however far `input` is.
   */
  place(input: number, keep: boolean, leaveOutGap: boolean): number {
    const capacityMask = this.#capacity - 1;
    let gap = input - this.#highest - 1;
    if (gap > this.#capacity) {
      if (!leaveOutGap) this.#next = (this.#next + (gap - this.#capacity)) & this.#outputMask;
      gap = this.#capacity;
    }
    for (let value = input - gap; value < input; value += 1) {
      this.#slots[value & capacityMask] = leaveOutGap ? -1 : this.#take();
    }
    const output = keep ? this.#take() : -1;
    this.#slots[input & capacityMask] = output;
    this.#highest = input;
    return output;
  }

  /** The number of a value placed or passed over before; -1: left out, before the first, or too long ago. */
  of(input: number): number {
    if (input < this.#first || input > this.#highest || this.#highest - input >= this.#capacity) return -1;
    return this.#slots[input & (this.#capacity - 1)]!;
  }

  #take(): number {
    const output = this.#next;
    this.#next = (output + 1) & this.#outputMask;
    return output;
  }
}
