import { add16 } from '../../base/serial-number.ts';

/** Runs that the mean looks back on. */
const WEIGHT = 1 / 16;
/** Times the length that chance gives. */
const LONG = 2;

/** How many packets of one stream are lost in a row, on average. */
export class LossRuns {
  #last = -1;
  #run = 0;
  #mean = 1;

  /** 1: each loss stands alone. */
  get mean(): number {
    return this.#mean;
  }

  /** Whether runs are longer than chance makes them at this loss (0..1): 1 / (1 - loss) packets. */
  areLong(lossFraction: number): boolean {
    return this.mean * (1 - lossFraction) > LONG;
  }

  /** The packet was lost. To be told in rising order; copies do not count. */
  lost(sequenceNumber: number): void {
    if (sequenceNumber === this.#last) return;
    if (this.#run > 0 && sequenceNumber !== add16(this.#last, 1)) this.#end();
    this.#run = Math.min(this.#run + 1, 64);
    this.#last = sequenceNumber;
  }

  #end(): void {
    this.#mean += (this.#run - this.#mean) * WEIGHT;
    this.#run = 0;
  }
}
