/** Observations remembered: about six seconds. */
const SIZE = 24;
/** Weight of an observation by its age: 7 % less for each that is newer. */
const WEIGHTS = Float64Array.from({ length: SIZE }, (_, age) => 0.93 ** age);
const MIN_INHERENT_LOSS = 1e-3;
/** What a call survives; a path that loses more is sent too much, as far as this is concerned. */
export const MAX_INHERENT_LOSS = 0.55;
const NEWTON_STEPS = 4;
/** Rates, what passed and what was lost, while they are moved. */
const copy = new Float64Array(3 * SIZE);

/**
 * What was sent and lost in the last observations, and how well a path explains it that loses a part of every packet
 * (inherent loss: radio) and besides all that is sent beyond a rate (a full queue, a policer):
 *
 *     loss(rate) = inherent + (1 - inherent) * max(0, rate - capacity) / rate
 *
 * The two are told apart by how the loss changes with the rate. Bytes count in units of a thousand, about a packet.
 * @see libwebrtc goog_cc/loss_based_bwe_v2.cc (GetObjective, GetDerivatives)
 */
export class LossModel {
  readonly #rates = new Float64Array(SIZE);
  readonly #passed = new Float64Array(SIZE);
  readonly #lost = new Float64Array(SIZE);
  #count = 0;
  /** Of the last fit: the inherent loss that explains best what was seen. */
  inherentLoss = MIN_INHERENT_LOSS;

  get count(): number {
    return Math.min(this.#count, SIZE);
  }

  /** `bytes` were reported on while sending at `bitsPerSecond`, `lostBytes` of them as lost. */
  add(bitsPerSecond: number, bytes: number, lostBytes: number): void {
    const slot = this.#count % SIZE;
    this.#rates[slot] = bitsPerSecond;
    this.#lost[slot] = lostBytes / 1000;
    this.#passed[slot] = (bytes - lostBytes) / 1000;
    this.#count += 1;
  }

  /** Forgets all but the newest `count` observations: the path is another one since. */
  keepNewest(count: number): void {
    const kept = Math.min(count, this.count);
    for (let to = 0; to < kept; to += 1) {
      const from = this.#slot(kept - 1 - to);
      // Moves towards the front only what lies behind: `copy` first, as the ring may overlap.
      copy[to * 3] = this.#rates[from]!;
      copy[to * 3 + 1] = this.#passed[from]!;
      copy[to * 3 + 2] = this.#lost[from]!;
    }
    for (let to = 0; to < kept; to += 1) {
      this.#rates[to] = copy[to * 3]!;
      this.#passed[to] = copy[to * 3 + 1]!;
      this.#lost[to] = copy[to * 3 + 2]!;
    }
    this.#count = kept;
  }

  /** Loss over the newest `count` observations, 0..1, and how many thousand bytes they are about. */
  lossOfNewest(count: number): number {
    const all = this.weightOfNewest(count);
    let lost = 0;
    for (let age = 0; age < Math.min(count, this.count); age += 1) lost += this.#lost[this.#slot(age)]!;
    return all === 0 ? 0 : lost / all;
  }

  weightOfNewest(count: number): number {
    let all = 0;
    for (let age = 0; age < Math.min(count, this.count); age += 1) {
      const slot = this.#slot(age);
      all += this.#lost[slot]! + this.#passed[slot]!;
    }
    return all;
  }

  /** The least rate of the newest `count` observations, bit/s; Infinity while nothing is known. */
  leastRate(count: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let age = 0; age < Math.min(count, this.count); age += 1) least = Math.min(least, this.rateAt(age));
    return least;
  }

  /** How much the rates of the newest `count` differ: the greatest over the least. */
  variation(count: number): number {
    let most = 0;
    for (let age = 0; age < Math.min(count, this.count); age += 1) most = Math.max(most, this.rateAt(age));
    const least = this.leastRate(count);
    return least > 0 && most > 0 ? most / least : 1;
  }

  /** Loss over all observations, the newer ones counting more; 0..1. */
  get averageLoss(): number {
    let lost = 0;
    let all = 0;
    for (let age = 0; age < this.count; age += 1) {
      const slot = this.#slot(age);
      const weight = WEIGHTS[age]!;
      lost += weight * this.#lost[slot]!;
      all += weight * (this.#lost[slot]! + this.#passed[slot]!);
    }
    return all === 0 ? 0 : lost / all;
  }

  /** Rate at which the observation `age` back was sent, and what part of it was lost; 0: the newest. */
  rateAt(age: number): number {
    return this.#rates[this.#slot(age)]!;
  }

  lossAt(age: number): number {
    const slot = this.#slot(age);
    const all = this.#lost[slot]! + this.#passed[slot]!;
    return all === 0 ? 0 : this.#lost[slot]! / all;
  }

  /**
   * Log-likelihood of what was seen on a path of this capacity (bit/s, Infinity: none), with the inherent loss that suits
   * it best, which is left in `inherentLoss`. Found by Newton's method: the likelihood is concave in it.
   */
  fit(capacity: number): number {
    let inherent = Math.min(Math.max(this.averageLoss / 2, MIN_INHERENT_LOSS), MAX_INHERENT_LOSS);
    for (let step = 0; step < NEWTON_STEPS; step += 1) {
      let first = 0;
      let second = -1e-6;
      for (let age = 0; age < this.count; age += 1) {
        const slot = this.#slot(age);
        const excess = this.#excess(slot, capacity);
        const loss = clampProbability(excess + (1 - excess) * inherent);
        const weight = WEIGHTS[age]!;
        const slope = 1 - excess;
        first += weight * slope * (this.#lost[slot]! / loss - this.#passed[slot]! / (1 - loss));
        second -=
          weight * slope * slope * (this.#lost[slot]! / loss ** 2 + this.#passed[slot]! / (1 - loss) ** 2);
      }
      inherent = Math.min(Math.max(inherent - first / second, MIN_INHERENT_LOSS), MAX_INHERENT_LOSS);
    }
    this.inherentLoss = inherent;
    let sum = 0;
    for (let age = 0; age < this.count; age += 1) {
      const slot = this.#slot(age);
      const excess = this.#excess(slot, capacity);
      const loss = clampProbability(excess + (1 - excess) * inherent);
      sum += WEIGHTS[age]! * (this.#lost[slot]! * Math.log(loss) + this.#passed[slot]! * Math.log(1 - loss));
    }
    return sum;
  }

  #slot(age: number): number {
    return (this.#count - 1 - age + SIZE) % SIZE;
  }

  /** Part of what was sent that was beyond the capacity. */
  #excess(slot: number, capacity: number): number {
    const rate = this.#rates[slot]!;
    return rate > capacity ? (rate - capacity) / rate : 0;
  }
}

function clampProbability(value: number): number {
  return Math.min(Math.max(value, 1e-3), 1 - 1e-3);
}
