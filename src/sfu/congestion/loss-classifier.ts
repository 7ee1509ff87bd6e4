import { RateTest } from './rate-test.ts';

/** Windows that loss is measured over: about two seconds, so that the silence between bursts does not look like health. */
const WINDOWS = 8;
/** Of those, the newest that a test is based on. */
const RECENT = 4;
/** Loss below this is no reason for anything. */
export const LOSS_FLOOR = 0.02;
/** Loss from this on is tested for a policer, where enough is sent for a cut to be felt. */
const TESTED_LOSS = 0.05;
const TESTED_BITS_PER_SECOND = 200_000;
/** A queue that stands this long is one: more than a frame interval's jitter of the shortest delay. */
const QUEUE_US = 30_000;
/**
 * Loss while a queue stands, over that without: what the queue dropped, this much at least, and so many standard
 * deviations of chance. A queue stands often on a line that is used well, and radio's loss beside it is not its doing.
 */
const EXCESS = 0.05;
const CERTAINTY = 5;
/** It is added up over so many windows that follow each other. */
const QUEUED_WINDOWS = 4;
/** A queue that dropped is told of for this long: several feedbacks, and one estimate of libwebrtc's (250 ms) more. */
const QUEUE_HOLD_US = 1_500_000;
/** How much likelier (natural logarithm) tests must make a policer before it is believed in; doubt is kept in bounds. */
const EVIDENCE = 1.2;
const MAX_EVIDENCE = 6;
/** After a test that decides: again when loss rose by so much, or after a while that doubles. */
const RISE = 0.1;
const RETEST_US = 60_000_000;
const MAX_RETEST_US = 480_000_000;
const MIN_BETWEEN_TESTS_US = 4_000_000;
/**
 * None before a call is this old: what libwebrtc is bound to in its first 2 s (send_side_bandwidth_estimation.cc,
 * kStartPhase) it keeps, as its estimate does not grow at 30 % of loss; a call that began so had half the picture's rate.
 */
const FIRST_TEST_US = 3_000_000;
/** A policer is believed in for this long after its last loss; without loss there is nothing to tell either way. */
const POLICER_MEMORY_US = 60_000_000;
/** No policer after all: so much less was sent than it had let pass, and as good as the same part lost. */
const WELL_BELOW = 0.75;
const PERSISTS = 0.75;

/**
 * Decides, for one publisher, what lost packets mean: `random`, as on a radio link, which sending less does not help,
 * so the sender need not know; or `congestion`, which it must be told of. It is congestion
 * - when loss grows with the queueing delay: a queue that overflows;
 * - when a rate test shows a policer, which has no queue: until less is sent and the same part is still lost.
 */
export class LossClassifier {
  readonly #expected = new Float64Array(WINDOWS);
  readonly #received = new Float64Array(WINDOWS);
  readonly #media = new Float64Array(WINDOWS);
  readonly #bits = new Float64Array(WINDOWS);
  readonly #durationUs = new Float64Array(WINDOWS);
  #next = 0;
  #lossWithoutQueue = 0;
  /** Of the windows with a queue that end with the newest. */
  #queuedWindows = 0;
  #queueUntilUs = Number.NEGATIVE_INFINITY;
  #test: RateTest | undefined;
  #firstTestUs = Number.NaN;
  #nextTestUs = 0;
  #lastTestUs = Number.NEGATIVE_INFINITY;
  #retestUs = RETEST_US;
  #testedLoss = 0;
  #testedOffered = 0;
  #evidence = 0;
  #policed = false;
  #policedUntilUs = Number.NEGATIVE_INFINITY;

  /** What was lost of all that was sent in the last two seconds, 0..1. */
  lossFraction = 0;
  /** Tests made, and how many found a policer; times a queue was seen to overflow. */
  tests = 0;
  policers = 0;
  overflows = 0;

  /** Loss is to be told to the sender. */
  isCongested(nowUs: number): boolean {
    return this.#policed || nowUs < this.#queueUntilUs;
  }

  /** What the sender is to be asked to keep to just now, for a test; undefined: nothing. */
  get capBitsPerSecond(): number | undefined {
    return this.#test?.capBitsPerSecond;
  }

