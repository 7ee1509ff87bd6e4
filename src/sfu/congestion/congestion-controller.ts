import { AcknowledgedBitrateEstimator } from './acknowledged-bitrate-estimator.ts';
import { AlrDetector } from './alr-detector.ts';
import { DelayBasedEstimator, type EstimateBounds } from './delay-based-estimator.ts';
import { FeedbackArrivals } from './feedback-arrivals.ts';
import { FeedbackWatch } from './feedback-watch.ts';
import { LossBasedEstimator } from './loss-based-estimator.ts';
import { LossFraction } from './loss-fraction.ts';
import { ProbeBitrateEstimator } from './probe-bitrate-estimator.ts';
import { type Probe, ProbeController } from './probe-controller.ts';
import { QueueDelay } from './queue-delay.ts';
import { RembLimit } from './remb-limit.ts';
import type { FeedbackOutcome } from './send-history.ts';
import { SentBytes } from './sent-bytes.ts';

export type CongestionState = 'normal' | 'overuse' | 'underuse' | 'lossLimited' | 'noFeedback';

/** Packets leave at this multiple of the target, so that a picture is not late. @see libwebrtc pacing_controller.h */
const PACING_FACTOR = 2.5;
/** A limit that fell away lets the rate rise by this at first. */
const LIFTED_STEP = 1.25;
/** What was really sent is looked at over this span, and its peak remembered for this long. */
const SENT_SPAN_US = 500_000;
const SENT_PEAK_US = 1_000_000;
/** A queue so long is drained: the target is lowered to a part of what gets through until it is short again. */
const LONG_QUEUE_US = 120_000;
const SHORT_QUEUE_US = 40_000;
const DRAIN_PART = 0.85;
const DRAIN_PACING = 0.6;
/** Of a feedback in the mean delay. */
const MEAN_WEIGHT = 0.05;
/** Of the feedback that is being read; shared, as one is read at a time. */
const arrivals = new FeedbackArrivals();

/**
 * Congestion control towards one subscriber: told what is sent and what feedback says, it tells at what rate to send.
 * The target is the least of what the delay allows and what loss allows; lost packets count as sent, so it is a rate of
 * sending, not of arriving. Sans-IO; never throws on what a subscriber says; all its state is bounded.
 * @see docs/congestion-control.md; draft-ietf-rmcat-gcc-02; libwebrtc goog_cc/goog_cc_network_control.cc
 */
export class CongestionController {
  readonly #max: number;
  readonly #min: number;
  readonly #sent = new SentBytes();
  readonly #acknowledged = new AcknowledgedBitrateEstimator();
  readonly #delay: DelayBasedEstimator;
  readonly #loss: LossBasedEstimator;
  readonly #lossFraction = new LossFraction();
  readonly #alr: AlrDetector;
  readonly #probes: ProbeController;
  readonly #probeRates = new ProbeBitrateEstimator();
  readonly #queue = new QueueDelay();
  readonly #watch = new FeedbackWatch();
  readonly #remb: RembLimit;
  #demand = 0;
  #target: number | undefined;
  /** A packet was acknowledged: the estimators have something to go by. */
  #begun = false;
  #draining = false;
  #newestReportedUs = Number.NEGATIVE_INFINITY;
  #firstSentUs = Number.NaN;
  #sentPeak = 0;
  #sentPeakUs = Number.NEGATIVE_INFINITY;
  /** µs that queues and jitter hold packets up, in the mean of the last second or so; probes do not count. */
  meanQueueUs = 0;
  /** Feedbacks by which the subscriber's clock jumped, ahead or back. */
  clockJumps = 0;

  constructor(bounds: EstimateBounds) {
    this.#min = bounds.minBitsPerSecond;
    this.#max = bounds.maxBitsPerSecond;
    this.#delay = new DelayBasedEstimator(bounds);
    this.#loss = new LossBasedEstimator(this.#sent, bounds.minBitsPerSecond);
    this.#alr = new AlrDetector(bounds.startBitsPerSecond);
    this.#probes = new ProbeController(bounds.startBitsPerSecond, bounds.maxBitsPerSecond);
    this.#remb = new RembLimit(bounds.startBitsPerSecond, bounds.minBitsPerSecond, bounds.maxBitsPerSecond);
  }

