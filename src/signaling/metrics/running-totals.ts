/**
 * Sums counters of many short-lived owners (routers, workers) into totals that never fall: each owner adds what its
 * counters rose by since it was last seen, and an owner that started again adds from zero.
 */
export class RunningTotals {
  readonly #totals = new Map<string, number>();
  readonly #lastByOwner = new Map<string, ReadonlyMap<string, number>>();

  /** Notes an owner's counters as they are now. */
  observe(owner: string, counters: Readonly<Record<string, number>>): void {
    const last = this.#lastByOwner.get(owner);
    const seen = new Map(Object.entries(counters));
    for (const [name, value] of seen) {
      const before = last?.get(name) ?? 0;
      const rise = value >= before ? value - before : value;
      this.#totals.set(name, (this.#totals.get(name) ?? 0) + rise);
    }
    this.#lastByOwner.set(owner, seen);
  }

  /** The owner is no more; what it added stays. */
  forget(owner: string): void {
    this.#lastByOwner.delete(owner);
  }

  /** Owners that were observed and not forgotten. */
  get owners(): IterableIterator<string> {
    return this.#lastByOwner.keys();
  }

  /** Name and total, in the order of first sight. */
  get totals(): ReadonlyMap<string, number> {
    return this.#totals;
  }
}
