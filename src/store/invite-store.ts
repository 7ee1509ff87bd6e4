import { createHash, randomBytes } from 'node:crypto';
import type { Statement } from 'better-sqlite3';
import type { Database } from './database.ts';

/** Whom a code lets in, and where. */
export interface Invite {
  readonly room: string;
  readonly role: string;
  readonly displayName?: string | undefined;
}

interface InviteRow {
  readonly room: string;
  readonly role: string;
  readonly display_name: string | null;
}

/**
 * One-time codes, 32 random bytes as base64url; only their hashes are kept. The code is enough entropy for a plain
 * SHA-256, and the look-up by hash tells nothing by its timing.
 */
export class InviteStore {
  readonly #insert: Statement;
  readonly #redeem: Statement<[number, Buffer, number], InviteRow>;
  readonly #prune: Statement;
  readonly #withdraw: Statement;

  constructor({ sqlite }: Database) {
    this.#insert = sqlite.prepare(
      'INSERT INTO invites (code_hash, room, role, display_name, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?)',
    );
    // One statement, so two people with the same link cannot both get in.
    this.#redeem = sqlite.prepare(
      `UPDATE invites SET redeemed_at_ms = ? WHERE code_hash = ? AND redeemed_at_ms IS NULL AND expires_at_ms > ?
       RETURNING room, role, display_name`,
    );
    this.#prune = sqlite.prepare('DELETE FROM invites WHERE expires_at_ms <= ?');
    this.#withdraw = sqlite.prepare('DELETE FROM invites WHERE room = ? AND redeemed_at_ms IS NULL');
  }

  /** A fresh code, shown once and never stored; good until `nowMs + lifeMs`. */
  create(
    invite: Invite,
    lifeMs: number,
    nowMs: number,
  ): { readonly code: string; readonly expiresAtMs: number } {
    const code = randomBytes(32).toString('base64url');
    const expiresAtMs = nowMs + lifeMs;
    this.#prune.run(nowMs);
    this.#insert.run(hash(code), invite.room, invite.role, invite.displayName ?? null, nowMs, expiresAtMs);
    return { code, expiresAtMs };
  }

  /** Uses the code up. Undefined when it is unknown, expired or was used before. */
  redeem(code: string, nowMs: number): Invite | undefined {
    const row = this.#redeem.get(nowMs, hash(code), nowMs);
    if (row === undefined) return undefined;
    return {
      room: row.room,
      role: row.role,
      ...(row.display_name !== null && { displayName: row.display_name }),
    };
  }

  /** Makes every unused code into `room` useless: its consultation is over. */
  withdraw(room: string): void {
    this.#withdraw.run(room);
  }
}

function hash(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
