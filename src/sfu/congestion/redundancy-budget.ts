/** The server never sends more than eight times the media: seven bytes of redundancy for each of media. */
const CREDIT_PER_MEDIA_BYTE = 7;
/** What may be saved up of it: a third of a second of seven times 6 Mbit/s. */
const MAX_CREDIT_BYTES = 1_750_000;
/** How much of the estimate may be saved up, to be spent in one burst of loss. */
const MAX_SAVED_US = 300_000;
/** How far media above the estimate runs into debt. */
const MAX_DEBT_US = 500_000;
/** The part of the estimate that answers to NACKs may take when media has used it all up, where there is a queue. */
const ANSWER_PART = 0.3;
/** What may be saved up for answers is never less than two packets, or a low estimate would refuse them all. */
const MIN_SAVED_ANSWERS = 3000;
/** Where there is none: as much of the media as any code needs at the least, and this much more, but no more than all of it. */
const ANSWER_MARGIN = 1.25;
const MAX_ANSWERED_LOSS = 0.5;
/** Of what may be saved up, so much is kept for answers, and as much again for further copies: FEC gets what is left. */
const KEPT_PART = 0.25;

/**
 * What may be sent to one subscriber besides media: copies, forward error correction, redundant audio, padding. Two
 * limits hold at once: media and redundancy fit into the estimate, and redundancy is never more than seven times the
 * media of all time. So whatever a subscriber reports or asks for, it cannot turn the server into an amplifier.
 *
 * Answers to NACKs go before further copies, and these before what protects beforehand: a picture that waits for an
 * answer cannot be shown at all. On a way that loses packets without a queue, answers may go beyond the estimate by what
 * is lost: at the start of a call the estimate is a guess, and refusing them stops every picture.
 */
export class RedundancyBudget {
  /** Bytes; undefined: nobody estimates. */
  #bytesPerUs: number | undefined;
  #saved = 0;
  #answers = 0;
  #answerPart = ANSWER_PART;
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

  /** What the way loses, 0..1, and whether a queue is the reason. */
  setLoss(lossFraction: number, isCongested: boolean): void {
    this.#answerPart = ANSWER_PART;
    if (isCongested || !(lossFraction > 0)) return;
    const loss = Math.min(lossFraction, MAX_ANSWERED_LOSS);
    this.#answerPart = Math.max(ANSWER_PART, Math.min(1, (ANSWER_MARGIN * loss) / (1 - loss)));
  }

  /** Media left, or is about to. */
  mediaSent(bytes: number, nowUs: number): void {
    this.#credit = Math.min(MAX_CREDIT_BYTES, this.#credit + bytes * CREDIT_PER_MEDIA_BYTE);
    if (this.#bytesPerUs === undefined) return;
    this.#save(nowUs);
    this.#saved = Math.max(-this.#bytesPerUs * MAX_DEBT_US, this.#saved - bytes);
  }

  /** Whether `bytes` of redundancy may be sent that nobody asked for; if so they are taken. */
  take(bytes: number, nowUs: number): boolean {
    return this.#takeAbove(2 * KEPT_PART, bytes, nowUs);
  }

  /** Whether one more copy of an answer may be sent, to make sure that it comes. */
  takeCopy(bytes: number, nowUs: number): boolean {
    return this.#takeAbove(KEPT_PART, bytes, nowUs);
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

  #takeAbove(part: number, bytes: number, nowUs: number): boolean {
    this.#save(nowUs);
    const bytesPerUs = this.#bytesPerUs;
    if (bytesPerUs !== undefined && this.#saved - part * bytesPerUs * MAX_SAVED_US < bytes)
      return this.#refuse();
    return this.#grant(bytes);
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
    const mostAnswers = Math.max(MIN_SAVED_ANSWERS, most * this.#answerPart);
    this.#answers = Math.min(mostAnswers, this.#answers + gained * this.#answerPart);
  }
}
