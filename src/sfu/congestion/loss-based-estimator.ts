import { LossModel, MAX_INHERENT_LOSS } from './loss-model.ts';
import type { FeedbackOutcome } from './send-history.ts';
import type { SentBytes } from './sent-bytes.ts';

/** An observation is of at least so long, and so many packets. */
const OBSERVATION_US = 250_000;
const MIN_PACKETS = 8;
const MIN_OBSERVATIONS = 2;
/** Loss below this is nobody's concern. */
const NEGLIGIBLE_LOSS = 0.02;
/** How much likelier (logarithm) a path with a capacity must be than one that just loses, for the estimate to be cut. */
const EVIDENCE = 5;
/** Loss in bursts makes many packets one event: evidence counts so many times less at most. */
const MAX_DISPERSION = 8;
const BACKOFF = 0.95;
/** A rate that cost loss is not exceeded for so long, twice as long each time. @see loss_based_bwe_v2.cc (HOLD) */
const FIRST_HOLD_US = 2_000_000;
const MAX_HOLD_US = 20_000_000;
/** Afterwards it grows so much a second. */
const GROWTH = 0.08;
/** A cut that leaves no more than this part of the loss was right. */
const CONFIRMED_PART = 0.3;
/**
 * Else, a rate so different (logarithm) tells by how much what got through differs: not at all (0) is a capacity, just as
 * much (1) is none. If the rate stays as it was for so many observations, the path is blamed.
 */
const TELLING_CHANGE = 0.1;
const REFUTED = 0.6;
const MAX_TRIAL = 8;
/** What probes and growth may claim at most, until something is really sent at the rate and gets through. */
const UNPROVED = 1.25;
/** Loss above what is inherent that calls for another cut once a cut has proved right, and how sure it must be (sigma). */
const EXCESS_LOSS = 0.03;
const CERTAINTY = 3;
/** How quickly the inherent loss follows while a limit holds: weight of an observation. */
const INHERENT_WEIGHT = 0.1;
/** Sent so far above the capacity that was found, and no loss; or no loss for so long: the capacity is gone. */
const LIFTED = 1.2;
const LIFTED_US = 30_000_000;
const CANDIDATES = 8;
/** Loss that must be explained; rates that differ less explain nothing; and how often a probe may be asked to settle it. */
const TELLING_LOSS = 0.08;
const TELLING_VARIATION = 1.3;
const FIRST_TEST_US = 1_000_000;
const MAX_TEST_US = 60_000_000;

/**
 * Limits the rate where loss comes from sending too much, and only there: told from loss of the path itself by how it
 * changes with the rate (`LossModel`). Where both explain what is seen the path is blamed: redundancy and probes soon
 * change the rate and settle it, and a limit that does not lower the loss is lifted again.
 *
 * It differs from libwebrtc's in that inherent loss may be large: a call at 30 % radio loss needs more rate, not less.
 * @see draft-ietf-rmcat-gcc-02 §6; libwebrtc goog_cc/loss_based_bwe_v2.cc
 */
export class LossBasedEstimator {
  readonly #model = new LossModel();
  readonly #sent: SentBytes;
  readonly #min: number;
  #limit = Number.POSITIVE_INFINITY;
  #inherentLoss = 0;
  #holdUntilUs = Number.NEGATIVE_INFINITY;
  #holdUs = FIRST_HOLD_US;
  /** Of the observation being gathered. */
  #bytes = 0;
  #lostBytes = 0;
  #packets = 0;
  #fromUs = Number.NaN;
  #toUs = Number.NaN;
  /** Since the last cut, of packets sent after it, and what was lost at it. */
  #cutUs = Number.NaN;
  #lossAtCut = 0;
  #rateAtCut = 0;
  #confirmed = false;
  /** The limit that proved right before this one. */
  #previousLimit = Number.POSITIVE_INFINITY;
  #bytesSinceCut = 0;
  #lostSinceCut = 0;
  #observationsSinceCut = 0;
  #capacity = Number.POSITIVE_INFINITY;
  #testedUs = Number.NEGATIVE_INFINITY;
  #testUs = FIRST_TEST_US;
  /** Packets after one that passed or was lost, and of these that fared otherwise; decaying. */
  #afterPassed = 1;
  #passedThenLost = 0;
  #afterLost = 1;
  #lostThenPassed = 1;
  #wasLost = false;
  /** The limit that fell away with the last feedback, as no more was lost at it; Infinity: none did. bit/s. */
  liftedFrom = Number.POSITIVE_INFINITY;
  /** Limits found wrong, and cuts. */
  refuted = 0;
  cuts = 0;

