/**
 * How many copies answer one word of a loss, the `round`-th (from 1) about that packet: fewer than two are wasted on a
 * line that loses little, and the later the round the less time is left for another.
 *
 * Below 2 % one. Of the copies at 30 %, two in the first round bring 91 % of packets back and three in the second 97 %
 * of the rest; see docs/decisions/0007-downlink-redundancy.md for what each choice cost and brought.
 */
export function copyCount(lossFraction: number, round: number): number {
  if (!(lossFraction >= 0.02)) return 1;
  const first = lossFraction < 0.07 ? 1 : lossFraction < 0.38 ? 2 : 3;
  return Math.min(MAX_COPIES, first + Math.min(round, MAX_COPIES) - 1);
}

/** The most copies of one round. */
export const MAX_COPIES = 4;

/**
 * How many copies go with each packet of a key frame, unasked: nothing can be shown before it is whole, and it is many
 * packets. They follow so soon that no receiver takes the frame for late.
 */
export function keyFrameCopyCount(lossFraction: number): number {
  if (!(lossFraction >= 0.05)) return 0;
  return lossFraction < 0.4 ? 1 : 2;
}
