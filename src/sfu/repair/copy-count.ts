/** What a line does to packets, as far as it decides how often one is sent again. */
export interface LossConditions {
  /** Share of packets lost on the way to the subscriber, 0..1. */
  readonly lossFraction: number;
  /** Losses come in a row. */
  readonly inBursts: boolean;
  /** Each packet is protected by FEC already. */
  readonly hasFec: boolean;
  readonly rttUs: number;
}

/**
 * How many copies answer one word of a loss, the `round`-th (from 1) about that packet: fewer than two are wasted on a
 * line that loses little, and the later the round the less time is left for another. Below 2 % one.
 *
 * What each choice cost and brought: docs/decisions/0007-downlink-redundancy.md.
 */
export function copyCount(conditions: LossConditions, round: number): number {
  if (!(conditions.lossFraction >= 0.02)) return 1;
  return Math.min(MAX_COPIES, firstCount(conditions) + Math.min(round, MAX_COPIES) - 1);
}

function firstCount({ lossFraction, inBursts, hasFec, rttUs }: LossConditions): number {
  if (lossFraction < 0.07) return 1;
  if (rttUs > LONG_RTT_US) return 3;
  if (hasFec && lossFraction < 0.35) return inBursts ? 2 : 1;
  return lossFraction < 0.25 && !inBursts ? 2 : 3;
}

/** Round trips longer than this leave no time for a second round. */
const LONG_RTT_US = 100_000;
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
