/** The server never sends more than eight times the media: seven bytes of redundancy for each of media. */
const CREDIT_PER_MEDIA_BYTE = 7;
/** What may be saved up of it: a third of a second of seven times 6 Mbit/s. */
const MAX_CREDIT_BYTES = 1_750_000;
/** How much of the estimate may be saved up, to be spent in one burst of loss. */
const MAX_SAVED_US = 300_000;
/** How far media above the estimate runs into debt. */
const MAX_DEBT_US = 500_000;
/** The part of the estimate that answers to NACKs may take when media has used it all up. */
const ANSWER_PART = 0.3;
/** What may be saved up for answers is never less than two packets, or a low estimate would refuse them all. */
const MIN_SAVED_ANSWERS = 3000;

/**
 * What may be sent to one subscriber besides media: copies, forward error correction, redundant audio, padding. Two
 * limits hold at once: media and redundancy fit into the estimate, and redundancy is never more than seven times the
 * media of all time. So whatever a subscriber reports or asks for, it cannot turn the server into an amplifier.
 */
export class RedundancyBudget {
  /** Bytes; undefined: nobody estimates. */
  #bytesPerUs: number | undefined;
  #saved = 0;
  #answers = 0;
  #savedUs = 0;
  #credit = 0;
  /** Bytes granted, and requests refused. */
  takenBytes = 0;
  refused = 0;

  /** The estimate, bit/s. */
  setTarget(bitsPerSecond: number | undefined, nowUs: number): void {
    this.#save(nowUs);
    this.#bytesPerUs = bitsPerSecond === undefined ? undefined : Math.max(0, bitsPerSecond) / 8e6;
  }

  /** Media left, or is about to. */
  mediaSent(bytes: number, nowUs: number): void {
    this.#credit = Math.min(MAX_CREDIT_BYTES, this.#credit + bytes * CREDIT_PER_MEDIA_BYTE);
    if (this.#bytesPerUs === undefined) return;
    this.#save(nowUs);
    this.#saved = Math.max(-this.#bytesPerUs * MAX_DEBT_US, this.#saved - bytes);
  }

  /** Whether `bytes` of redundancy may be sent; if so they are taken. */
  take(bytes: number, nowUs: number): boolean {
    this.#save(nowUs);
    if (this.#bytesPerUs !== undefined && this.#saved < bytes) return this.#refuse();
    return this.#grant(bytes);
  }

  /** Whether what a NACK asks for may be sent: it has a small part of the estimate for itself when nothing is left. */
  takeAnswer(bytes: number, nowUs: number): boolean {
    this.#save(nowUs);
    if (this.#bytesPerUs === undefined || this.#saved >= bytes) return this.#grant(bytes);
    if (this.#answers < bytes) return this.#refuse();
    if (!this.#grant(bytes)) return false;
    this.#answers -= bytes;
    return true;
  }

  /** What padding may take: probing goes beyond the estimate by its nature, but not beyond this. */
  get credit(): number {
    return this.#credit;
  }

  paddingSent(bytes: number): void {
    this.#credit -= bytes;
    this.#saved -= bytes;
    this.takenBytes += bytes;
  }

  #grant(bytes: number): boolean {
    if (this.#credit < bytes) return this.#refuse();
    this.#credit -= bytes;
    this.#saved -= bytes;
    this.takenBytes += bytes;
    return true;
  }

  #refuse(): false {
    this.refused += 1;
    return false;
  }

  #save(nowUs: number): void {
    const elapsedUs = nowUs - this.#savedUs;
    if (elapsedUs > 0) this.#savedUs = nowUs;
    if (this.#bytesPerUs === undefined) {
      this.#saved = 0;
      this.#answers = 0;
      return;
    }
    const gained = Math.min(Math.max(0, elapsedUs), MAX_SAVED_US + MAX_DEBT_US) * this.#bytesPerUs;
    const most = this.#bytesPerUs * MAX_SAVED_US;
    this.#saved = Math.max(-this.#bytesPerUs * MAX_DEBT_US, Math.min(most, this.#saved + gained));
    const mostAnswers = Math.max(MIN_SAVED_ANSWERS, most * ANSWER_PART);
    this.#answers = Math.min(mostAnswers, this.#answers + gained * ANSWER_PART);
  }
}
