/** What a process holds, after everything that can be given back was: its heap and what keeps its event loop going. */

export interface Books {
  /** Bytes of JavaScript heap and of buffers outside it. */
  readonly heapBytes: number;
  readonly bufferBytes: number;
  /** Sockets, timers and whatever else is active. */
  readonly resources: readonly string[];
  /** Rooms, transports, sessions and the like, by name. */
  readonly live: Readonly<Record<string, number>>;
}

/** Needs `--expose-gc`. */
export function readBooks(live: Readonly<Record<string, number>>): Books {
  if (globalThis.gc === undefined) throw new TypeError('run with --expose-gc');
  // Finalizers of the first collection free what the second one takes.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return { heapBytes: heapUsed, bufferBytes: external, resources: process.getActiveResourcesInfo(), live };
}
