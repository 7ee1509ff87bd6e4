/** As long as the server waits, @see src/signaling/protocol/envelope.ts `lostAfterSeconds`. */
const SILENCE_MS = 10_000;
/** After a network change or a sleep the connection must prove itself this fast. */
const PROBE_MS = 2_000;

/** Whether a connection still lives: pings in time, and a verdict when nothing was heard. */
export class Liveness {
  readonly #pingIntervalMs: number;
  #pingAtMs: number;
  #deadAtMs: number;

  constructor(nowMs: number, pingIntervalMs: number) {
    this.#pingIntervalMs = pingIntervalMs;
    this.#pingAtMs = nowMs + pingIntervalMs;
    this.#deadAtMs = nowMs + SILENCE_MS;
  }

  nextTimeoutMs(): number {
    return Math.min(this.#pingAtMs, this.#deadAtMs);
  }

  heard(nowMs: number): void {
    this.#deadAtMs = nowMs + SILENCE_MS;
  }

  /** The next verdict falls soon; send a ping now. */
  probe(nowMs: number): void {
    this.#pingAtMs = nowMs + this.#pingIntervalMs;
    this.#deadAtMs = nowMs + PROBE_MS;
  }

  /** What is due: `ping` asks for a ping, `dead` is final. */
  due(nowMs: number): 'ping' | 'dead' | undefined {
    // Asked much too late: this device slept, and what the server sent may be waiting to be read.
    if (nowMs > this.#deadAtMs + PROBE_MS) {
      this.probe(nowMs);
      return 'ping';
    }
    if (nowMs >= this.#deadAtMs) return 'dead';
    if (nowMs < this.#pingAtMs) return undefined;
    this.#pingAtMs = nowMs + this.#pingIntervalMs;
    return 'ping';
  }
}