  /**
   * What went on in one window, a quarter of a second or more: packets sent (by their numbers), packets and bytes that
   * came, how many of those sent were no retransmissions, and the queueing delay in µs, undefined if unknown. `rttUs`: the
   * round trip to the sender.
   */
  window(
    expected: number,
    received: number,
    bytes: number,
    mediaExpected: number,
    durationUs: number,
    queueDelayUs: number | undefined,
    rttUs: number,
    nowUs: number,
  ): void {
    if (Number.isNaN(this.#firstTestUs)) this.#firstTestUs = nowUs + FIRST_TEST_US;
    const slot = this.#next;
    this.#next = (slot + 1) % WINDOWS;
    // Reordering across the edge of a window: what is short here is over in the next.
    const offeredBits = received > 0 ? (bytes * 8 * Math.max(expected, received)) / received : 0;
    this.#expected[slot] = expected;
    this.#received[slot] = received;
    this.#bits[slot] = offeredBits;
    this.#media[slot] = Math.min(mediaExpected, expected);
    this.#durationUs[slot] = durationUs;
    this.lossFraction = this.#loss(WINDOWS);
    this.#noteQueue(expected, received, queueDelayUs, nowUs);
    if (this.#test !== undefined) {
      const result = this.#test.window(expected, received, offeredBits, durationUs, rttUs, nowUs);
      if (result !== undefined) this.#conclude(result, nowUs);
    } else if (this.#policed) {
      this.#reconsider(nowUs);
    } else {
      this.#considerTest(queueDelayUs, nowUs);
    }
  }

  /** A window's loss that is more than is usual without a queue, while there is one, is the queue's. */
  #noteQueue(expected: number, received: number, queueDelayUs: number | undefined, nowUs: number): void {
    if (queueDelayUs === undefined || expected < 5) return;
    const loss = Math.max(0, expected - received) / expected;
    const usual = this.#lossWithoutQueue;
    if (queueDelayUs < QUEUE_US) {
      if (!this.#policed) this.#lossWithoutQueue += ((loss - usual) * expected) / (expected + 100);
      this.#queuedWindows = 0;
      return;
    }
    this.#queuedWindows = Math.min(this.#queuedWindows + 1, QUEUED_WINDOWS);
    if (this.#exceeds(1, usual) || this.#exceeds(this.#queuedWindows, usual)) {
      if (nowUs >= this.#queueUntilUs) this.overflows += 1;
      this.#queueUntilUs = nowUs + QUEUE_HOLD_US;
    }
  }

  /** Whether clearly more is lost in the last `windows` than is `usual`. */
  #exceeds(windows: number, usual: number): boolean {
    let expected = 0;
    for (let back = 1; back <= windows; back += 1) {
      expected += this.#expected[(this.#next + WINDOWS - back) % WINDOWS]!;
    }
    const chance = CERTAINTY * Math.sqrt((usual * (1 - usual)) / expected);
    return this.#loss(windows) - usual > Math.max(EXCESS, chance);
  }

  #considerTest(queueDelayUs: number | undefined, nowUs: number): void {
    const loss = this.#loss(RECENT);
    const offered = this.#offered(RECENT);
    if (loss < TESTED_LOSS || offered < TESTED_BITS_PER_SECOND || nowUs < this.#firstTestUs) return;
    if (nowUs < this.#queueUntilUs || (queueDelayUs ?? 0) >= QUEUE_US) return;
    const rose = loss > this.#testedLoss * 1.4 + RISE && nowUs - this.#lastTestUs > MIN_BETWEEN_TESTS_US;
    if (nowUs < this.#nextTestUs && !rose) return;
    // A full second of loss, or its beginning would be taken for less than it is.
    for (let back = 1; back <= RECENT; back += 1) {
      const slot = (this.#next + WINDOWS - back) % WINDOWS;
      if (this.#received[slot]! >= this.#expected[slot]!) return;
    }
    this.tests += 1;
    this.#lastTestUs = nowUs;
    this.#testedLoss = loss;
    this.#testedOffered = offered;
    this.#test = new RateTest(loss, offered, this.#mediaShare(), nowUs);
  }

  /** Evidence adds up over tests; one that leaves it open is made again soon. */
  #conclude(gain: number, nowUs: number): void {
    this.#test = undefined;
    this.#evidence = Math.max(-MAX_EVIDENCE, Math.min(MAX_EVIDENCE, this.#evidence + gain));
    if (this.#evidence > EVIDENCE) {
      this.#evidence = 0;
      this.policers += 1;
      this.#policed = true;
      this.#policedUntilUs = nowUs + POLICER_MEMORY_US;
    } else if (gain !== 0 && this.#evidence > -EVIDENCE) {
      this.#nextTestUs = nowUs + MIN_BETWEEN_TESTS_US;
    } else {
      this.#nextTestUs = nowUs + this.#retestUs;
      this.#retestUs = Math.min(MAX_RETEST_US, this.#retestUs * 2);
    }
  }

  /** Back to random when sending less did not help, or when there has been no loss for long. */
  #reconsider(nowUs: number): void {
    const loss = this.#loss(RECENT);
    if (loss >= LOSS_FLOOR) this.#policedUntilUs = nowUs + POLICER_MEMORY_US;
    const passed = this.#testedOffered * (1 - this.#testedLoss);
    const sendsLess = this.#offered(WINDOWS) < passed * WELL_BELOW;
    const persists = this.lossFraction > Math.max(TESTED_LOSS, this.#testedLoss * PERSISTS);
    if (nowUs < this.#policedUntilUs && !(sendsLess && persists)) return;
    this.#policed = false;
    this.#nextTestUs = nowUs + this.#retestUs;
  }

  #loss(windows: number): number {
    let expected = 0;
    let received = 0;
    for (let back = 1; back <= windows; back += 1) {
      const slot = (this.#next + WINDOWS - back) % WINDOWS;
      expected += this.#expected[slot]!;
      received += this.#received[slot]!;
    }
    return expected > 0 ? Math.max(0, expected - received) / expected : 0;
  }

  #mediaShare(): number {
    let expected = 0;
    let media = 0;
    for (let slot = 0; slot < WINDOWS; slot += 1) {
      expected += this.#expected[slot]!;
      media += this.#media[slot]!;
    }
    return expected > 0 ? media / expected : 1;
  }

  #offered(windows: number): number {
    let bits = 0;
    let durationUs = 0;
    for (let back = 1; back <= windows; back += 1) {
      const slot = (this.#next + WINDOWS - back) % WINDOWS;
      bits += this.#bits[slot]!;
      durationUs += this.#durationUs[slot]!;
    }
    return durationUs > 0 ? (bits * 1e6) / durationUs : 0;
  }
}
