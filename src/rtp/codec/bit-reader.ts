/**
 * Reads bits from high to low out of a borrowed buffer. Reading past the end gives zeros and sets `overrun`, which
 * parsers look at once when they are done: no throw, no check per field. Reusable: `reset` starts anew.
 */
export class BitReader {
  /** True once more bits were asked for than there were. */
  overrun = false;
  #buffer: Buffer;
  #bit = 0;
  #end = 0;

  constructor(buffer: Buffer, offset = 0, length = buffer.length - offset) {
    this.#buffer = buffer;
    this.reset(buffer, offset, length);
  }

  reset(buffer: Buffer, offset: number, length: number): void {
    this.#buffer = buffer;
    this.#bit = offset * 8;
    this.#end = Math.min(offset + length, buffer.length) * 8;
    this.overrun = false;
  }

  /** Bits from the start of the buffer to the next one read. */
  get position(): number {
    return this.#bit;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** An unsigned number of 0..32 bits. */
  bits(count: number): number {
    if (this.#bit + count > this.#end) {
      this.overrun = true;
      this.#bit = this.#end;
      return 0;
    }
    let value = 0;
    let left = count;
    while (left > 0) {
      const inByte = 8 - (this.#bit & 7);
      const take = Math.min(inByte, left);
      const byte = this.#buffer[this.#bit >> 3]!;
      value = value * 2 ** take + ((byte >> (inByte - take)) & ((1 << take) - 1));
      this.#bit += take;
      left -= take;
    }
    return value;
  }

  skip(count: number): void {
    this.#bit += count;
    if (this.#bit > this.#end) {
      this.overrun = true;
      this.#bit = this.#end;
    }
  }

  /** Unsigned Exp-Golomb, ue(v). @see ITU-T H.264 §9.1. Codes longer than 63 bits count as overrun. */
  unsignedGolomb(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (this.overrun || zeros > 31) {
        this.overrun = true;
        return 0;
      }
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Signed Exp-Golomb, se(v). @see ITU-T H.264 §9.1.1. */
  signedGolomb(): number {
    const code = this.unsignedGolomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  /** Non-symmetric unsigned number in 0..n-1, ns(n), n at least 1. @see AV1 RTP specification §A.8.2. */
  nonSymmetric(n: number): number {
    const width = 32 - Math.clz32(n);
    const short = (1 << width) - n;
    const value = this.bits(width - 1);
    if (value < short) return value;
    return value * 2 - short + this.bits(1);
  }
}
