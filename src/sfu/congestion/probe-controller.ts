/** A burst to send at a rate, to learn whether the path carries it. */
export interface Probe {
  /** 0..32767, then anew. */
  readonly clusterId: number;
  readonly bitsPerSecond: number;
  readonly minBytes: number;
  readonly minPackets: number;
}

/** First probes, as multiples of the start rate, and each next one after a success. */
const FIRST_SCALES = [3, 6];
const FURTHER_SCALE = 2;
/** A probe that measures this part of its rate is a success, and the next one follows at once. */
const FURTHER_THRESHOLD = 0.7;
/** While more is wanted than the estimate gives. */
const PERIODIC_SCALE = 2;
const PERIODIC_US = 5_000_000;
/** Until a probe succeeds for the first time, and for so many times at most. */
const FIRST_PERIODIC_US = 1_500_000;
const FIRST_TRIES = 6;
/** Longest pause between probes that find nothing; a top layer must be back within 12 s. */
const MAX_PERIODIC_US = 8_000_000;
const RESULT_TIMEOUT_US = 1_000_000;
/** A drop to this part or lower is large; within so long after it, so much of the old rate is tried again. */
const LARGE_DROP = 0.66;
const DROP_TIMEOUT_US = 5_000_000;
const AFTER_DROP_SCALE = 0.85;
/** A rate so little above the estimate teaches nothing. */
const UNCERTAINTY = 0.05;
const LOSS_LIMITED_SCALE = 1.5;
/** A probe lasts so long; after one that failed longer, as jitter blurs short ones. */
const PROBE_US = 15_000;
const MAX_PROBE_US = 100_000;
const SAME = 0.85;
const MIN_PACKETS = 5;
/** A probe that is to tell one kind of loss from another: so much faster than before, for an observation's length. */
const LOSS_TEST_SCALE = 1.7;
const MIN_LOSS_TEST_SCALE = 1.25;
const LOSS_TEST_US = 200_000;
/** Headroom sought above what is wanted, so that repair has room at once when loss sets in, and more while there is loss. */
const HEADROOM = 3;
const HEADROOM_OF_LOSS = 6;
const MAX_HEADROOM = 8;

/**
 * Decides when to probe and how fast: at first in steps, then whenever more is wanted than the estimate gives, and soon
 * after a large drop is over. Never beyond what is wanted times a headroom.
 * @see libwebrtc goog_cc/probe_controller.cc
 */
export class ProbeController {
  readonly #max: number;
  readonly #pending: Probe[] = [];
  #nextId = 0;
  #demand = 0;
  #estimate: number;
  #started = false;
  /** Whether a result is awaited, and from what result on probing goes further. */
  #waiting = false;
  /** Of the last probe. */
  #rate = 0;
  #furtherFrom = Number.POSITIVE_INFINITY;
  #initiatedUs = Number.NEGATIVE_INFINITY;
  #periodicUs = FIRST_PERIODIC_US;
  #tries = 0;
  #durationUs = PROBE_US;
  #confirms = false;
  #droppedUs = Number.NEGATIVE_INFINITY;
  #beforeDrop = 0;
  /** 0..1, what the path loses anyway; and whether loss limits the estimate, and then whether it may be tested. */
  lossFraction = 0;
  lossLimited = false;
  held = false;

  constructor(startBitsPerSecond: number, maxBitsPerSecond: number) {
    this.#estimate = startBitsPerSecond;
    this.#max = maxBitsPerSecond;
  }

