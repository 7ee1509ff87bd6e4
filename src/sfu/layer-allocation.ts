/** Deals the layers of one subscriber's pictures: when something changes, and as the estimate moves. */
import {
  allocateLayers,
  costOfTarget,
  costOfWish,
  type LayerBudget,
  type LayerDemand,
  type LayerTarget,
} from './congestion/allocator.ts';
import { redundancyFor } from './congestion/loss-redundancy.ts';
import { RaiseGuard } from './congestion/raise-guard.ts';
import type { Consumer } from './consumer.ts';
import type { TransportState } from './transport-state.ts';

/** With an estimate the layers are looked at this often: their rates change without a word. */
const INTERVAL_US = 200_000;
/** After a fall of the estimate this soon: what does not fit makes the others late. */
const URGENT_INTERVAL_US = 50_000;
const FALL = 0.95;
/**
 * The first estimate is only where probing begins. So long after it, no layer is taken away that shows no sign of being
 * too much.
 */
const SETTLING_US = 1_500_000;
/** No publisher is asked for less, bit/s. */
const MIN_ALLOWANCE = 80_000;
/** So many times what a picture takes bounds nobody. */
const PLENTY = 3;

export class LayerAllocation {
  /** The subscriptions of the transport that are video. */
  readonly consumers: Consumer[] = [];

  readonly #transport: TransportState;
  readonly #guards = new WeakMap<Consumer, RaiseGuard>();
  #lastUs = Number.NEGATIVE_INFINITY;
  #lastTarget: number | undefined;
  #settledUs = Number.NaN;
  /** Of pictures that come in one size only: what the downlink has for each, bit/s. */
  #allowances = new Map<Consumer, number>();

  constructor(transport: TransportState) {
    this.#transport = transport;
  }

  /** When to call `run` for what the estimate did, µs; Infinity: nobody estimates. */
  get nextTimeoutUs(): number {
    const target = this.#transport.downlink.targetBitsPerSecond;
    if (target === undefined) return Number.POSITIVE_INFINITY;
    if (this.#lastTarget === undefined) return this.#lastUs;
    return this.#lastUs + (target < this.#lastTarget * FALL ? URGENT_INTERVAL_US : INTERVAL_US);
  }

  /** Whether there is a publisher that should keep to something for this subscriber's sake. */
  get isBounding(): boolean {
    return this.#allowances.size > 0;
  }

  /** Decides anew which layer each subscription that is not paused gets. */
  run(speaker: TransportState | undefined, nowUs: number): void {
    const { downlink } = this.#transport;
    const consumers = this.consumers.filter((consumer) => !consumer.paused);
    const target = downlink.targetBitsPerSecond;
    this.#lastUs = nowUs;
    this.#lastTarget = target;
    const demands = consumers.map((consumer) => ({
      ...consumer.demand(nowUs),
      speaking: consumer.producer.transport === speaker,
      ceiling: this.#guards.get(consumer)?.ceiling(target ?? Infinity, nowUs) ?? Infinity,
    }));
    const audio = downlink.audioBitsPerSecond(nowUs);
    const budget =
      target === undefined || this.#isSettling(nowUs)
        ? undefined
        : { bitsPerSecond: Math.max(0, target - audio), redundancy: redundancyFor(downlink.lossFraction) };
    const targets = allocateLayers(demands, budget);
    downlink.setDemand(
      demands.reduce((sum, demand) => sum + costOfWish(demand), audio),
      nowUs,
    );
    this.#allow(consumers, demands, targets, budget);
    for (const [index, consumer] of consumers.entries()) {
      const next = targets[index]!;
      this.#note(consumer, demands[index]!, next, nowUs);
      consumer.setTarget(next, nowUs);
    }
  }

  /** What the publisher should not exceed for this subscriber's sake, bit/s; Infinity: it may send what it likes. */
  allowanceOf(consumer: Consumer): number {
    return this.#allowances.get(consumer) ?? Number.POSITIVE_INFINITY;
  }

  /** Each has a part of the budget as large as its part of what is sent. A publisher of several sizes is let be. */
  #allow(
    consumers: readonly Consumer[],
    demands: readonly LayerDemand[],
    targets: readonly LayerTarget[],
    budget: LayerBudget | undefined,
  ): void {
    this.#allowances.clear();
    if (budget === undefined) return;
    const costs = demands.map((demand, index) => costOfTarget(demand, targets[index]!));
    const sum = costs.reduce((total, cost) => total + cost, 0);
    for (const [index, consumer] of consumers.entries()) {
      if (demands[index]!.layers.length !== 1 || sum === 0) continue;
      const share = (budget.bitsPerSecond / (1 + budget.redundancy)) * (costs[index]! / sum);
      if (share < costs[index]! * PLENTY) this.#allowances.set(consumer, Math.max(MIN_ALLOWANCE, share));
    }
  }

  #isSettling(nowUs: number): boolean {
    if (Number.isNaN(this.#settledUs)) this.#settledUs = nowUs + SETTLING_US;
    const { state } = this.#transport.downlink.congestion;
    if (state !== 'normal' && state !== 'underuse') this.#settledUs = nowUs;
    return nowUs < this.#settledUs;
  }

  #note(consumer: Consumer, demand: LayerDemand, next: LayerTarget, nowUs: number): void {
    const before = demand.previous?.target;
    if (before === undefined || before.spatialLayer < 0 || next.spatialLayer < 0) return;
    const step = next.spatialLayer - before.spatialLayer || next.temporalLayer - before.temporalLayer;
    if (step === 0) return;
    const estimate = this.#lastTarget ?? Number.POSITIVE_INFINITY;
    let guard = this.#guards.get(consumer);
    if (step > 0) guard?.raised(estimate, nowUs);
    else if (next.reason === 'bandwidth' || next.reason === 'loss') {
      guard ??= new RaiseGuard();
      this.#guards.set(consumer, guard);
      guard.lowered(costOfTarget(demand, before), estimate, nowUs);
    }
  }
}
