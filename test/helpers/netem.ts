import { seeded } from './seeded.ts';

/** What one direction of a network does to packets. All of it can change over time (`Netem.changeAt`). */
export interface Conditions {
  /** One way, µs. */
  readonly delayUs: number;
  /** Up to this much more, uniformly. Default 0. */
  readonly jitterUs?: number;
  /** Whether jitter may let packets overtake one another. Default false: a router's queue keeps order. */
  readonly reorders?: boolean;
  /** Chance of each packet to be lost before anything else happens to it, 0..1. Default 0. */
  readonly loss?: number;
  /** Mean length of a loss burst in packets (Gilbert-Elliott with all lost in the bad state). Default 1: independent. */
  readonly burst?: number;
  /** A bottleneck: packets wait in line for it, and what finds the line full is dropped (drop-tail). */
  readonly bottleneck?: Bottleneck | undefined;
  /** A policer (RFC 2697's committed bucket): what finds no tokens is dropped, nothing waits. */
  readonly policer?: Policer | undefined;
}

export interface Bottleneck {
  readonly bitsPerSecond: number;
  /** Longest wait of a packet for those before it, at the present rate. Default: no bound. */
  readonly queueUs?: number;
  /** Most bytes in line, the packet on the wire included. Default: no bound. */
  readonly queueBytes?: number;
}

export interface Policer {
  readonly bitsPerSecond: number;
  /** Depth of the token bucket, full at first. */
  readonly burstBytes: number;
}

export interface NetemOptions extends Conditions {
  readonly seed: number;
  /** Loses packet `index` (from 0) for certain, besides what chance takes. */
  readonly loses?: (index: number, nowUs: number) => boolean;
}

interface Waiting<Packet> {
  readonly packet: Packet;
  readonly bytes: number;
  readonly jitter: number;
}

interface InFlight<Packet> {
  readonly packet: Packet;
  readonly arrivesUs: number;
}

/**
 * One direction of a network: told packets and time, it tells what arrives when. Sans-IO, in virtual time or a relay's;
 * the same seed and the same calls give the same network, to the microsecond. Times must not go backwards.
 *
 *     loss ─► policer ─► line of the bottleneck ─► delay and jitter ─►
 *
 * @see tc-netem(8), tc-tbf(8), after which it is modelled
 */
export class Netem<Packet> {
  readonly #random: () => number;
  readonly #loses: ((index: number, nowUs: number) => boolean) | undefined;
  readonly #changes: { readonly atUs: number; readonly to: Partial<Conditions> }[] = [];
  /** In line for the bottleneck; the first one is on its wire. */
  readonly #line: Waiting<Packet>[] = [];
  /** Ordered by arrival, then by sending. */
  readonly #inFlight: InFlight<Packet>[] = [];
  #conditions: Conditions;
  #lineBytes = 0;
  /** When the first in line leaves the bottleneck. */
  #leavesUs = Number.POSITIVE_INFINITY;
  #tokenBytes = Number.POSITIVE_INFINITY;
  #tokensAtUs = 0;
  #inBurst = false;
  #lastArrivalUs = 0;
  sent = 0;
  sentBytes = 0;
  /** By chance or for certain, by the policer, or at the full line. */
  lost = 0;
  policed = 0;
  tailDropped = 0;

  constructor({ seed, loses, ...conditions }: NetemOptions) {
    this.#random = seeded(seed);
    this.#loses = loses;
    this.#conditions = conditions;
  }

  get conditions(): Conditions {
    return this.#conditions;
  }

