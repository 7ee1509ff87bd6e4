import type { Flight } from './flight.ts';

/** First wait for an answer to a flight, doubled each time. RFC 6347 §4.2.4.1 says 1 s, and less where it matters. */
const FIRST_TIMEOUT_MS = 100;
const MAX_TIMEOUT_MS = 1600;
/** A retransmission of the peer within this time after our last sending crossed it on the way. */
const CROSSING_MS = 10;
/** Sendings of one flight in all. What an attacker with the peer's address could make us send is bounded by it. */
const MAX_SENDINGS = 40;

/**
 * Sends our latest flight until the peer shows that it arrived: by a timer, and at once when the peer sends its own
 * flight again, which tells that ours (or an answer to it) was lost. The last flight has no answer.
 * @see RFC 6347 §4.2.4
 */
export class Retransmitter {
  readonly #transmit: (flight: Flight) => void;
  readonly #counters: { dtlsRetransmissions: number };
  #flight: Flight | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timeoutMs = FIRST_TIMEOUT_MS;
  #sendings = 0;
  #lastSentMs = 0;

  constructor(transmit: (flight: Flight) => void, counters: { dtlsRetransmissions: number }) {
    this.#transmit = transmit;
    this.#counters = counters;
  }

  /** Sends a flight that the peer will answer. */
  start(flight: Flight): void {
    this.#begin(flight);
    this.#arm();
  }

  /** Sends the last flight of the handshake: again only when the peer asks for it by a retransmission. */
  startLast(flight: Flight): void {
    this.#begin(flight);
  }

  /** The peer sent again what we had taken. */
  peerRetransmitted(): void {
    if (this.#flight !== undefined && performance.now() - this.#lastSentMs >= CROSSING_MS) this.#sendAgain();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#flight = undefined;
  }

  #begin(flight: Flight): void {
    clearTimeout(this.#timer);
    this.#flight = flight;
    this.#timeoutMs = FIRST_TIMEOUT_MS;
    this.#sendings = 0;
    this.#send(flight);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timeoutMs = Math.min(this.#timeoutMs * 2, MAX_TIMEOUT_MS);
      this.#arm();
      this.#sendAgain();
    }, this.#timeoutMs);
  }

  #sendAgain(): void {
    if (this.#flight === undefined || this.#sendings >= MAX_SENDINGS) return;
    this.#counters.dtlsRetransmissions += 1;
    this.#send(this.#flight);
  }

  #send(flight: Flight): void {
    this.#sendings += 1;
    this.#lastSentMs = performance.now();
    this.#transmit(flight);
  }
}
