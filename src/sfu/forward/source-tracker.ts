/** Packets back from the newest that can still be placed; a jump beyond it, either way, is no loss but a break. */
export const SEQUENCE_WINDOW = 2048;
/** After so long a silence a step backwards is a break as well: the true distance may have been 2^16 packets more. */
const SILENCE_US = 10_000_000;

/** Neither near the newest packet nor confirmed by a neighbour: to be dropped. */
export const STRAY = 0;
/** Next, ahead, late or again. */
export const IN_SEQUENCE = 1;
/** The first packet of a source that began anew, or after an outage too long to bridge. */
export const RESTARTED = 2;
export type Standing = typeof STRAY | typeof IN_SEQUENCE | typeof RESTARTED;

/**
 * Watches the extended sequence numbers of each encoding for breaks: a publisher that restarted with random numbers on
 * the same SSRC, or an outage of more packets than the 16 bits can tell. One stray packet far back does not count as a
 * break, two in a row do (RFC 3550 §A.1).
 */
export class SourceTracker {
  readonly #highest: Float64Array;
  readonly #awaited: Float64Array;
  readonly #lastUs: Float64Array;

  constructor(encodings: number) {
    this.#highest = new Float64Array(encodings).fill(Number.NaN);
    this.#awaited = new Float64Array(encodings).fill(Number.NaN);
    this.#lastUs = new Float64Array(encodings);
  }

  place(encoding: number, sequence: number, nowUs: number): Standing {
    const highest = this.#highest[encoding]!;
    const silentUs = nowUs - this.#lastUs[encoding]!;
    this.#lastUs[encoding] = nowUs;
    if (Number.isNaN(highest)) {
      this.#highest[encoding] = sequence;
      return IN_SEQUENCE;
    }
    const ahead = sequence - highest;
    if (ahead > 0 && ahead < SEQUENCE_WINDOW) {
      this.#highest[encoding] = sequence;
      return IN_SEQUENCE;
    }
    if (ahead <= 0 && ahead > -SEQUENCE_WINDOW && silentUs < SILENCE_US) return IN_SEQUENCE;
    const confirmed = ahead > 0 || silentUs >= SILENCE_US || sequence === this.#awaited[encoding];
    this.#awaited[encoding] = sequence + 1;
    if (!confirmed) return STRAY;
    this.#highest[encoding] = sequence;
    return RESTARTED;
  }

  /** The highest number seen, or NaN before the first packet. */
  highest(encoding: number): number {
    return this.#highest[encoding]!;
  }

  /** The next packet of this encoding is the first, whatever its number. */
  forget(encoding: number): void {
    this.#highest[encoding] = Number.NaN;
    this.#awaited[encoding] = Number.NaN;
  }
}
