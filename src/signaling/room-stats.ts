import { VisavisError } from '../base/errors.ts';
import type { RouterStats } from '../sfu/events.ts';
import type { RoomMedia } from '../transport/room-media.ts';

/** A worker that does not answer within this is busy dying. */
const answerWithinMs = 2000;

/** Asks routers for their stats and matches the answers to the questions. */
export class RoomStats {
  readonly #media: RoomMedia;
  readonly #waiting = new Map<number, (stats: RouterStats | undefined) => void>();
  #lastRequestId = 0;

  constructor(media: RoomMedia) {
    this.#media = media;
  }

  /** What a room's router counts now. Rejects with `media_unavailable` if it does not answer. */
  ask(roomId: string): Promise<RouterStats> {
    const requestId = ++this.#lastRequestId;
    return new Promise((resolve, reject) => {
      const settle = (stats: RouterStats | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(requestId);
        if (stats === undefined) reject(new VisavisError('media_unavailable', 'the router did not answer'));
        else resolve(stats);
      };
      const timer = setTimeout(() => settle(undefined), answerWithinMs);
      this.#waiting.set(requestId, settle);
      this.#media.send({ type: 'router', roomId, command: { type: 'getStats', requestId } });
    });
  }

  /** A router answered. */
  handle(requestId: number, stats: RouterStats): void {
    this.#waiting.get(requestId)?.(stats);
  }

  /** Gives up all that is waited for. */
  close(): void {
    for (const settle of this.#waiting.values()) settle(undefined);
  }
}
