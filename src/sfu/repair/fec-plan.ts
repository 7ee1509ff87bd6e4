/**
 * Which packets forward error correction protects: after every `every` media packets one FEC packet goes, the XOR of
 * those `distances` back from the newest. A sliding window with spread distances brings more back than blocks of the
 * same cost: at 30 % loss {0, 2, 5} after each packet leaves 2.5 % where sending each twice leaves 9.2 %
 * (test/simulation/flexfec.test.ts).
 */
export interface FecPlan {
  /** Media packets per FEC packet. */
  readonly every: number;
  /** Rising, from 0. */
  readonly distances: readonly number[];
}

const WHOLE: FecPlan = { every: 1, distances: [0, 2, 5] };
const HALF: FecPlan = { every: 2, distances: [0, 1, 5] };
const QUARTER: FecPlan = { every: 4, distances: [0, 1, 2, 3] };

/** Round trips longer than this leave no time for a second repair. */
const LONG_RTT_US = 100_000;
/** Above this loss too many packets need a second repair even on a short way. */
const HIGH_LOSS = 0.2;

/** The plan for one subscription, undefined: none. Asking again is cheaper wherever there is time for it. */
export function fecPlan(lossFraction: number, rttUs: number | undefined): FecPlan | undefined {
  if (lossFraction >= HIGH_LOSS) return WHOLE;
  if (!(lossFraction >= 0.03) || rttUs === undefined || rttUs < LONG_RTT_US) return undefined;
  return lossFraction < 0.08 ? QUARTER : HALF;
}