  /** From `atUs` on, these conditions take the place of those before; what is not named stays. Any order of calls. */
  changeAt(atUs: number, to: Partial<Conditions>): void {
    let at = this.#changes.length;
    while (at > 0 && this.#changes[at - 1]!.atUs > atUs) at -= 1;
    this.#changes.splice(at, 0, { atUs, to });
  }

  /** Puts `packet` on the way. `bytes` count for bottleneck and policer. Returns false if it gets lost there. */
  send(packet: Packet, nowUs: number, bytes = 0): boolean {
    this.#advance(nowUs);
    const index = this.sent;
    this.sent += 1;
    this.sentBytes += bytes;
    // Both draws are always made, so that one packet's fate does not shift the others'.
    const lostByChance = this.#chanceLoses();
    const jitter = this.#random();
    if (lostByChance || this.#loses?.(index, nowUs) === true) return this.#lose();
    if (!this.#policerPasses(bytes, nowUs)) {
      this.policed += 1;
      return this.#lose();
    }
    if (this.#conditions.bottleneck === undefined && this.#line.length === 0) {
      this.#depart(packet, jitter, nowUs);
      return true;
    }
    if (!this.#lineHasRoom(bytes, nowUs)) {
      this.tailDropped += 1;
      return this.#lose();
    }
    this.#line.push({ packet, bytes, jitter });
    this.#lineBytes += bytes;
    if (this.#line.length === 1) this.#leavesUs = nowUs + this.#wireUs(bytes);
    return true;
  }

  /** When to look again (`receive`); Infinity: nothing is on the way. */
  get nextTimeoutUs(): number {
    const arrivesUs = this.#inFlight[0]?.arrivesUs ?? Number.POSITIVE_INFINITY;
    if (this.#line.length === 0) return arrivesUs;
    // A change may let the line out sooner.
    return Math.min(arrivesUs, this.#leavesUs, this.#changes[0]?.atUs ?? Number.POSITIVE_INFINITY);
  }

  /** Takes the next packet out that has arrived by `nowUs`; undefined: none. */
  receive(nowUs: number): Packet | undefined {
    this.#advance(nowUs);
    const first = this.#inFlight[0];
    if (first === undefined || first.arrivesUs > nowUs) return undefined;
    this.#inFlight.shift();
    return first.packet;
  }

  /** How long a packet sent at `nowUs` would wait for the bottleneck, µs. */
  queueUs(nowUs: number): number {
    this.#advance(nowUs);
    const [first] = this.#line;
    if (first === undefined) return 0;
    return this.#leavesUs - nowUs + this.#wireUs(this.#lineBytes - first.bytes);
  }

  #lose(): false {
    this.lost += 1;
    return false;
  }

  /** Lets happen what happens up to `nowUs`: changes, and departures from the bottleneck at the rate of their time. */
  #advance(nowUs: number): void {
    for (;;) {
      const changesUs = this.#changes[0]?.atUs ?? Number.POSITIVE_INFINITY;
      if (Math.min(changesUs, this.#leavesUs) > nowUs) return;
      if (changesUs <= this.#leavesUs) this.#change(this.#changes.shift()!.to, changesUs);
      else this.#leave();
    }
  }

  #change(to: Partial<Conditions>, atUs: number): void {
    this.#refill(atUs);
    const rateBefore = this.#conditions.bottleneck?.bitsPerSecond ?? Number.POSITIVE_INFINITY;
    this.#conditions = { ...this.#conditions, ...to };
    if ('policer' in to) this.#tokenBytes = Math.min(this.#tokenBytes, to.policer?.burstBytes ?? Infinity);
    if (this.#line.length === 0) return;
    // What is left of the packet on the wire leaves at the new rate.
    const rate = this.#conditions.bottleneck?.bitsPerSecond ?? Number.POSITIVE_INFINITY;
    this.#leavesUs = atUs + (this.#leavesUs - atUs) * (rateBefore / rate);
  }

  #leave(): void {
    const { packet, bytes, jitter } = this.#line.shift()!;
    const leftUs = this.#leavesUs;
    this.#lineBytes -= bytes;
    const next = this.#line[0];
    this.#leavesUs = next === undefined ? Number.POSITIVE_INFINITY : leftUs + this.#wireUs(next.bytes);
    this.#depart(packet, jitter, leftUs);
  }

  #depart(packet: Packet, jitter: number, nowUs: number): void {
    const { delayUs, jitterUs = 0, reorders = false } = this.#conditions;
    let arrivesUs = nowUs + delayUs + Math.floor(jitter * jitterUs);
    if (!reorders) {
      arrivesUs = Math.max(arrivesUs, this.#lastArrivalUs);
      this.#lastArrivalUs = arrivesUs;
    }
    let at = this.#inFlight.length;
    while (at > 0 && this.#inFlight[at - 1]!.arrivesUs > arrivesUs) at -= 1;
    this.#inFlight.splice(at, 0, { packet, arrivesUs });
  }

  #wireUs(bytes: number): number {
    const { bottleneck } = this.#conditions;
    return bottleneck === undefined ? 0 : (bytes * 8e6) / bottleneck.bitsPerSecond;
  }

  #lineHasRoom(bytes: number, nowUs: number): boolean {
    const { queueUs = Infinity, queueBytes = Infinity } = this.#conditions.bottleneck ?? {};
    return this.#lineBytes + bytes <= queueBytes && this.queueUs(nowUs) <= queueUs;
  }

  #policerPasses(bytes: number, nowUs: number): boolean {
    this.#refill(nowUs);
    if (this.#tokenBytes < bytes) return false;
    this.#tokenBytes -= bytes;
    return true;
  }

  #refill(nowUs: number): void {
    const { policer } = this.#conditions;
    if (policer === undefined) this.#tokenBytes = Number.POSITIVE_INFINITY;
    else {
      const earned = ((nowUs - this.#tokensAtUs) * policer.bitsPerSecond) / 8e6;
      this.#tokenBytes = Math.min(policer.burstBytes, this.#tokenBytes + earned);
    }
    this.#tokensAtUs = nowUs;
  }

  #chanceLoses(): boolean {
    const { loss = 0, burst = 1 } = this.#conditions;
    const draw = this.#random();
    if (burst <= 1 || loss <= 0 || loss >= 1) {
      this.#inBurst = false;
      return draw < loss;
    }
    const leaves = 1 / burst;
    const enters = (leaves * loss) / (1 - loss);
    this.#inBurst = this.#inBurst ? draw >= leaves : draw < enters;
    return this.#inBurst;
  }
}
