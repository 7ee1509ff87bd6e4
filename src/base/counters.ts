/**
 * Named, monotone counters. Each place where a packet can be dropped owns one name (docs/packet-path.md).
 * Plain number slots: incrementing is one property write.
 */
export type Counters<Name extends string> = Record<Name, number>;

/** A fresh set of counters, all zero, of stable object shape. */
export function makeCounters<Name extends string>(names: readonly Name[]): Counters<Name> {
  const counters = {} as Counters<Name>;
  for (const name of names) counters[name] = 0;
  return counters;
}
