import type { LayerPoint } from './layer-point.ts';

/** Changes remembered; packets older than all of them are dropped. A power of two. */
const CAPACITY = 64;

/** Which layers were let through from which sequence number on, so that a late packet is judged by its own time. */
export class LayerHistory {
  readonly #from = new Float64Array(CAPACITY);
  readonly #points = new Int32Array(CAPACITY);
  #count = 0;

  clear(): void {
    this.#count = 0;
  }

  /** `point` holds from `sequence` (extended) on, which is above all told before. Nothing is kept if it is no change. */
  push(sequence: number, point: LayerPoint): void {
    if (this.#count > 0 && this.#points[(this.#count - 1) & (CAPACITY - 1)] === point) return;
    const slot = this.#count & (CAPACITY - 1);
    this.#from[slot] = sequence;
    this.#points[slot] = point;
    this.#count += 1;
  }

  /** The point that held at `sequence`, or -1 if it is before everything remembered. */
  at(sequence: number): LayerPoint {
    const oldest = Math.max(0, this.#count - CAPACITY);
    for (let index = this.#count - 1; index >= oldest; index -= 1) {
      if (this.#from[index & (CAPACITY - 1)]! <= sequence) return this.#points[index & (CAPACITY - 1)]!;
    }
    return -1;
  }
}
