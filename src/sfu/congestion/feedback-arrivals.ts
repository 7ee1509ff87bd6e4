import type { FeedbackOutcome } from './send-history.ts';

/** As many rows as an outcome may have. */
const SIZE = 8192;

/**
 * The rows of an outcome that arrived, in order of arrival (an outcome is in order of sending). Nearly sorted already, so
 * by insertion; a packet is acknowledged once, so that even a hostile order costs no more than its packets did.
 */
export class FeedbackArrivals {
  readonly #rows = new Uint16Array(SIZE);

  /** Returns how many rows there are. Borrows nothing. */
  sort(outcome: Readonly<FeedbackOutcome>): number {
    const { arrivedUs } = outcome;
    const rows = this.#rows;
    let count = 0;
    for (let row = 0; row < outcome.count; row += 1) {
      const at = arrivedUs[row]!;
      if (Number.isNaN(at)) continue;
      let place = count;
      while (place > 0 && arrivedUs[rows[place - 1]!]! > at) {
        rows[place] = rows[place - 1]!;
        place -= 1;
      }
      rows[place] = row;
      count += 1;
    }
    return count;
  }

  /** Row of the `index`th packet to arrive. */
  row(index: number): number {
    return this.#rows[index]!;
  }
}
