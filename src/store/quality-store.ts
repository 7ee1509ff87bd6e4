import type { Statement, Transaction } from 'better-sqlite3';
import type { Database } from './database.ts';

/** What was measured of one participant in one interval, as its reader wrote it: the store does not look into it. */
export interface StoredSample {
  /** One opening of a room, from the first who came to the last who left. */
  readonly consultationId: string;
  readonly room: string;
  readonly participantId: string;
  /** End of the interval, UTC milliseconds. */
  readonly atMs: number;
  /** JSON. */
  readonly sample: string;
}

export interface QualityRetention {
  /** Samples older than this go; 0: none are kept. */
  readonly keptMs: number;
  /** And the oldest of all when there is more; counted as the text of the samples and 64 bytes each. */
  readonly maxBytes: number;
}

/** How many rows one removal takes: a millisecond or two of work. */
const removedAtOnce = 500;

/**
 * How calls went, for a while: "why was it bad yesterday at 10:14". A room's name and made-up ids are kept, and nothing
 * that tells who somebody was.
 */
export class QualityStore {
  readonly #retention: QualityRetention;
  readonly #append: Transaction<(samples: readonly StoredSample[]) => void>;
  readonly #read: Statement<[string, number, number, number, number], StoredSample>;
  readonly #bytes: Statement<[], { readonly bytes: number }>;
  readonly #removeBefore: Statement;
  readonly #removeOldest: Statement;
  readonly #removeEmpty: Statement;

  constructor({ sqlite }: Database, retention: QualityRetention) {
    this.#retention = retention;
    const seen = sqlite.prepare<[string, string, number, number], { readonly consultation: number }>(
      `INSERT INTO consultations (consultation_id, room, first_at_ms, last_at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (consultation_id) DO UPDATE SET last_at_ms = max(last_at_ms, excluded.last_at_ms)
       RETURNING consultation`,
    );
    const insert = sqlite.prepare(
      'INSERT OR IGNORE INTO quality_samples (consultation, at_ms, participant_id, sample) VALUES (?, ?, ?, ?)',
    );
    this.#append = sqlite.transaction((samples: readonly StoredSample[]) => {
      for (const { consultationId, room, participantId, atMs, sample } of samples) {
        const { consultation } = seen.get(consultationId, room, atMs, atMs)!;
        insert.run(consultation, atMs, participantId, sample);
      }
    });
    this.#read = sqlite.prepare(
      `SELECT consultation_id AS consultationId, room, participant_id AS participantId, at_ms AS atMs, sample
       FROM consultations JOIN quality_samples USING (consultation)
       WHERE room = ? AND last_at_ms > ? AND at_ms > ? AND at_ms <= ?
       ORDER BY at_ms, consultation, participant_id LIMIT ?`,
    );
    this.#bytes = sqlite.prepare('SELECT bytes FROM quality_size');
    const remove = (which: string) =>
      sqlite.prepare(
        `DELETE FROM quality_samples WHERE (consultation, at_ms, participant_id) IN
           (SELECT consultation, at_ms, participant_id FROM quality_samples ${which} ORDER BY at_ms LIMIT ${removedAtOnce})`,
      );
    this.#removeBefore = remove('WHERE at_ms <= ?');
    this.#removeOldest = remove('');
    this.#removeEmpty = sqlite.prepare(
      `DELETE FROM consultations WHERE last_at_ms <= coalesce((SELECT min(at_ms) FROM quality_samples), 9e15)
         AND NOT EXISTS (SELECT 1 FROM quality_samples AS s WHERE s.consultation = consultations.consultation)`,
    );
  }

  /** Keeps them all, in one transaction, or none. A second sample of the same participant and time is left out. */
  append(samples: readonly StoredSample[]): void {
    if (samples.length > 0 && this.#retention.keptMs > 0) this.#append(samples);
  }

  /** The samples of a room with `fromMs < atMs <= toMs`, oldest first, at most `limit`. */
  read(room: string, fromMs: number, toMs: number, limit: number): StoredSample[] {
    return this.#read.all(room, fromMs, fromMs, toMs, limit);
  }

  /** Removes some of what is kept too long or is too much. False when there is nothing left to remove. */
  prune(nowMs: number): boolean {
    const { keptMs, maxBytes } = this.#retention;
    let { changes } = this.#removeBefore.run(nowMs - keptMs);
    if (changes === 0 && this.bytes > maxBytes) changes = this.#removeOldest.run().changes;
    if (changes > 0) this.#removeEmpty.run();
    return changes > 0;
  }

  /** What the samples take, by the measure of `maxBytes`. */
  get bytes(): number {
    return this.#bytes.get()!.bytes;
  }
}
