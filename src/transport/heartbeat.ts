/**
 * A thread that hangs (an endless loop, a blocking call) sends nothing and reports no error. It shows that it lives by
 * counting up a shared number, and whoever started it looks whether the number still moves.
 */

/** How often a thread counts up, ms. */
export const HEARTBEAT_INTERVAL_MS = 500;

/** One shared counter, to be handed to the thread. */
export function makeHeartbeat(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** The thread's side. */
export function beat(heartbeat: Int32Array): void {
  Atomics.add(heartbeat, 0, 1);
}

/**
 * The watcher's side. Counts looks and not time: after the whole machine slept, a thread gets its chance to go on
 * before it is given up.
 */
export class HeartbeatWatch {
  readonly #heartbeat: Int32Array;
  readonly #missable: number;
  #last: number;
  #missed = 0;

  /** `missable`: so many looks in a row may find the number unmoved. */
  constructor(heartbeat: Int32Array, missable: number) {
    this.#heartbeat = heartbeat;
    this.#missable = missable;
    this.#last = Atomics.load(heartbeat, 0);
  }

  /** To be called at an even pace. False: the thread hangs. */
  look(): boolean {
    const count = Atomics.load(this.#heartbeat, 0);
    this.#missed = count === this.#last ? this.#missed + 1 : 0;
    this.#last = count;
    return this.#missed <= this.#missable;
  }
}
