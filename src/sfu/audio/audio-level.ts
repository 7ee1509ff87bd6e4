/**
 * Client-to-mixer audio level, RFC 6464 §3: one byte of a header extension element.
 *
 *    +-+-+-+-+-+-+-+-+
 *    |V|    level    |
 *    +-+-+-+-+-+-+-+-+
 *
 * V: the sender's voice detector heard speech. Level: -dBov, 0 (loudest) to 127 (silence).
 */
export const SILENCE_LEVEL = 127;

/** The level of the element's first byte, -dBov, 0..127. */
export function audioLevelOf(byte: number): number {
  return byte & 0x7f;
}

/** Whether the element's first byte says that speech was heard. */
export function voiceActivityOf(byte: number): boolean {
  return (byte & 0x80) !== 0;
}

/** Rises and falls with these time constants: quick enough for a meter, slow enough not to flicker. Our choice. */
const RISE_US = 40_000;
const FALL_US = 200_000;
/** No packet for this long is silence: libopus sends one every 400 ms under DTX. */
const SILENT_AFTER_US = 500_000;

/** A producer's level, smoothed over time for showing. Levels are -dBov, 0..127, as on the wire. */
export class AudioLevel {
  #level = SILENCE_LEVEL;
  #lastUs = Number.NaN;

  /** Takes a packet's level in. */
  receive(level: number, nowUs: number): void {
    if (Number.isNaN(this.#lastUs)) {
      this.#level = level;
    } else {
      const timeConstantUs = level < this.#level ? RISE_US : FALL_US;
      const weight = 1 - Math.exp(-Math.max(0, nowUs - this.#lastUs) / timeConstantUs);
      this.#level += (level - this.#level) * weight;
    }
    this.#lastUs = nowUs;
  }

  /** The smoothed level now, -dBov, 0..127; silence when no packet came for half a second. */
  at(nowUs: number): number {
    return nowUs - this.#lastUs < SILENT_AFTER_US ? this.#level : SILENCE_LEVEL;
  }
}
