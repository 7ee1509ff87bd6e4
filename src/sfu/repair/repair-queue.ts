import { diff16 } from '../../base/serial-number.ts';
import { copyCount, keyFrameCopyCount } from './copy-count.ts';

/** Packets under repair at once; more than that is not loss but an outage, which a key frame ends. */
const CAPACITY = 512;
/** Between two copies of one round: long enough to leave most bursts of loss, short against a round trip. */
const COPY_SPACING_US = 10_000;
/** libwebrtc asks for a packet, and waits for its picture, so long; nothing else ends its wait but a key frame. */
const GIVE_UP_US = 2_900_000;
/**
 * A picture stands, or is about to, for want of a packet so old: each copy of it counts as an answer, where so much is
 * lost that single answers would take too long. Where less is they do, and a narrow line has no room for more.
 */
const LATE_US = 200_000;
const LATE_LOSS = 0.2;
/**
 * A packet that only our books call lost, as its receiver has not seen the hole and so not asked, waits this long.
 * libwebrtc takes frames completed by what it never asked for as on time, and sets its clock by them
 * (modules/video_coding/timing, `delayed_by_retransmission`): its delay creeps up.
 */
const UNASKED_US = 450_000;
/**
 * One more copy goes this long after a round trip that told neither arrival nor loss. It is sooner than many an ack: a
 * feedback waits up to 50 ms, and waiting for it costs more pictures than the copies that it would save are worth.
 */
const SILENCE_US = 30_000;
/** Silence is met so often for one packet, and where much is lost; then only a word about it counts. */
const MAX_SILENCES = 1;
const MAX_SILENCES_HIGH = 3;
const HIGH_LOSS = 0.35;
/** Times that one packet is sent, the first included. */
const MAX_SENDINGS = 48;
/**
 * A repeated NACK may come a little sooner than an RTT after our copy and still be meant: clocks and paths jitter. This
 * part of the RTT, but no more than 10 ms, is forgiven.
 */
const EARLY_PART = 0.25;
const EARLY_MAX_US = 10_000;

/** What is refused, for want of budget, is tried again after this. */
const REFUSED_US = 5_000;

const NEVER = Number.POSITIVE_INFINITY;

export interface RepairQueueOptions {
  /** Copies in a second, and in one burst: what a subscriber can make us send. Default 1,000. */
  readonly maxCopiesPerSecond?: number;
}

/** What becomes of a NACK. */
export type NackOutcome =
  | 'repairs'
  /** A copy that may still be on its way was sent less than an RTT ago. */
  | 'tooSoon'
  /** Too many packets are under repair, or this one was sent too often. */
  | 'overBudget';

/**
 * Which packets of one subscription are to be sent again, and when. A word of a loss (a NACK, or transport-cc feedback)
 * starts a round of copies some milliseconds apart; an ack of the original or any copy ends it; when all that was sent
 * is known to be lost, or a NACK comes that must have known of the last copy, the next round begins. It knows numbers
 * and times, no packets. Numbers are the subscriber's 16-bit ones. Allocates nothing after construction.
 */
export class RepairQueue {
  /** See `LossConditions`. */
  lossFraction = 0;
  inBursts = false;
  hasFec = false;
  rttUs = 0;
  /** Whether acks come, so that silence means something. */
  acknowledges = false;

  readonly #maxPerSecond: number;
  /** Columns of one table, of which the first `#count` rows count. */
  readonly #numbers = new Uint16Array(CAPACITY);
  readonly #firstSentUs = new Float64Array(CAPACITY);
  readonly #lastSentUs = new Float64Array(CAPACITY);
  /** When the next copy is due. */
  readonly #nextUs = new Float64Array(CAPACITY);
  /** Copies still to go in this round. */
  readonly #left = new Uint8Array(CAPACITY);
  /** Copies of this round in all, and the round's number from 1; 0: none was asked for. */
  readonly #roundSize = new Uint8Array(CAPACITY);
  readonly #rounds = new Uint8Array(CAPACITY);
  readonly #silences = new Uint8Array(CAPACITY);
  /** Sendings, and how many of them were reported lost. */
  readonly #sent = new Uint8Array(CAPACITY);
  readonly #lost = new Uint8Array(CAPACITY);
  /** 1: the subscriber knows that it misses the packet. */
  readonly #missed = new Uint8Array(CAPACITY);
  #count = 0;
  #dueUs = NEVER;
  /** Nothing goes before this: the budget is spent. */
  #blockedUs = 0;
  /** Row of the copy taken last, and when it was sent the time before. */
  #taken = 0;
  #lastSentBeforeUs = 0;
  #isAnswer = false;
  #budget: number;
  #budgetUs = 0;

  constructor(options: RepairQueueOptions = {}) {
    this.#maxPerSecond = options.maxCopiesPerSecond ?? 1000;
    this.#budget = this.#maxPerSecond;
  }

