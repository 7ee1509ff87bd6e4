/**
 * How long to wait before the next attempt to connect: at once, then quickly, then patiently. The first attempts
 * are fast because most breaks are a phone changing networks; the jitter spreads the people of a restarted server.
 */
const STEPS_MS: readonly number[] = [0, 300, 1000, 2000, 4000, 8000];
const LONGEST_MS = 10_000;

/** Share of the step that is left to chance, both ways. */
const JITTER = 0.25;

/**
 * @param attempt 0 for the first attempt after a break.
 * @param random 0 <= random < 1.
 * @returns milliseconds, 0..12500.
 */
export function backoffMs(attempt: number, random: number): number {
  const step = STEPS_MS[attempt] ?? LONGEST_MS;
  return Math.round(step * (1 + JITTER * (2 * random - 1)));
}