  constructor(sent: SentBytes, minBitsPerSecond: number) {
    this.#sent = sent;
    this.#min = minBitsPerSecond;
  }

  /** bit/s; Infinity: loss does not limit. */
  get limitBitsPerSecond(): number {
    return this.#limit;
  }

  /** Part of all packets that the path loses whatever the rate, 0..0.55. */
  get inherentLoss(): number {
    return this.#inherentLoss;
  }

  /** Whether the limit must not be tested now. */
  isHeld(nowUs: number): boolean {
    return this.#limit < Number.POSITIVE_INFINITY && nowUs < this.#holdUntilUs;
  }

  /**
   * Whether a probe at another rate than the present one would tell why packets are lost: true once, then not for 1 s,
   * 2 s and so on. The rate sent at is `sentBitsPerSecond`.
   */
  wantsTest(nowUs: number): boolean {
    const model = this.#model;
    if (this.#limit < Number.POSITIVE_INFINITY || model.count < MIN_OBSERVATIONS) return false;
    if (
      model.lossOfNewest(MIN_OBSERVATIONS) < TELLING_LOSS ||
      model.variation(MIN_OBSERVATIONS) > TELLING_VARIATION
    )
      return false;
    if (nowUs - this.#testedUs < this.#testUs) return false;
    this.#testUs =
      nowUs - this.#testedUs > 2 * this.#testUs ? FIRST_TEST_US : Math.min(this.#testUs * 2, MAX_TEST_US);
    this.#testedUs = nowUs;
    return true;
  }

  /** bit/s: the least of the last observations, which are all about the same when a test is wanted. */
  get sentBitsPerSecond(): number {
    return this.#model.leastRate(MIN_OBSERVATIONS);
  }

  /** A probe got through at `bitsPerSecond`. Short as it is it may have been let through, so it proves little. */
  probed(bitsPerSecond: number): void {
    if (!this.#confirmed || bitsPerSecond <= this.#limit || this.#exceeds()) return;
    this.#limit = Math.min(bitsPerSecond, Math.max(this.#limit, this.#capacity * UNPROVED));
  }

  /**
   * Takes a feedback in. `congested`: a queue grows, so its loss says nothing of the path; `estimate`: what the delay
   * allows, bit/s, above which a limit is no longer one.
   */
  update(outcome: Readonly<FeedbackOutcome>, congested: boolean, estimate: number, nowUs: number): void {
    this.liftedFrom = Number.POSITIVE_INFINITY;
    for (let row = 0; row < outcome.count; row += 1) this.#note(outcome, row);
    const spanUs = this.#toUs - this.#fromUs;
    if (!(spanUs >= OBSERVATION_US) || this.#packets < MIN_PACKETS) return;
    const rate = this.#sent.bitsPerSecond(this.#fromUs, this.#toUs);
    const lostBytes = Math.min(Math.max(this.#lostBytes, 0), this.#bytes);
    if (!congested) this.#model.add(rate, this.#bytes, lostBytes);
    if (this.#fromUs >= this.#cutUs) {
      this.#bytesSinceCut += this.#bytes;
      this.#lostSinceCut += lostBytes;
      this.#observationsSinceCut += 1;
    }
    this.#fromUs = this.#toUs;
    this.#bytes = 0;
    this.#lostBytes = 0;
    this.#packets = 0;
    if (congested || this.#model.count < MIN_OBSERVATIONS) return;
    if (this.#limit === Number.POSITIVE_INFINITY) this.#judge(estimate, nowUs);
    else if (this.#observationsSinceCut < MIN_OBSERVATIONS) return;
    else if (!this.#confirmed) this.#verify(nowUs);
    else if (this.#exceeds()) this.#cutAgain(estimate, nowUs);
    else this.#grow(spanUs / 1e6, nowUs);
  }

  #note(outcome: Readonly<FeedbackOutcome>, row: number): void {
    const sentUs = outcome.sentUs[row]!;
    const size = outcome.sizes[row]!;
    if (outcome.recovered[row] === 1) {
      this.#lostBytes -= size;
      return;
    }
    if (Number.isNaN(this.#fromUs)) {
      this.#fromUs = sentUs;
      this.#toUs = sentUs;
    }
    if (sentUs > this.#toUs) this.#toUs = sentUs;
    const lost = Number.isNaN(outcome.arrivedUs[row]);
    this.#packets += 1;
    this.#bytes += size;
    if (lost) this.#lostBytes += size;
    this.#noteTransition(lost);
  }

  #noteTransition(lost: boolean): void {
    const kept = 0.998;
    if (this.#wasLost) {
      this.#afterLost = this.#afterLost * kept + 1;
      this.#lostThenPassed = this.#lostThenPassed * kept + (lost ? 0 : 1);
    } else {
      this.#afterPassed = this.#afterPassed * kept + 1;
      this.#passedThenLost = this.#passedThenLost * kept + (lost ? 1 : 0);
    }
    this.#wasLost = lost;
  }

  /** How many times more the number of losses varies than if each packet were lost by itself; 1..8. */
  get #dispersion(): number {
    const correlation = 1 - this.#passedThenLost / this.#afterPassed - this.#lostThenPassed / this.#afterLost;
    const bounded = Math.min(Math.max(correlation, 0), 0.9);
    return Math.min((1 + bounded) / (1 - bounded), MAX_DISPERSION);
  }

  /** A cut is an experiment: whether what got through fell with the rate tells what kind of loss it was. */
  #verify(nowUs: number): void {
    const model = this.#model;
    const loss = this.#lostSinceCut / this.#bytesSinceCut;
    const rate = (model.rateAt(0) + model.rateAt(1)) / 2;
    if (loss < Math.max(EXCESS_LOSS, CONFIRMED_PART * this.#lossAtCut)) {
      this.#confirmed = true;
      this.#inherentLoss = loss;
      this.#previousLimit = this.#limit;
      return;
    }
    const change = Math.log(this.#rateAtCut / rate);
    const tells = Math.abs(change) > TELLING_CHANGE;
    if (!tells && this.#observationsSinceCut < MAX_TRIAL) return;
    const passed = rate * (1 - loss);
    const passedAtCut = this.#rateAtCut * (1 - this.#lossAtCut);
    if (!tells || Math.log(passedAtCut / passed) / change > REFUTED) {
      this.refuted += 1;
      model.keepNewest(this.#observationsSinceCut);
      this.#inherentLoss = Math.min(loss, MAX_INHERENT_LOSS);
      this.#limit = this.#previousLimit;
      this.#confirmed = this.#limit < Number.POSITIVE_INFINITY;
      return;
    }
    this.#limit = Math.max(Math.min(passed * BACKOFF, this.#limit), this.#min);
    this.#capacity = passed;
    this.#holdUntilUs = nowUs + this.#holdUs;
    this.#beginWatching();
  }

  /** The limit has proved right, and nothing more than what is inherent is lost. */
  #grow(seconds: number, nowUs: number): void {
    this.#inherentLoss += INHERENT_WEIGHT * (this.#model.lossAt(0) - this.#inherentLoss);
    if (nowUs < this.#holdUntilUs) return;
    const proved = Math.max(this.#model.rateAt(0), this.#model.rateAt(1), this.#capacity);
    this.#limit = Math.max(this.#limit, Math.min(this.#limit * (1 + GROWTH * seconds), proved * UNPROVED));
    const sent = Math.min(this.#model.rateAt(0), this.#model.rateAt(1));
    if (sent <= this.#capacity * LIFTED && nowUs - this.#holdUntilUs < LIFTED_US) return;
    this.liftedFrom = Math.max(this.#limit, sent);
    this.#limit = Number.POSITIVE_INFINITY;
    this.#previousLimit = this.#limit;
  }

  /** Whether clearly more is lost than is inherent. */
  #exceeds(): boolean {
    const loss = this.#model.lossOfNewest(MIN_OBSERVATIONS);
    const packets = this.#model.weightOfNewest(MIN_OBSERVATIONS) / this.#dispersion;
    const inherent = this.#inherentLoss;
    const deviation = Math.sqrt((inherent * (1 - inherent) + 0.01) / Math.max(packets, 1));
    return loss > inherent + Math.max(EXCESS_LOSS, CERTAINTY * deviation);
  }

  /** The limit, which had proved right, has grown beyond the capacity. */
  #cutAgain(estimate: number, nowUs: number): void {
    const model = this.#model;
    let capacity = Number.POSITIVE_INFINITY;
    for (let age = 0; age < MIN_OBSERVATIONS; age += 1) {
      const passed = (model.rateAt(age) * (1 - model.lossAt(age))) / (1 - this.#inherentLoss);
      if (passed < capacity) capacity = passed;
    }
    this.#cut(Math.max(capacity, this.#capacity * BACKOFF), estimate, nowUs);
  }

  #judge(estimate: number, nowUs: number): void {
    const model = this.#model;
    const average = model.averageLoss;
    if (average < NEGLIGIBLE_LOSS) {
      this.#inherentLoss = average;
      return;
    }
    const unlimited = model.fit(Number.POSITIVE_INFINITY);
    const unlimitedLoss = model.inherentLoss;
    let best = Number.NEGATIVE_INFINITY;
    let bestCapacity = Number.POSITIVE_INFINITY;
    let bestLoss = unlimitedLoss;
    for (let age = 0; age < Math.min(model.count, CANDIDATES); age += 1) {
      // What got through is the capacity, if there is one.
      const capacity = model.rateAt(age) * (1 - model.lossAt(age));
      const likelihood = capacity > 0 ? model.fit(capacity) : Number.NEGATIVE_INFINITY;
      if (likelihood > best) {
        best = likelihood;
        bestCapacity = capacity;
        bestLoss = model.inherentLoss;
      }
    }
    const limits = (best - unlimited) / this.#dispersion > EVIDENCE;
    this.#inherentLoss = limits ? bestLoss : unlimitedLoss;
    const exceeds = model.rateAt(0) > bestCapacity && model.lossAt(0) > bestLoss + NEGLIGIBLE_LOSS;
    if (limits && exceeds) this.#cut(bestCapacity, estimate, nowUs);
  }

  #cut(capacity: number, estimate: number, nowUs: number): void {
    const limit = Math.max(capacity * BACKOFF, this.#min);
    if (limit >= Math.min(this.#limit, estimate)) return;
    if (Number.isNaN(this.#cutUs) || nowUs - this.#cutUs > 3 * MAX_HOLD_US) this.#holdUs = FIRST_HOLD_US;
    else if (nowUs > this.#holdUntilUs) this.#holdUs = Math.min(this.#holdUs * 2, MAX_HOLD_US);
    this.#limit = limit;
    this.#capacity = capacity;
    this.#holdUntilUs = nowUs + this.#holdUs;
    this.#lossAtCut = this.#model.lossAt(0);
    this.#rateAtCut = this.#model.rateAt(0);
    this.#confirmed = false;
    this.#beginWatching();
    this.cuts += 1;
  }

  /** From what is sent now on, the limit is on trial. */
  #beginWatching(): void {
    this.#cutUs = this.#sent.newestUs;
    this.#bytesSinceCut = 0;
    this.#lostSinceCut = 0;
    this.#observationsSinceCut = 0;
  }
}
