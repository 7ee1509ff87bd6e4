/** RTT assumed before one is known. */
const DEFAULT_RTT_US = 100_000;
/** Each unanswered repetition waits this much longer than the one before. */
const SLOW_DOWN = 1.5;
/**
 * Where packets get lost: repeated this often, a round trip apart within these bounds, before slowing down. libwebrtc
 * makes one key frame of all requests within 300 ms (encoder_rtcp_feedback.cc), so repetitions cost nothing but their bytes.
 */
const LOSSY_REPETITIONS = 6;
const MIN_LOSSY_INTERVAL_US = 40_000;
const MAX_LOSSY_INTERVAL_US = 100_000;

export interface KeyFrameRequesterOptions {
  /**
   * Between two key frames asked for, as many subscribers as may want them: each costs the publisher several times the
   * bits of another frame. Default 300 ms.
   */
  readonly minSpacingUs?: number;
  /** An unanswered request is repeated after the RTT and this much for the encoder. Default 60 ms. */
  readonly encoderUs?: number;
  /** The pause between repetitions grows up to this. Default 1 s. */
  readonly maxIntervalUs?: number;
}

/**
 * Makes one stream of key-frame requests (PLI or FIR) towards a publisher out of the many wishes of its subscribers:
 * one request goes out, and is repeated until a key frame begins to arrive, since requests and key frames get lost. It
 * never gives up, but slows down, as the publisher may be away for a while.
 * @see RFC 4585 §6.3.1 (PLI), RFC 5104 §4.3.1 (FIR)
 */
export class KeyFrameRequester {
  readonly #minSpacingUs: number;
  readonly #encoderUs: number;
  readonly #maxIntervalUs: number;
  #rttUs = DEFAULT_RTT_US;
  #wanted = false;
  #sentForThis = false;
  #nextUs = Number.POSITIVE_INFINITY;
  #intervalUs = 0;
  #lastFirstRequestUs = Number.NEGATIVE_INFINITY;
  #firSequenceNumber = -1;
  #isLossy = false;
  #repetitions = 0;

  /** Wishes heard, requests that went out, key frames that came. */
  wishes = 0;
  requests = 0;
  keyFrames = 0;

  constructor(options: KeyFrameRequesterOptions = {}) {
    this.#minSpacingUs = options.minSpacingUs ?? 300_000;
    this.#encoderUs = options.encoderUs ?? 60_000;
    this.#maxIntervalUs = options.maxIntervalUs ?? 1_000_000;
  }

  /** Round-trip time to the publisher; ignored unless positive. */
  set rttUs(rttUs: number) {
    if (rttUs > 0) this.#rttUs = rttUs;
  }

  /** Whether packets to or from the publisher get lost in numbers. */
  set isLossy(isLossy: boolean) {
    this.#isLossy = isLossy;
  }

  /** A key frame is on order. */
  get waiting(): boolean {
    return this.#wanted;
  }

  /** When `due` next says yes; Infinity: not before somebody asks. */
  get nextTimeoutUs(): number {
    return this.#nextUs;
  }

  /**
   * The command sequence number for FIR, 8 bits: the same for repetitions of one request, one more for each new request
   * (RFC 5104 §4.3.1.1). Read it after `due` said yes.
   */
  get firSequenceNumber(): number {
    return this.#firSequenceNumber & 0xff;
  }

  /** Somebody needs a key frame. */
  request(nowUs: number): void {
    this.wishes += 1;
    if (this.#wanted) return;
    this.#wanted = true;
    this.#sentForThis = false;
    this.#nextUs = Math.max(nowUs, this.#lastFirstRequestUs + this.#minSpacingUs);
  }

  /** A key frame began to arrive: every wish up to now is met. */
  receiveKeyFrame(): void {
    this.keyFrames += 1;
    this.cancel();
  }

  /** Nobody needs it any more: the producer was paused, or its subscribers left. */
  cancel(): void {
    this.#wanted = false;
    this.#nextUs = Number.POSITIVE_INFINITY;
  }

  /** True if a request is to be sent now; counts it as sent. */
  due(nowUs: number): boolean {
    if (nowUs < this.#nextUs) return false;
    if (this.#isLossy && this.#sentForThis && this.#repetitions < LOSSY_REPETITIONS) {
      this.#repetitions += 1;
      this.#intervalUs = this.#lossyIntervalUs();
    } else if (this.#sentForThis) {
      this.#intervalUs = Math.min(this.#maxIntervalUs, this.#intervalUs * SLOW_DOWN);
    } else {
      this.#sentForThis = true;
      this.#firSequenceNumber += 1;
      this.#lastFirstRequestUs = nowUs;
      this.#repetitions = 0;
      this.#intervalUs = this.#isLossy
        ? this.#lossyIntervalUs()
        : Math.min(this.#maxIntervalUs, this.#rttUs + this.#encoderUs);
    }
    this.#nextUs = nowUs + this.#intervalUs;
    this.requests += 1;
    return true;
  }

  #lossyIntervalUs(): number {
    return Math.min(MAX_LOSSY_INTERVAL_US, Math.max(MIN_LOSSY_INTERVAL_US, this.#rttUs));
  }
}