  /** Packets under repair. */
  get size(): number {
    return this.#count;
  }

  /**
   * Whether the copy that `take` gave last is the first of its round, the answer itself and not what makes it sure, or is
   * of a packet that is late.
   */
  get isAnswer(): boolean {
    return this.#isAnswer;
  }

  /**
   * The copy that `take` gave last could not be sent. An answer is due again a little later; of a round that has begun
   * the rest is left out, so that the next word of the loss brings an answer and does not wait for what may never go.
   */
  refused(nowUs: number): void {
    const row = this.#taken;
    this.#sent[row]! -= 1;
    this.#lastSentUs[row] = this.#lastSentBeforeUs;
    if (this.#isAnswer) {
      this.#left[row]! += 1;
      this.#schedule(row, nowUs);
      // What is younger does not get what this one is saving for.
      this.#blockedUs = nowUs + REFUSED_US;
    } else {
      this.#left[row] = 0;
      this.#nextUs[row] = NEVER;
    }
  }

  /** When `take` next has something to give, µs; may be early, never late. */
  get nextTimeoutUs(): number {
    return Math.max(this.#dueUs, this.#blockedUs);
  }

  /** The subscriber asks for `number`, first sent at `firstSentUs` and not acknowledged. */
  nacked(number: number, firstSentUs: number, nowUs: number): NackOutcome {
    let row = this.#find(number);
    if (row < 0) {
      row = this.#add(number, firstSentUs, nowUs);
      if (row < 0) return 'overBudget';
    } else {
      this.#missed[row] = 1;
      if (this.#left[row]! > 0 && this.#nextUs[row]! <= nowUs + COPY_SPACING_US) return 'tooSoon';
      const earlyUs = Math.min(this.rttUs * EARLY_PART, EARLY_MAX_US);
      if (this.#sent[row]! > 1 && nowUs - this.#lastSentUs[row]! < this.rttUs - earlyUs) return 'tooSoon';
      if (this.#sent[row]! >= MAX_SENDINGS) return 'overBudget';
    }
    this.#missed[row] = 1;
    this.#begin(row, nowUs);
    return 'repairs';
  }

  /** Feedback says that the packet, or a copy of it, was lost. Starts a round when nothing of it is on its way any more. */
  reportedLost(number: number, firstSentUs: number, nowUs: number): void {
    let row = this.#find(number);
    if (row < 0) row = this.#add(number, firstSentUs, nowUs);
    if (row < 0) return;
    if (this.#lost[row]! < this.#sent[row]!) this.#lost[row]! += 1;
    if (this.#left[row]! > 0 || this.#lost[row]! < this.#sent[row]! || this.#sent[row]! >= MAX_SENDINGS)
      return;
    const beginsUs = this.#missed[row] === 1 ? nowUs : Math.max(nowUs, this.#firstSentUs[row]! + UNASKED_US);
    this.#begin(row, beginsUs);
  }

  /** `number`, or a copy of it, arrived: its repair ends, and holes below it are known to the subscriber. */
  acknowledged(number: number, nowUs: number): void {
    for (let row = this.#count - 1; row >= 0; row -= 1) {
      const distance = diff16(number, this.#numbers[row]!);
      if (distance === 0) {
        this.#remove(row);
      } else if (distance > 0 && this.#missed[row] === 0) {
        this.#missed[row] = 1;
        if (this.#left[row]! > 0 && this.#nextUs[row]! > nowUs + COPY_SPACING_US) this.#schedule(row, nowUs);
      }
    }
  }

  /** `number` was asked for before it came, and left just now: the rest of its round follows. */
  sentOnRequest(number: number, nowUs: number): void {
    this.#follow(number, copyCount(this, 1) - 1, 1, nowUs);
  }

  /** `number` is of a key frame, and left just now. */
  sentKeyFrame(number: number, nowUs: number): void {
    this.#follow(number, keyFrameCopyCount(this.lossFraction), 0, nowUs);
  }

  /**
   * The next number of which a copy is to go now, of several the oldest: its picture is waited for first. -1: none. Counts
   * it as sent.
   */
  take(nowUs: number): number {
    if (nowUs < this.#dueUs || nowUs < this.#blockedUs) return -1;
    let dueUs = NEVER;
    let oldest = -1;
    for (let row = 0; row < this.#count; row += 1) {
      while (row < this.#count && nowUs - this.#firstSentUs[row]! > GIVE_UP_US) this.#remove(row);
      if (row === this.#count) break;
      const nextUs = this.#nextUs[row]!;
      if (nextUs > nowUs) {
        if (nextUs < dueUs) dueUs = nextUs;
      } else if (oldest < 0 || diff16(this.#numbers[row]!, this.#numbers[oldest]!) < 0) oldest = row;
    }
    if (oldest < 0) {
      this.#dueUs = dueUs;
      return -1;
    }
    if (!this.#pay(nowUs)) {
      this.#blockedUs = nowUs + COPY_SPACING_US;
      return -1;
    }
    this.#noteSent(oldest, nowUs);
    return this.#numbers[oldest]!;
  }

  /** Nothing is under repair any more. */
  clear(): void {
    this.#count = 0;
    this.#dueUs = NEVER;
  }

  #noteSent(row: number, nowUs: number): void {
    if (this.#sent[row]! < 0xff) this.#sent[row]! += 1;
    this.#taken = row;
    this.#isAnswer =
      this.#left[row] === this.#roundSize[row] ||
      (this.lossFraction >= LATE_LOSS &&
        this.#missed[row] === 1 &&
        nowUs - this.#firstSentUs[row]! > LATE_US);
    this.#lastSentBeforeUs = this.#lastSentUs[row]!;
    this.#lastSentUs[row] = nowUs;
    if (this.#left[row]! > 0) this.#left[row]! -= 1;
    else this.#silences[row]! += 1;
    const maxSilences = this.lossFraction < HIGH_LOSS ? MAX_SILENCES : MAX_SILENCES_HIGH;
    const silent = this.acknowledges && this.#missed[row] === 1 && this.#silences[row]! < maxSilences;
    if (this.#sent[row]! >= MAX_SENDINGS) this.#nextUs[row] = NEVER;
    else if (this.#left[row]! > 0) this.#nextUs[row] = nowUs + COPY_SPACING_US;
    else this.#nextUs[row] = silent ? nowUs + this.rttUs + SILENCE_US : NEVER;
  }

  #begin(row: number, atUs: number): void {
    // A round that has not begun yet is moved, not followed by another.
    const round =
      this.#left[row]! > 0 ? Math.max(1, this.#rounds[row]!) : Math.min(this.#rounds[row]! + 1, 0xff);
    this.#rounds[row] = round;
    const copies = Math.min(copyCount(this, round), MAX_SENDINGS - this.#sent[row]!);
    this.#left[row] = copies;
    this.#roundSize[row] = copies;
    this.#schedule(row, atUs);
  }

  #follow(number: number, copies: number, missed: number, nowUs: number): void {
    if (copies <= 0 || this.#find(number) >= 0) return;
    const row = this.#add(number, nowUs, nowUs);
    if (row < 0) return;
    this.#missed[row] = missed;
    this.#rounds[row] = missed;
    this.#left[row] = copies;
    this.#schedule(row, nowUs + COPY_SPACING_US);
  }

  #schedule(row: number, atUs: number): void {
    this.#nextUs[row] = atUs;
    if (atUs < this.#dueUs) this.#dueUs = atUs;
  }

  #find(number: number): number {
    for (let row = 0; row < this.#count; row += 1) if (this.#numbers[row] === number) return row;
    return -1;
  }

  #add(number: number, firstSentUs: number, nowUs: number): number {
    if (this.#count === CAPACITY) this.#forgetOld(nowUs);
    if (this.#count === CAPACITY) return -1;
    const row = this.#count;
    this.#count += 1;
    this.#numbers[row] = number;
    this.#firstSentUs[row] = firstSentUs;
    this.#lastSentUs[row] = firstSentUs;
    this.#nextUs[row] = NEVER;
    this.#left[row] = 0;
    this.#rounds[row] = 0;
    this.#roundSize[row] = 0xff;
    this.#silences[row] = 0;
    this.#sent[row] = 1;
    this.#lost[row] = 0;
    this.#missed[row] = 0;
    return row;
  }

  #forgetOld(nowUs: number): void {
    for (let row = this.#count - 1; row >= 0; row -= 1)
      if (nowUs - this.#firstSentUs[row]! > GIVE_UP_US) this.#remove(row);
  }

  #remove(row: number): void {
    this.#count -= 1;
    const last = this.#count;
    if (row === last) return;
    this.#numbers[row] = this.#numbers[last]!;
    this.#firstSentUs[row] = this.#firstSentUs[last]!;
    this.#lastSentUs[row] = this.#lastSentUs[last]!;
    this.#nextUs[row] = this.#nextUs[last]!;
    this.#left[row] = this.#left[last]!;
    this.#rounds[row] = this.#rounds[last]!;
    this.#roundSize[row] = this.#roundSize[last]!;
    this.#silences[row] = this.#silences[last]!;
    this.#sent[row] = this.#sent[last]!;
    this.#lost[row] = this.#lost[last]!;
    this.#missed[row] = this.#missed[last]!;
  }

  #pay(nowUs: number): boolean {
    const earned = ((nowUs - this.#budgetUs) / 1e6) * this.#maxPerSecond;
    this.#budget = Math.min(this.#maxPerSecond, this.#budget + earned);
    this.#budgetUs = nowUs;
    if (this.#budget < 1) return false;
    this.#budget -= 1;
    return true;
  }
}
