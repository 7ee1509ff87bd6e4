import type { Statement } from 'better-sqlite3';
import type { Database } from './database.ts';

/** No token lets anybody in for longer. */
const keptMs = 24 * 3_600_000;

/** When rooms were closed: tokens made before let nobody in, also after a restart. */
export class RoomClosingStore {
  readonly #remember: Statement;
  readonly #recall: Statement<[number], { readonly room: string; readonly closed_at_ms: number }>;
  readonly #prune: Statement;

  constructor({ sqlite }: Database) {
    this.#remember = sqlite.prepare(
      `INSERT INTO room_closings (room, closed_at_ms) VALUES (?, ?)
       ON CONFLICT (room) DO UPDATE SET closed_at_ms = excluded.closed_at_ms`,
    );
    this.#recall = sqlite.prepare(
      'SELECT room, closed_at_ms FROM room_closings WHERE closed_at_ms > ? ORDER BY closed_at_ms',
    );
    this.#prune = sqlite.prepare('DELETE FROM room_closings WHERE closed_at_ms <= ?');
  }

  /** `closedAtMs`: a whole number. */
  remember(room: string, closedAtMs: number): void {
    this.#prune.run(closedAtMs - keptMs);
    this.#remember.run(room, closedAtMs);
  }

  /** The last closing of each room within a day before `nowMs`, oldest first. */
  recall(nowMs: number): [room: string, closedAtMs: number][] {
    return this.#recall.all(nowMs - keptMs).map(({ room, closed_at_ms }) => [room, closed_at_ms]);
  }
}
