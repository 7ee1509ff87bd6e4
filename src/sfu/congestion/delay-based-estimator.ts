import { AimdRateControl } from './aimd-rate-control.ts';
import { InterArrival } from './inter-arrival.ts';
import { type BandwidthUsage, OveruseDetector } from './overuse-detector.ts';
import { TrendlineEstimator } from './trendline-estimator.ts';

export interface EstimateBounds {
  /** bit/s, all greater than 0. */
  readonly startBitsPerSecond: number;
  readonly minBitsPerSecond: number;
  readonly maxBitsPerSecond: number;
}

/** A queue shorter than this is none, and one longer than that is one. */
const SHORT_QUEUE_US = 10_000;
const LONG_QUEUE_US = 60_000;
const GROWING_US = 5_000;
/** Nothing arrived for so long: what the delay did before means nothing. */
const TIMEOUT_US = 2_000_000;

/**
 * The rate at which queues on the path do not grow: groups → trend → overuse → rate.
 * @see draft-ietf-rmcat-gcc-02 §5; libwebrtc goog_cc/delay_based_bwe.cc
 */
export class DelayBasedEstimator {
  readonly rate: AimdRateControl;
  #groups = new InterArrival();
  #trendline = new TrendlineEstimator();
  #detector = new OveruseDetector();
  #fedUs = Number.NEGATIVE_INFINITY;
  #usage: BandwidthUsage = 'normal';
  #previous: BandwidthUsage = 'normal';
  #queueUs = 0;
  /** The overuse of before is over, with the last feedback. */
  recovered = false;
  /** Times the receiver's clock jumped. */
  clockJumps = 0;

  constructor(bounds: EstimateBounds) {
    this.rate = new AimdRateControl(
      bounds.startBitsPerSecond,
      bounds.minBitsPerSecond,
      bounds.maxBitsPerSecond,
    );
  }

  /** What the trend says, so far as packets really wait: see `judge`. */
  get usage(): BandwidthUsage {
    return this.#usage;
  }

  /** bit/s */
  get bitsPerSecond(): number {
    return this.rate.bitsPerSecond;
  }

  /** A packet arrived; told in order of arrival. */
  add(sentUs: number, arrivedUs: number, size: number, nowUs: number): void {
    if (nowUs - this.#fedUs > TIMEOUT_US && this.#fedUs !== Number.NEGATIVE_INFINITY) this.#restart();
    this.#fedUs = nowUs;
    const jumps = this.#groups.resets;
    if (this.#groups.add(sentUs, arrivedUs, size)) {
      this.#trendline.update(this.#groups.sendDeltaUs, this.#groups.arrivalDeltaUs);
      this.#detector.update(this.#trendline.trend, this.#trendline.count, this.#groups.sendDeltaUs);
    } else if (this.#groups.resets !== jumps) {
      this.clockJumps += 1;
      this.#restart();
      this.#groups.add(sentUs, arrivedUs, size);
    }
  }

  /**
   * After the packets of a feedback, given how long the quickest of them waited, µs. A trend without a queue is the burst
   * of a large picture, or jitter; a long queue that still grows needs no trend.
   */
  judge(queueUs: number): void {
    const { state } = this.#detector;
    const grows = queueUs > this.#queueUs + GROWING_US;
    this.#usage = state;
    if (state === 'overuse' && queueUs < SHORT_QUEUE_US) this.#usage = 'normal';
    else if (state === 'normal' && queueUs > LONG_QUEUE_US && grows) this.#usage = 'overuse';
    this.#queueUs = grows || queueUs < this.#queueUs ? queueUs : this.#queueUs;
  }

  /**
   * Then, to set the rate. `throughput`: bit/s that got through; `probed`: bit/s a probe measured; either may be
   * unknown. `mayIncrease`: what is sent fills the estimate.
   */
  update(
    throughput: number | undefined,
    probed: number | undefined,
    mayIncrease: boolean,
    nowUs: number,
  ): void {
    const { usage } = this;
    // A probe that found less proves little: it may have been cut short. If there is less, the delay will tell.
    if (usage !== 'overuse' && probed !== undefined && probed > this.rate.bitsPerSecond) {
      this.rate.capacity.probed(probed);
      this.rate.set(probed, nowUs);
    } else {
      this.rate.update(usage, throughput, mayIncrease, nowUs);
    }
    this.recovered = this.#previous === 'underuse' && usage === 'normal';
    this.#previous = usage;
  }

  #restart(): void {
    this.#groups = new InterArrival();
    this.#trendline = new TrendlineEstimator();
    this.#detector = new OveruseDetector();
  }
}
