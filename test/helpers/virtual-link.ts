import { seeded } from './seeded.ts';

export interface VirtualLinkOptions {
  /** One way. */
  readonly delayUs: number;
  /** Up to this much more, uniformly. Default 0. */
  readonly jitterUs?: number;
  /** Whether jitter may let packets overtake one another. Default false: a router's queue keeps order. */
  readonly reorders?: boolean;
  /** Chance of each packet to be lost, 0..1. Default 0. */
  readonly loss?: number;
  /** Mean length of a loss burst in packets (Gilbert-Elliott with all lost in the bad state). Default 1: independent. */
  readonly burst?: number;
  /** Loses packet `index` (from 0) for certain, besides what chance takes. */
  readonly loses?: (index: number, nowUs: number) => boolean;
  readonly seed: number;
}

interface InFlight<Packet> {
  readonly packet: Packet;
  readonly arrivesUs: number;
}

/**
 * One direction of a network in virtual time: told packets and time, it tells what arrives when. The same seed and the
 * same calls give the same network, to the microsecond.
 */
export class VirtualLink<Packet> {
  readonly #options: VirtualLinkOptions;
  readonly #random: () => number;
  /** Ordered by arrival, then by sending. */
  readonly #inFlight: InFlight<Packet>[] = [];
  #inBurst = false;
  #lastArrivalUs = 0;
  sent = 0;
  lost = 0;

  constructor(options: VirtualLinkOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
  }

  /** Puts `packet` on the way. Returns false if it gets lost there. */
  send(packet: Packet, nowUs: number): boolean {
    const { delayUs, jitterUs = 0, reorders = false, loses } = this.#options;
    const index = this.sent;
    this.sent += 1;
    // Both draws are always made, so that one packet's fate does not shift the others'.
    const lostByChance = this.#chanceLoses();
    let arrivesUs = nowUs + delayUs + Math.floor(this.#random() * jitterUs);
    if (lostByChance || loses?.(index, nowUs) === true) {
      this.lost += 1;
      return false;
    }
    if (!reorders) {
      arrivesUs = Math.max(arrivesUs, this.#lastArrivalUs);
      this.#lastArrivalUs = arrivesUs;
    }
    let at = this.#inFlight.length;
    while (at > 0 && this.#inFlight[at - 1]!.arrivesUs > arrivesUs) at -= 1;
    this.#inFlight.splice(at, 0, { packet, arrivesUs });
    return true;
  }

  /** When the next packet arrives; Infinity: none is on the way. */
  get nextTimeoutUs(): number {
    return this.#inFlight[0]?.arrivesUs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the next packet out that has arrived by `nowUs`; undefined: none. */
  receive(nowUs: number): Packet | undefined {
    if (this.nextTimeoutUs > nowUs) return undefined;
    return this.#inFlight.shift()!.packet;
  }

  #chanceLoses(): boolean {
    const { loss = 0, burst = 1 } = this.#options;
    const draw = this.#random();
    if (burst <= 1) return draw < loss;
    const leaves = 1 / burst;
    const enters = loss >= 1 ? 1 : (leaves * loss) / (1 - loss);
    this.#inBurst = this.#inBurst ? draw >= leaves : draw < enters;
    return this.#inBurst;
  }
}