  /** When `process` next has something to do; Infinity: nothing is wanted. */
  get nextTimeoutUs(): number {
    if (this.#waiting) return this.#initiatedUs + RESULT_TIMEOUT_US;
    return this.#wanting ? this.#initiatedUs + this.#periodicUs : Number.POSITIVE_INFINITY;
  }

  /** The next probe to send; undefined: none. */
  take(): Probe | undefined {
    return this.#pending.shift();
  }

  /** Feedback works: the first probes may go. */
  start(nowUs: number): void {
    if (this.#started) return;
    this.#started = true;
    this.#initiatedUs = nowUs;
    if (this.#demand > 0) this.#probeFirst(nowUs);
  }

  /** All that is wanted would take `bitsPerSecond`; 0: nothing is, and nothing is probed. */
  setDemand(bitsPerSecond: number, nowUs: number): void {
    const before = this.#demand;
    this.#demand = bitsPerSecond;
    if (!this.#started || bitsPerSecond <= before) return;
    if (before === 0 && this.#nextId === 0) this.#probeFirst(nowUs);
    else if (bitsPerSecond > this.#estimate && !this.#waiting) {
      this.#periodicUs = PERIODIC_US;
      this.#initiate(Math.min(bitsPerSecond, PERIODIC_SCALE * this.#estimate), nowUs);
    }
  }

  /** The estimate is now `bitsPerSecond`. */
  setEstimate(bitsPerSecond: number, nowUs: number): void {
    if (bitsPerSecond < LARGE_DROP * this.#estimate) {
      this.#droppedUs = nowUs;
      this.#beforeDrop = this.#estimate;
      this.#periodicUs = PERIODIC_US;
    }
    this.#estimate = bitsPerSecond;
  }

  /** A probe measured `bitsPerSecond`, and the estimate was set accordingly. */
  measured(bitsPerSecond: number, nowUs: number): void {
    if (!this.#waiting) return;
    if (bitsPerSecond < this.#furtherFrom) {
      // It found what was known: a longer one would find the same.
      if (bitsPerSecond > SAME * this.#estimate) this.#confirms = true;
      return;
    }
    this.#tries = FIRST_TRIES;
    this.#periodicUs = PERIODIC_US;
    this.#durationUs = PROBE_US;
    this.#waiting = false;
    // Where a bound keeps the next one from going faster, it would only repeat this one.
    const rate = Math.min(FURTHER_SCALE * bitsPerSecond, this.#bound());
    if (rate > this.#rate * (1 + UNCERTAINTY)) this.#initiate(rate, nowUs);
  }

  /** The delay is normal again after an overuse: if the drop was large, the old rate may be there again. */
  recovered(nowUs: number): void {
    if (this.#waiting || nowUs - this.#droppedUs > DROP_TIMEOUT_US) return;
    this.#droppedUs = Number.NEGATIVE_INFINITY;
    if (this.#wanting) this.#initiate(AFTER_DROP_SCALE * this.#beforeDrop, nowUs);
  }

  /** Loss is not understood: sends faster than `sentBitsPerSecond` for a moment, to see whether more is lost. */
  testLoss(sentBitsPerSecond: number, nowUs: number): void {
    if (this.#pending.length > 0 || this.#demand <= 0 || !this.#started || this.held) return;
    const rate = Math.min(LOSS_TEST_SCALE * sentBitsPerSecond, this.#ceiling());
    if (rate < MIN_LOSS_TEST_SCALE * sentBitsPerSecond) return;
    this.#plan(rate, LOSS_TEST_US, nowUs);
    this.#furtherFrom = Number.POSITIVE_INFINITY;
  }

  process(nowUs: number): void {
    if (this.#waiting && nowUs >= this.#initiatedUs + RESULT_TIMEOUT_US) {
      this.#waiting = false;
      this.#pending.length = 0;
      this.#tries += 1;
      if (this.#tries === FIRST_TRIES) this.#periodicUs = PERIODIC_US;
      else if (this.#tries > FIRST_TRIES)
        this.#periodicUs = Math.min(this.#periodicUs * 1.25, MAX_PERIODIC_US);
      this.#durationUs = this.#confirms ? PROBE_US : Math.min(this.#durationUs * 2, MAX_PROBE_US);
      this.#confirms = false;
    }
    if (this.#waiting || !this.#wanting || nowUs < this.#initiatedUs + this.#periodicUs) return;
    if (!this.#initiate(PERIODIC_SCALE * this.#estimate, nowUs)) this.#initiatedUs = nowUs;
  }

  get #wanting(): boolean {
    return this.#started && this.#demand > 0 && this.#estimate * (1 + UNCERTAINTY) < this.#ceiling();
  }

  #ceiling(): number {
    const headroom = Math.min(HEADROOM + HEADROOM_OF_LOSS * this.lossFraction, MAX_HEADROOM);
    return Math.min(this.#demand * headroom, this.#max);
  }

  #bound(): number {
    const ceiling = this.#ceiling();
    return this.lossLimited ? Math.min(ceiling, LOSS_LIMITED_SCALE * this.#estimate) : ceiling;
  }

  #probeFirst(nowUs: number): void {
    for (const scale of FIRST_SCALES) this.#initiate(scale * this.#estimate, nowUs);
  }

  /** Plans one probe; false: it would teach nothing, or must not be sent now. */
  #initiate(bitsPerSecond: number, nowUs: number): boolean {
    if (this.held) return false;
    const rate = Math.min(bitsPerSecond, this.#bound());
    if (rate < this.#estimate * (1 + UNCERTAINTY)) return false;
    const passed = Math.max(1 - this.lossFraction, 0.25);
    this.#plan(rate, this.#durationUs / passed, nowUs);
    this.#furtherFrom = rate * FURTHER_THRESHOLD;
    return true;
  }

  #plan(rate: number, durationUs: number, nowUs: number): void {
    this.#pending.push({
      clusterId: this.#nextId,
      bitsPerSecond: rate,
      minBytes: Math.ceil((rate * durationUs) / 8e6),
      minPackets: Math.ceil(MIN_PACKETS / Math.max(1 - this.lossFraction, 0.25)),
    });
    this.#nextId = (this.#nextId + 1) & 0x7fff;
    this.#initiatedUs = nowUs;
    this.#rate = rate;
    this.#waiting = true;
  }
}
