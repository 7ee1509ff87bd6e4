/**
 * The events of one session, numbered from 1 and kept as the texts that were sent, so that a resumed connection
 * gets what it missed. Bounded by count and by bytes of UTF-8: the oldest fall out first.
 */
export class EventLog {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #frames: string[] = [];
  #lastSeq = 0;
  #bytes = 0;

  constructor(limits: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.#maxEvents = limits.maxEvents;
    this.#maxBytes = limits.maxBytes;
  }

  /** The seq of the newest event; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Bytes kept; never above the limit. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Numbers an event and returns its frame. */
  append(type: string, data: unknown): string {
    this.#lastSeq += 1;
    const frame = JSON.stringify({ seq: this.#lastSeq, type, data });
    this.#frames.push(frame);
    this.#bytes += Buffer.byteLength(frame);
    while (this.#frames.length > this.#maxEvents || this.#bytes > this.#maxBytes) {
      this.#bytes -= Buffer.byteLength(this.#frames.shift()!);
    }
    return frame;
  }

  /** The frames after `seq`, oldest first; undefined if some of them fell out or `seq` was never given. */
  since(seq: number): readonly string[] | undefined {
    const missed = this.#lastSeq - seq;
    if (missed < 0 || missed > this.#frames.length) return undefined;
    return this.#frames.slice(this.#frames.length - missed);
  }
}
