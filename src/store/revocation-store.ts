import type { Statement } from 'better-sqlite3';
import type { Database } from './database.ts';

/** Ids of tokens (`jti`) that are refused although their signature is good; kept until they expire by themselves. */
export class RevocationStore {
  readonly #insert: Statement;
  readonly #find: Statement<[string], unknown>;
  readonly #prune: Statement;

  constructor({ sqlite }: Database) {
    this.#insert = sqlite.prepare(
      `INSERT INTO revocations (token_id, expires_at_ms) VALUES (?, ?)
       ON CONFLICT (token_id) DO UPDATE SET expires_at_ms = max(expires_at_ms, excluded.expires_at_ms)`,
    );
    this.#find = sqlite.prepare('SELECT 1 FROM revocations WHERE token_id = ?');
    this.#prune = sqlite.prepare('DELETE FROM revocations WHERE expires_at_ms <= ?');
  }

  /** `expiresAtMs`: when the token would have ended anyway. */
  revoke(tokenId: string, expiresAtMs: number, nowMs: number): void {
    this.#prune.run(nowMs);
    this.#insert.run(tokenId, expiresAtMs);
  }

  isRevoked(tokenId: string): boolean {
    return this.#find.get(tokenId) !== undefined;
  }
}
