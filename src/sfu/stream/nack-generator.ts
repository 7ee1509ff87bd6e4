/** Numbers watched, newest first; a power of two. A second and more at 1080p (about 900 packets/s). */
const WINDOW = 1024;
/** RTT assumed before one is known, as in libwebrtc's nack_requester.cc. */
const DEFAULT_RTT_US = 100_000;
/** With loss above these a request goes out this many times: requests get lost as well. */
const COPIES = [
  { above: 0.35, copies: 3 },
  { above: 0.02, copies: 2 },
] as const;
/**
 * Between copies: a fifth of the RTT within these. Shorter than the 5 ms and the RTT it believes in that libwebrtc lets
 * pass before it sends a packet again (rtp_packet_history.cc), so a second copy makes up for a lost first one and does
 * not make a second answer.
 */
const MIN_COPY_GAP_US = 4_000;
const MAX_COPY_GAP_US = 8_000;
/** With loss the next round does not wait for the answer to the last: half an RTT, within these. */
const MIN_LOSSY_INTERVAL_US = 20_000;
const MAX_LOSSY_INTERVAL_US = 40_000;
/** With loss, a repetition goes out this much early when another request goes out anyway. */
const TOGETHER_US = 2_000;
/**
 * Over so long a way there is no time for a second round within what a picture may be late: as many requests go at the
 * beginning as leave this much unanswered, each far enough from the last that libwebrtc answers it too (`MIN_COPY_GAP_US`),
 * and then none until the answers must be there.
 */
const LONG_RTT_US = 100_000;
const UNANSWERED = 0.01;
const MAX_LONG_COPIES = 10;
const LONG_COPY_GAP_US = 11_000;
const LONG_MARGIN_US = 20_000;
/** Given up after this and two RTTs, within bounds: later than that a key frame is sooner there. */
const PATIENCE_US = 400_000;
const MAX_PATIENCE_US = 900_000;
/** The reorder wait learned from late originals fades by this much per second of none. */
const REORDER_FADE_US_PER_SECOND = 2_000;

export interface NackGeneratorOptions {
  /** A gap is asked for no sooner than this after it is seen. Default 5 ms. */
  readonly reorderWaitUs?: number;
  /** The most the wait grows to where packets are seen to come out of order. Default 30 ms. */
  readonly maxReorderWaitUs?: number;
  /** Between two requests for one packet: this many RTTs … Default 1. */
  readonly intervalInRtts?: number;
  /** … but never less than this. Default 20 ms. */
  readonly minIntervalUs?: number;
  /** Given up after this many rounds of requests. Default 30. */
  readonly maxRequests?: number;
  /** Given up this long after the gap was seen. Default 400 ms and two RTTs, at most 900 ms. */
  readonly maxAgeUs?: number;
}

/**
 * Decides which missing packets of one SSRC to ask for, and when: first after a short wait that learns how far packets
 * come out of order, then once per RTT (and that lateness) until the packet comes, a key frame makes it needless, or it
 * is given up. Where packets get lost (`lossFraction`) each round is two or three copies, and the next comes after half
 * an RTT, so that a round trip holds two tries and neither direction's loss costs a whole one.
 * Allocates nothing after construction; holds at most 1,024 numbers.
 *
 * Numbers are extended ones (ReceiveStatistics), of the media SSRC only: RTX packets' own numbers must not come here.
 * Padding-only packets must, or their numbers would be asked for.
 * @see RFC 4585 §6.2.1
 */
export class NackGenerator {
  readonly #reorderWaitUs: number;
  readonly #maxReorderWaitUs: number;
  readonly #intervalInRtts: number;
  readonly #minIntervalUs: number;
  readonly #maxRequests: number;
  readonly #maxAgeUs: number | undefined;
  /** The extended number a slot watches, or -1. Columns of one table, indexed by number modulo WINDOW. */
  readonly #missing = new Float64Array(WINDOW).fill(-1);
  readonly #seenUs = new Float64Array(WINDOW);
  readonly #askUs = new Float64Array(WINDOW);
  readonly #askedUs = new Float64Array(WINDOW);
  readonly #requests = new Uint16Array(WINDOW);
  readonly #copiesLeft = new Uint8Array(WINDOW);
  #copies = 1;
  #longCopies = 1;
  #isRestrained = false;
  #count = 0;
  #oldest = 0;
  #highest = -1;
  #nextUs = Number.POSITIVE_INFINITY;
  #rttUs = DEFAULT_RTT_US;
  #rttKnown = false;
  #learnedUs = 0;
  #learnedAtUs = 0;
  #keyFrameNeeded = false;

  /** Requests made, every repetition and copy counted. */
  requested = 0;
  /** Missing packets that came after all, repaired or late. */
  recovered = 0;
  /** Missing packets given up. */
  abandoned = 0;

