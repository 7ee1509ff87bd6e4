import { VisavisError } from '../../base/errors.ts';

/** What an operator or clinic system decided for a room. */
export interface RoomPolicy {
  readonly maxParticipants?: number;
}

/** How long the closing of a room is remembered; longer than any token lets join. */
const rememberClosedMs = 24 * 3_600_000;

/**
 * The rooms that were set up ahead, and when rooms were closed: a token made before the closing must not open the
 * room again. Bounded.
 */
export class RoomCatalog {
  readonly #maxRooms: number;
  readonly #policies = new Map<string, RoomPolicy>();
  readonly #closedAtMs: Map<string, number>;

  /** `closings`: what is known of before, oldest first. */
  constructor(maxRooms: number, closings: Iterable<readonly [room: string, closedAtMs: number]> = []) {
    this.#maxRooms = maxRooms;
    this.#closedAtMs = new Map(closings);
  }

  get names(): IterableIterator<string> {
    return this.#policies.keys();
  }

  policy(name: string): RoomPolicy | undefined {
    return this.#policies.get(name);
  }

  /** Sets up a room, or changes its policy for those who come from now on. Tokens of before a closing stay useless. */
  setPolicy(name: string, policy: RoomPolicy): void {
    if (!this.#policies.has(name) && this.#policies.size >= this.#maxRooms) {
      throw new VisavisError('limit_reached', `no more than ${this.#maxRooms} rooms`);
    }
    this.#policies.set(name, policy);
  }

  /** The room's consultation is over: its policy goes, and tokens made until now no longer let anyone in. */
  close(name: string, wallMs: number): void {
    this.#policies.delete(name);
    this.#closedAtMs.delete(name);
    this.#closedAtMs.set(name, wallMs);
    for (const [oldest, closedAtMs] of this.#closedAtMs) {
      const full = this.#closedAtMs.size > 4 * this.#maxRooms;
      if (!full && wallMs - closedAtMs < rememberClosedMs) break;
      this.#closedAtMs.delete(oldest);
    }
  }

  /**
   * Throws `room_closed` if what lets somebody in was made before the room was closed. Tokens count in seconds, so
   * one made within the second of the closing is refused too.
   */
  checkOpen(name: string, issuedAtMs: number): void {
    const closedAtMs = this.#closedAtMs.get(name);
    if (closedAtMs !== undefined && issuedAtMs <= closedAtMs) {
      throw new VisavisError('room_closed', 'the room was closed after this was issued');
    }
  }
}
