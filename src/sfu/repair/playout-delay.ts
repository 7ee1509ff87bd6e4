/**
 * How long the subscriber is to hold pictures back, so that repairs come before they are missed: the playout-delay
 * header extension (12 + 12 bits, units of 10 ms).
 * @see webrtc.org/experiments/rtp-hdrext/playout-delay, libwebrtc modules/video_coding/timing/timing.cc
 */

/** Milliseconds of delay that one leg's loss is worth at a round trip of 50 ms; measured, see the decision's page. */
const LOSS = [0.03, 0.1, 0.3, 0.4, 0.5, 0.6] as const;
const DELAY_MS = [15, 45, 110, 140, 172, 190] as const;
/** Losses that come in bursts want as much as this much more loss. */
const BURST_LOSS = 0.1;
/** Rounds of repair grow with the round trip. */
const RTT_MS = 50;
const RTT_PART = 1 / 140;
/**
 * On a narrow line pictures and repairs wait for each other: this many times what packets wait in the mean, as long as the
 * delay is not longer than 30 % of loss would make it, which is enough for both.
 */
const QUEUE_PART = 1.5;
const ENOUGH_MS = 110;
const MAX_MIN_MS = 380;
const MIN_MIN_MS = 50;
const SPREAD_MS = 150;
/** A wish this near to what is told changes nothing; growing is urgent, shrinking is not. */
const UP_MS = 30;
const DOWN_MS = 30;
const UP_INTERVAL_US = 300_000;
const DOWN_INTERVAL_US = 3_000_000;
const MAX_DOWN_MS = 40;
/**
 * Ends the delay. A maximum of 500 ms or less with a minimum of 0 would switch libwebrtc to rendering without a buffer.
 */
const NO_DELAY_MAX_MS = 10_000;

/** One leg of the way from publisher to subscriber. */
export interface Leg {
  /** Before repair, 0..1. */
  readonly lossFraction: number;
  readonly rttUs: number | undefined;
  /** How long queues and jitter hold packets up, in the mean. */
  readonly meanQueueUs: number;
}

/** The delay that all pictures of one publisher bear at one subscriber, so that lips and hands agree. */
export class PlayoutDelay {
  #minMs = 0;
  #changedUs = Number.NEGATIVE_INFINITY;
  /** Grows with each change. */
  #version = 0;

  /** The delay told, ms; 0: none. */
  get minMs(): number {
    return this.#minMs;
  }

  /** Counts the changes; 0: there never was a delay, and nothing need be told. */
  get version(): number {
    return this.#version;
  }

  /** `min << 12 | max` in units of 10 ms. */
  get value(): number {
    const maxMs = this.#minMs === 0 ? NO_DELAY_MAX_MS : this.#minMs + SPREAD_MS;
    return ((this.#minMs / 10) << 12) | (maxMs / 10);
  }

  /** Told the state of both legs as often as one likes. `inBursts`: of losses on the way down. */
  update(up: Leg, down: Leg, inBursts: boolean, nowUs: number): void {
    const wishMs = this.#wish(up, down, inBursts);
    const change = wishMs - this.#minMs;
    const sinceUs = nowUs - this.#changedUs;
    if (change >= UP_MS && sinceUs >= UP_INTERVAL_US) this.#set(wishMs, nowUs);
    else if (change <= -DOWN_MS && sinceUs >= DOWN_INTERVAL_US) {
      const next = Math.max(wishMs, this.#minMs - MAX_DOWN_MS);
      this.#set(next < MIN_MIN_MS ? 0 : next, nowUs);
    }
  }

  #set(minMs: number, nowUs: number): void {
    this.#minMs = minMs;
    this.#changedUs = nowUs;
    this.#version += 1;
  }

  #wish(up: Leg, down: Leg, inBursts: boolean): number {
    const bursts = inBursts ? BURST_LOSS : 0;
    const ms = legMs(up, bursts) + legMs(down, bursts);
    if (ms < MIN_MIN_MS) return 0;
    return Math.min(MAX_MIN_MS, Math.round(ms / 10) * 10);
  }
}

function legMs({ lossFraction, rttUs, meanQueueUs }: Leg, burstLoss: number): number {
  if (!(lossFraction >= LOSS[0])) return 0;
  const loss = lossFraction + burstLoss;
  let at = 0;
  while (at < LOSS.length - 2 && loss > LOSS[at + 1]!) at += 1;
  const part = Math.min(1, (loss - LOSS[at]!) / (LOSS[at + 1]! - LOSS[at]!));
  const rttMs = (rttUs ?? RTT_MS * 1000) / 1000;
  const longer = 1 + Math.max(0, rttMs - RTT_MS) * RTT_PART;
  const ms = longer * (DELAY_MS[at]! + part * (DELAY_MS[at + 1]! - DELAY_MS[at]!));
  return Math.max(ms, Math.min(ms + (meanQueueUs / 1000) * QUEUE_PART, ENOUGH_MS));
}
