/** Writes bits from high to low; the counterpart of BitReader. */
export class BitWriter {
  readonly #bits: number[] = [];

  bits(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit -= 1) this.#bits.push(Math.floor(value / 2 ** bit) % 2);
    return this;
  }

  nonSymmetric(value: number, n: number): this {
    const width = 32 - Math.clz32(n);
    const short = 2 ** width - n;
    return value < short ? this.bits(value, width - 1) : this.bits(value + short, width);
  }

  unsignedGolomb(value: number): this {
    const length = Math.floor(Math.log2(value + 1));
    return this.bits(0, length).bits(value + 1, length + 1);
  }

  /** Filled up with zero bits. */
  finish(): Buffer {
    const bytes = Buffer.alloc(Math.ceil(this.#bits.length / 8));
    for (const [index, bit] of this.#bits.entries()) bytes[index >> 3]! |= bit << (7 - (index & 7));
    return bytes;
  }
}
