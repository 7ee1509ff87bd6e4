import type { Flight } from './flight.ts';

/** First wait for an answer to a flight, doubled each time. RFC 6347 §4.2.4.1 says 1 s, and less where it matters. */
const FIRST_TIMEOUT_MS = 100;
const MAX_TIMEOUT_MS = 1600;
/** A retransmission of the peer within this time after our last sending crossed it on the way. */
const CROSSING_MS = 10;
/** Sendings of one flight in all. What an attacker with the peer's address could make us send is bounded by it. */
const MAX_SENDINGS = 40;
/**
 * Times the last flight is sent again unasked. No answer tells that it arrived, and a client that lost it may by then
 * wait seconds before it asks; three more datagrams of 90 bytes halve the slowest handshakes under loss
 * (bench/wire/handshake.ts).
 */
const LAST_FLIGHT_REPEATS = 3;

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
  #sendings = 0;
  #lastSentMs = 0;

  constructor(transmit: (flight: Flight) => void, counters: { dtlsRetransmissions: number }) {
    this.#transmit = transmit;
    this.#counters = counters;
  }

  /** Sends a flight that the peer will answer. */
  start(flight: Flight): void {
    this.#begin(flight, MAX_SENDINGS);
  }

  /** Sends the last flight of the handshake, a few times unasked, and whenever the peer asks by a retransmission. */
  startLast(flight: Flight): void {
    this.#begin(flight, LAST_FLIGHT_REPEATS);
  }

  /** The peer sent again what we had taken. */
  peerRetransmitted(): void {
    if (this.#flight !== undefined && performance.now() - this.#lastSentMs >= CROSSING_MS) this.#sendAgain();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#flight = undefined;
  }

  #begin(flight: Flight, timedRepeats: number): void {
    clearTimeout(this.#timer);
    this.#flight = flight;
    this.#sendings = 0;
    this.#send(flight);
    this.#arm(FIRST_TIMEOUT_MS, timedRepeats);
  }

  #arm(timeoutMs: number, timedRepeats: number): void {
    if (timedRepeats === 0) return;
    this.#timer = setTimeout(() => {
      this.#arm(Math.min(timeoutMs * 2, MAX_TIMEOUT_MS), timedRepeats - 1);
      this.#sendAgain();
    }, timeoutMs);
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