  constructor(options: NackGeneratorOptions = {}) {
    this.#reorderWaitUs = options.reorderWaitUs ?? 5_000;
    this.#maxReorderWaitUs = options.maxReorderWaitUs ?? 30_000;
    this.#intervalInRtts = options.intervalInRtts ?? 1;
    this.#minIntervalUs = options.minIntervalUs ?? 20_000;
    this.#maxRequests = options.maxRequests ?? 30;
    this.#maxAgeUs = options.maxAgeUs;
  }

  /** Round-trip time to the sender; ignored unless positive. */
  set rttUs(rttUs: number) {
    if (!(rttUs > 0)) return;
    this.#rttUs = rttUs;
    this.#rttKnown = true;
  }

  /** How much of what the sender sends gets lost, 0..1. */
  set lossFraction(lossFraction: number) {
    this.#copies = COPIES.find(({ above }) => lossFraction > above)?.copies ?? 1;
    // Lost on the way there or on the way back.
    const unanswered = 1 - (1 - Math.min(lossFraction, 0.9)) ** 2;
    this.#longCopies =
      this.#copies === 1
        ? 1
        : Math.min(MAX_LONG_COPIES, Math.max(2, Math.ceil(Math.log(UNANSWERED) / Math.log(unanswered))));
  }

  /** Ask for a packet once a round trip, whatever gets lost: answers are part of what makes the loss, or may be. */
  set isRestrained(isRestrained: boolean) {
    this.#isRestrained = isRestrained;
  }

  /** Whether `extended` is being waited for and was asked for: coming now, it is the answer. */
  wasAskedFor(extended: number): boolean {
    const slot = extended & (WINDOW - 1);
    return this.#missing[slot] === extended && this.#requests[slot]! > 0;
  }

  /** How many packets are being waited for. */
  get missing(): number {
    return this.#count;
  }

