interface Entry {
  readonly text: string;
  readonly repeatable: boolean;
  /** Undefined while it waits for a connection. */
  sentAtMs: number | undefined;
}

/** The requests that wait for their answer, oldest first. Bounded; every id leaves it exactly once. */
export class RequestLedger {
  readonly #entries = new Map<number, Entry>();
  readonly #capacity: number;
  readonly #timeoutMs: number;

  constructor(options: { readonly capacity: number; readonly timeoutMs: number }) {
    this.#capacity = options.capacity;
    this.#timeoutMs = options.timeoutMs;
  }

  get full(): boolean {
    return this.#entries.size >= this.#capacity;
  }

  /** @param repeatable safe to send again when the answer got lost with the connection. */
  add(id: number, entry: { text: string; repeatable: boolean; sentAtMs: number | undefined }): void {
    this.#entries.set(id, { ...entry });
  }

  /** @returns whether the answer was waited for. */
  settle(id: number): boolean {
    return this.#entries.delete(id);
  }

  /** Takes out what was sent too long ago. */
  takeExpired(nowMs: number): number[] {
    return this.#take((entry) => entry.sentAtMs !== undefined && nowMs >= entry.sentAtMs + this.#timeoutMs);
  }

  takeUnrepeatable(): number[] {
    return this.#take((entry) => !entry.repeatable);
  }

  takeAll(): number[] {
    return this.#take(() => true);
  }

  /** The connection broke: nothing of it counts as sent. */
  unsend(): void {
    for (const entry of this.#entries.values()) entry.sentAtMs = undefined;
  }

  /** Marks everything as sent now, and gives the texts to send. */
  sendAgain(nowMs: number): string[] {
    return [...this.#entries.values()].map((entry) => {
      entry.sentAtMs = nowMs;
      return entry.text;
    });
  }

  nextExpiryMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { sentAtMs } of this.#entries.values()) {
      if (sentAtMs !== undefined) next = Math.min(next, sentAtMs + this.#timeoutMs);
    }
    return next;
  }

  #take(which: (entry: Entry) => boolean): number[] {
    const taken: number[] = [];
    for (const [id, entry] of this.#entries) if (which(entry)) taken.push(id);
    for (const id of taken) this.#entries.delete(id);
    return taken;
  }
}
