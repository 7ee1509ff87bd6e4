import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Statement } from 'better-sqlite3';
import type { Database } from './database.ts';

export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** Keys for other software of the clinic, as `vv_<keyId>_<secret>`; only hashes of the secrets are kept. */
export class ApiKeyStore {
  readonly #insert: Statement;
  readonly #find: Statement<[string], { readonly secret_hash: Buffer }>;
  readonly #used: Statement;
  readonly #list: Statement<[], ApiKey>;
  readonly #revoke: Statement;

  constructor({ sqlite }: Database) {
    this.#insert = sqlite.prepare(
      'INSERT INTO api_keys (key_id, name, secret_hash, created_at_ms) VALUES (?, ?, ?, ?)',
    );
    this.#find = sqlite.prepare(
      'SELECT secret_hash FROM api_keys WHERE key_id = ? AND revoked_at_ms IS NULL',
    );
    // To the minute is enough to find unused keys, and spares a disk write per call.
    this.#used = sqlite.prepare(
      'UPDATE api_keys SET last_used_at_ms = ? WHERE key_id = ? AND coalesce(last_used_at_ms, 0) < ?',
    );
    this.#list = sqlite.prepare(
      `SELECT key_id AS keyId, name, created_at_ms AS createdAtMs, last_used_at_ms AS lastUsedAtMs,
         revoked_at_ms AS revokedAtMs FROM api_keys ORDER BY created_at_ms, key_id`,
    );
    this.#revoke = sqlite.prepare(
      'UPDATE api_keys SET revoked_at_ms = ? WHERE key_id = ? AND revoked_at_ms IS NULL',
    );
  }

  /** A new key; `key` is shown once. */
  create(name: string, nowMs: number): { readonly keyId: string; readonly key: string } {
    const keyId = randomBytes(6).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    this.#insert.run(keyId, name, hash(secret), nowMs);
    return { keyId, key: `vv_${keyId}_${secret}` };
  }

  /** The id of a good key, undefined for anything else. */
  verify(key: string, nowMs: number): string | undefined {
    const [, keyId, secret] = /^vv_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(key) ?? [];
    if (keyId === undefined || secret === undefined) return undefined;
    const row = this.#find.get(keyId);
    if (row === undefined || !timingSafeEqual(row.secret_hash, hash(secret))) return undefined;
    this.#used.run(nowMs, keyId, nowMs - 60_000);
    return keyId;
  }

  list(): ApiKey[] {
    return this.#list.all();
  }

  /** False when there is no such key, or it was revoked before. */
  revoke(keyId: string, nowMs: number): boolean {
    return this.#revoke.run(nowMs, keyId).changes > 0;
  }
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