  /** When `due` next has something to say; Infinity: not before another packet comes. May be early, never late. */
  get nextTimeoutUs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#nextUs;
  }

  /** A packet came on the media SSRC. */
  receive(extended: number, nowUs: number): void {
    const gap = this.#highest < 0 ? 1 : extended - this.#highest;
    if (gap <= 0) {
      this.#recover(extended, nowUs, false);
      return;
    }
    if (gap > WINDOW) {
      // A second and more is gone: a key frame is sooner there than its repair.
      this.#abandonAll();
    } else {
      for (let number = extended - gap + 1; number < extended; number += 1) this.#watch(number, nowUs);
      if (this.#count > 0) this.#abandonSlot(extended & (WINDOW - 1));
    }
    this.#highest = extended;
  }

  /** A packet came by RTX. */
  receiveRepaired(extended: number, nowUs: number): void {
    if (extended > this.#highest) this.receive(extended, nowUs);
    else this.#recover(extended, nowUs, true);
  }

  /** A key frame began at `extended`: nothing before it is needed any more. */
  receiveKeyFrame(extended: number): void {
    for (let number = this.#start(); this.#count > 0 && number < extended; number += 1) {
      this.#forget(number & (WINDOW - 1), number);
    }
    if (extended > this.#oldest) this.#oldest = extended;
    this.#keyFrameNeeded = false;
  }

  /**
   * Writes the 16-bit numbers to ask for now into `out`, oldest first, and returns how many. Those that do not fit stay
   * due. Packets past their age or number of requests are given up here, which makes `takeKeyFrameNeeded` true.
   */
  due(nowUs: number, out: Uint16Array): number {
    if (nowUs < this.nextTimeoutUs) return 0;
    const intervalUs = this.#intervalUs(nowUs);
    const isLong = this.#isLong;
    const copies = isLong ? this.#longCopies : this.#copies;
    const shortCopyGapUs = this.#isRestrained
      ? MIN_COPY_GAP_US
      : Math.min(MAX_COPY_GAP_US, Math.max(MIN_COPY_GAP_US, this.#rttUs / 5));
    const copyGapUs = isLong ? LONG_COPY_GAP_US : shortCopyGapUs;
    const maxAgeUs = this.#maxAgeUs ?? Math.min(MAX_PATIENCE_US, PATIENCE_US + 2 * this.#rttUs);
    let written = 0;
    let nextUs = Number.POSITIVE_INFINITY;
    let left = this.#count;
    let oldest = Number.POSITIVE_INFINITY;
    for (let number = this.#start(); left > 0; number += 1) {
      const slot = number & (WINDOW - 1);
      if (this.#missing[slot] !== number) continue;
      left -= 1;
      const earlyUs = this.#copies === 1 || this.#requests[slot] === 0 ? 0 : TOGETHER_US;
      if (nowUs + earlyUs >= this.#askUs[slot]! && written < out.length) {
        if (this.#copiesLeft[slot]! > 0) {
          this.#copiesLeft[slot]! -= 1;
        } else if (this.#requests[slot]! >= this.#maxRequests || nowUs - this.#seenUs[slot]! >= maxAgeUs) {
          this.#abandonSlot(slot);
          continue;
        } else {
          this.#requests[slot]! += 1;
          this.#askedUs[slot] = nowUs;
          this.#copiesLeft[slot] = copies - 1;
        }
        out[written] = number & 0xffff;
        written += 1;
        const nextRoundUs = this.#askedUs[slot]! + intervalUs;
        this.#askUs[slot] = this.#copiesLeft[slot] === 0 ? nextRoundUs : nowUs + copyGapUs;
      }
      if (number < oldest) oldest = number;
      if (this.#askUs[slot]! < nextUs) nextUs = this.#askUs[slot]!;
    }
    if (this.#count > 0) this.#oldest = oldest;
    this.#nextUs = nextUs;
    this.requested += written;
    return written;
  }

  /** True once after a packet was given up that no key frame has made needless since. */
  takeKeyFrameNeeded(): boolean {
    const needed = this.#keyFrameNeeded;
    this.#keyFrameNeeded = false;
    return needed;
  }

  /** Forgets everything; for a restart of the sender's numbering, or a pause. */
  reset(): void {
    this.#missing.fill(-1);
    this.#count = 0;
    this.#highest = -1;
    this.#nextUs = Number.POSITIVE_INFINITY;
    this.#keyFrameNeeded = false;
  }

  /** Where a walk over the missing begins. */
  #start(): number {
    return Math.max(this.#oldest, this.#highest - WINDOW);
  }

  #watch(number: number, nowUs: number): void {
    const slot = number & (WINDOW - 1);
    this.#abandonSlot(slot);
    if (this.#count === 0) this.#oldest = number;
    const askUs = nowUs + this.#waitUs(nowUs);
    this.#missing[slot] = number;
    this.#seenUs[slot] = nowUs;
    this.#askUs[slot] = askUs;
    this.#requests[slot] = 0;
    this.#copiesLeft[slot] = 0;
    if (this.#count === 0 || askUs < this.#nextUs) this.#nextUs = askUs;
    this.#count += 1;
  }

  #recover(extended: number, nowUs: number, byRtx: boolean): void {
    const slot = extended & (WINDOW - 1);
    if (this.#missing[slot] !== extended) return;
    this.recovered += 1;
    if (!byRtx) this.#learnReordering(slot, nowUs);
    this.#forget(slot, extended);
  }

  /** Without RTX only what comes well within an RTT of the first request is surely no answer to it, but late. */
  #learnReordering(slot: number, nowUs: number): void {
    const requests = this.#requests[slot]!;
    const tooSoonForAnswer =
      this.#rttKnown && requests === 1 && nowUs - this.#askedUs[slot]! < this.#rttUs * 0.75;
    const lateUs = nowUs - this.#seenUs[slot]!;
    if ((requests === 0 || tooSoonForAnswer) && lateUs > this.#waitUs(nowUs) * 0.8) {
      this.#learnedUs = lateUs * 1.25;
      this.#learnedAtUs = nowUs;
    }
  }

  /** Whether there is loss, and the way so long that requests go in bursts. */
  get #isLong(): boolean {
    return this.#copies > 1 && !this.#isRestrained && this.#rttKnown && this.#rttUs >= LONG_RTT_US;
  }

  /** From one round of requests for a packet to the next. */
  #intervalUs(nowUs: number): number {
    if (this.#isLong) return this.#rttUs + LONG_MARGIN_US;
    if (this.#copies > 1 && !this.#isRestrained) {
      return Math.min(MAX_LOSSY_INTERVAL_US, Math.max(MIN_LOSSY_INTERVAL_US, this.#rttUs / 2));
    }
    // An answer may be as late as packets are seen to be.
    return Math.max(this.#rttUs * this.#intervalInRtts, this.#minIntervalUs) + this.#lateUs(nowUs);
  }

  #waitUs(nowUs: number): number {
    return Math.max(this.#reorderWaitUs, this.#lateUs(nowUs));
  }

  /** How late packets come of late, with a margin. */
  #lateUs(nowUs: number): number {
    const fadedUs = this.#learnedUs - ((nowUs - this.#learnedAtUs) / 1e6) * REORDER_FADE_US_PER_SECOND;
    return Math.min(this.#maxReorderWaitUs, Math.max(0, fadedUs));
  }

  #abandonSlot(slot: number): void {
    if (this.#missing[slot]! < 0) return;
    this.#forget(slot, this.#missing[slot]!);
    this.abandoned += 1;
    this.#keyFrameNeeded = true;
  }

  #abandonAll(): void {
    this.abandoned += this.#count;
    this.#missing.fill(-1);
    this.#count = 0;
    this.#keyFrameNeeded = true;
  }

  #forget(slot: number, number: number): void {
    if (this.#missing[slot] !== number) return;
    this.#missing[slot] = -1;
    this.#count -= 1;
  }
}