  /** bit/s of RTP, redundancy included; undefined: the subscriber never gave any feedback, so nothing is known. */
  get targetBitsPerSecond(): number | undefined {
    return this.#target;
  }

  /** bit/s at which the pacer empties its queue; undefined as the target. */
  get pacingBitsPerSecond(): number | undefined {
    if (this.#target === undefined) return undefined;
    return this.#target * (this.#draining ? DRAIN_PACING : PACING_FACTOR);
  }

  /** bit/s up to which padding fills what media leaves free; 0 unless a limit of loss is being grown out of. */
  get paddingBitsPerSecond(): number {
    if (this.#target === undefined || this.state !== 'lossLimited' || this.#probes.held) return 0;
    return Math.min(this.#target, this.#demand);
  }

  /** 0..1: of the packets sent, those the network took, over about a second. */
  get lossFraction(): number {
    return this.#lossFraction.fraction;
  }

  /** µs a packet waits in the network's queues. */
  get queueDelayUs(): number {
    return this.#queue.us;
  }

  get state(): CongestionState {
    if (this.#watch.silent) return 'noFeedback';
    const { usage } = this.#delay;
    if (usage === 'overuse' || this.#draining) return 'overuse';
    if (this.#loss.limitBitsPerSecond < this.#delay.bitsPerSecond) return 'lossLimited';
    return usage;
  }

  /** When `handleTimeout` next has something to do, µs; Infinity: nothing. */
  get nextTimeoutUs(): number {
    return Math.min(this.#watch.nextTimeoutUs, this.#probes.nextTimeoutUs);
  }

  /** A packet with a transport-wide number leaves: `size` bytes of RTP; `probeClusterId` -1: of no probe. */
  packetSent(size: number, probeClusterId: number, nowUs: number): void {
    if (Number.isNaN(this.#firstSentUs)) this.#firstSentUs = nowUs;
    this.#sent.add(size, nowUs);
    this.#watch.sent(nowUs);
    // A probe is not what the application has to say.
    if (probeClusterId < 0) this.#alr.sent(size, nowUs);
  }

  /** What a feedback told; see `SendHistory.receive`. */
  handleFeedback(outcome: Readonly<FeedbackOutcome>, nowUs: number): void {
    if (outcome.count === 0) return;
    this.#alr.update(nowUs);
    const silentUs = this.#watch.heard(nowUs);
    this.#noteLoss(outcome, nowUs);
    const probed = this.#noteArrivals(outcome, nowUs);
    if (outcome.ackedPackets === 0 && !this.#begun) return;
    this.#noteSentPeak(nowUs);
    const inherent = this.#loss.inherentLoss;
    const throughput = this.#throughput(inherent);
    if (!this.#begun) {
      this.#begun = true;
      // Until now packets left as they came: where that is more than the start rate and got through, go on from there.
      const fromUs = Math.max(nowUs - SENT_SPAN_US, this.#firstSentUs);
      const sent = Math.min(this.#sent.bitsPerSecond(fromUs, nowUs), this.#max);
      if (sent > this.#delay.bitsPerSecond) this.#delay.rate.set(sent, nowUs);
      this.#probes.setEstimate(this.#delay.bitsPerSecond, nowUs);
      this.#probes.start(nowUs);
    }
    if (silentUs > 0) this.#delay.rate.set(this.#delay.bitsPerSecond * this.#watch.lastingFactor, nowUs);
    const congested = this.#delay.usage === 'overuse' || this.#queue.us > LONG_QUEUE_US;
    const mayIncrease = this.#alr.startedUs === undefined;
    this.#delay.update(throughput, probed, mayIncrease, nowUs);
    this.#loss.update(outcome, congested, this.#delay.bitsPerSecond, nowUs);
    // What the delay allowed meanwhile was never tried: from the limit on it goes in steps.
    if (this.#loss.liftedFrom * LIFTED_STEP < this.#delay.bitsPerSecond) {
      this.#delay.rate.set(this.#loss.liftedFrom * LIFTED_STEP, nowUs);
    }
    if (probed !== undefined && !congested) {
      this.#loss.probed(probed);
      this.#acknowledged.expectFastChange();
      this.#probes.measured(probed, nowUs);
    }
    this.#drain();
    this.#apply(nowUs);
    if (this.#delay.recovered) this.#probes.recovered(nowUs);
    if (!congested && this.#loss.wantsTest(nowUs)) {
      this.#probes.testLoss(this.#loss.sentBitsPerSecond, nowUs);
    }
    this.#probes.process(nowUs);
  }

  /** A round trip took `rttUs`, as reports, STUN or XR measured it. */
  measuredRtt(rttUs: number): void {
    if (rttUs > 0 && rttUs < 10e6) this.#delay.rate.rttMs = rttUs / 1000;
  }

  /** The receiver's own estimate; heeded only while it gives no transport-wide feedback. Any value is bounded. */
  handleRemb(bitsPerSecond: number, nowUs: number): void {
    if (this.#begun) return;
    this.#remb.update(bitsPerSecond, nowUs);
    this.#target = this.#remb.bitsPerSecond;
  }

  /** All that is wanted, in the best layers, would take `bitsPerSecond`: probing seeks no more than that and a headroom. */
  setDemand(bitsPerSecond: number, nowUs: number): void {
    this.#demand = Math.max(0, bitsPerSecond);
    this.#probes.setDemand(this.#demand, nowUs);
  }

  /** The next probe to send; undefined: none. Ask after each call that took feedback, a demand or a timeout. */
  takeProbe(): Probe | undefined {
    const probe = this.#probes.take();
    if (probe !== undefined) this.#probeRates.begin(probe.clusterId, probe.minBytes, probe.minPackets);
    return probe;
  }

  handleTimeout(nowUs: number): void {
    this.#alr.update(nowUs);
    this.#watch.process(nowUs);
    this.#probes.process(nowUs);
    if (this.#begun) this.#apply(nowUs);
  }

  #noteLoss(outcome: Readonly<FeedbackOutcome>, nowUs: number): void {
    const { ackedPackets, lostPackets, recoveredPackets } = outcome;
    this.#lossFraction.update(
      ackedPackets + lostPackets - recoveredPackets,
      lostPackets,
      recoveredPackets,
      nowUs,
    );
    if (lostPackets === 0) return;
    for (let row = 0; row < outcome.count; row += 1) {
      const cluster = outcome.probeClusterIds[row]!;
      if (cluster >= 0 && Number.isNaN(outcome.arrivedUs[row])) this.#probeRates.lost(cluster);
    }
  }

  /** Feeds what arrived, in order of arrival. Returns what a probe measured, bit/s; undefined: none did. */
  #noteArrivals(outcome: Readonly<FeedbackOutcome>, nowUs: number): number | undefined {
    const count = arrivals.sort(outcome);
    if (count === 0) return undefined;
    const jumps = this.#delay.clockJumps;
    if (this.#alr.endedUs > this.#newestReportedUs) this.#acknowledged.expectFastChange();
    this.#creditUnreported(outcome, arrivals.row(0));
    let probed: number | undefined;
    let quickestUs = Number.POSITIVE_INFINITY;
    let sumUs = 0;
    let counted = 0;
    for (let index = 0; index < count; index += 1) {
      const row = arrivals.row(index);
      const sentUs = outcome.sentUs[row]!;
      const arrivedUs = outcome.arrivedUs[row]!;
      const size = outcome.sizes[row]!;
      this.#delay.add(sentUs, arrivedUs, size, nowUs);
      this.#acknowledged.add(size, arrivedUs);
      if (sentUs > this.#newestReportedUs) this.#newestReportedUs = sentUs;
      const cluster = outcome.probeClusterIds[row]!;
      // A probe makes a queue of its own, on purpose.
      if (cluster < 0) {
        const delayUs = arrivedUs - sentUs;
        if (delayUs < quickestUs) quickestUs = delayUs;
        sumUs += delayUs;
        counted += 1;
      }
      if (cluster >= 0) {
        this.#probeRates.acked(cluster, size, sentUs, arrivedUs);
        probed = this.#probeRates.result(cluster, this.#loss.inherentLoss, this.lossFraction) ?? probed;
      }
    }
    if (this.#delay.clockJumps !== jumps) {
      this.clockJumps += this.#delay.clockJumps - jumps;
      this.#queue.reset();
      this.#acknowledged.restart();
    }
    if (counted > 0) {
      this.#queue.update(quickestUs, nowUs);
      const meanUs = sumUs / counted - quickestUs + this.#queue.us;
      this.meanQueueUs += (meanUs - this.meanQueueUs) * MEAN_WEIGHT;
    }
    this.#delay.judge(this.#queue.us);
    return probed;
  }

  /**
   * A feedback that was itself lost leaves a gap in time between what was reported before and what is now; the packets
   * sent in it arrived as likely as the others, and the throughput is not to suffer.
   */
  #creditUnreported(outcome: Readonly<FeedbackOutcome>, firstRow: number): void {
    const firstUs = outcome.sentUs[0]!;
    if (this.#newestReportedUs === Number.NEGATIVE_INFINITY || firstUs <= this.#newestReportedUs) return;
    const bytes = this.#sent.between(this.#newestReportedUs, firstUs - 1);
    if (bytes > 0) {
      this.#acknowledged.add(bytes * (1 - this.lossFraction), outcome.arrivedUs[firstRow]!);
    }
  }

  /** No more than this can be claimed to have got through. */
  #noteSentPeak(nowUs: number): void {
    const newestUs = this.#newestReportedUs;
    const sent = this.#sent.bitsPerSecond(newestUs - SENT_SPAN_US, newestUs);
    if (sent >= this.#sentPeak || nowUs - this.#sentPeakUs > SENT_PEAK_US) {
      this.#sentPeak = sent;
      this.#sentPeakUs = nowUs;
    }
  }

  /** What got through, and what would have but for inherent loss, bit/s; bounded by what was sent. */
  #throughput(inherentLoss: number): number | undefined {
    const { bitsPerSecond, latestBitsPerSecond } = this.#acknowledged;
    if (bitsPerSecond === undefined || latestBitsPerSecond === undefined) return undefined;
    // At overuse the quicker measure counts: whether the path or what is sent changed, it did so just now.
    const got = this.#delay.usage === 'overuse' ? latestBitsPerSecond : bitsPerSecond;
    return Math.min(got / (1 - inherentLoss), this.#sentPeak);
  }

  #drain(): void {
    const { us } = this.#queue;
    if (this.#delay.usage === 'overuse' && us > LONG_QUEUE_US) this.#draining = true;
    else if (us < SHORT_QUEUE_US) this.#draining = false;
  }

  #apply(nowUs: number): void {
    let target = Math.min(this.#delay.bitsPerSecond, this.#loss.limitBitsPerSecond);
    this.#probes.lossFraction = this.lossFraction;
    this.#probes.lossLimited = this.#loss.limitBitsPerSecond < this.#delay.bitsPerSecond;
    this.#probes.held = this.#loss.isHeld(nowUs) || this.#draining || this.#watch.silent;
    this.#probes.setEstimate(target, nowUs);
    this.#alr.setEstimate(target);
    if (this.#draining) target *= DRAIN_PART;
    target *= this.#watch.factor;
    this.#target = Math.min(Math.max(target, this.#min), this.#max);
  }
}
