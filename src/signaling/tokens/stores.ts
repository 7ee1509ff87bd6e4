/** What signaling keeps beyond its own memory, as the application provides it. All synchronous, as SQLite is. */
import type { KeyObject } from 'node:crypto';
import type { Role } from '../protocol/common.ts';

/** Ed25519. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Goes into `kid`. */
  readonly keyId: string;
}

/** An older key whose tokens are still good. */
export type VerificationKey = Pick<SigningKey, 'publicKey' | 'keyId'>;

export interface Invite {
  readonly room: string;
  readonly role: Role;
  readonly displayName?: string | undefined;
}

/** One-time codes; only hashes are kept. */
export interface InviteStore {
  create(
    invite: Invite,
    lifeMs: number,
    nowMs: number,
  ): { readonly code: string; readonly expiresAtMs: number };
  /** Uses the code up; undefined when it is unknown, expired or was used before. */
  redeem(
    code: string,
    nowMs: number,
  ): { readonly room: string; readonly role: string; readonly displayName?: string | undefined } | undefined;
  /** Makes every unused code into `room` useless: its consultation is over. */
  withdraw(room: string): void;
}

export interface ApiKeyStore {
  /** The id of a good key, undefined for anything else; compares in constant time. */
  verify(key: string, nowMs: number): string | undefined;
}

export interface RevocationStore {
  /** `expiresAtMs`: when the token ends anyway. */
  revoke(tokenId: string, expiresAtMs: number, nowMs: number): void;
  isRevoked(tokenId: string): boolean;
}

/** When rooms were closed; kept for as long as a token made before could let somebody in. */
export interface RoomClosingStore {
  /** `closedAtMs`: a whole number. */
  remember(room: string, closedAtMs: number): void;
  /** The last closing of each room, oldest first. */
  recall(nowMs: number): Iterable<readonly [room: string, closedAtMs: number]>;
}

/** One participant's part of a call over some seconds. */
export interface StoredSample {
  /** One opening of a room. */
  readonly consultationId: string;
  readonly room: string;
  readonly participantId: string;
  /** End of the interval, UTC milliseconds, a whole number. */
  readonly atMs: number;
  /** JSON. */
  readonly sample: string;
}

/** How calls went, for a bounded time and in bounded space. */
export interface QualityStore {
  /** Keeps them all or none. */
  append(samples: readonly StoredSample[]): void;
  /** With `fromMs < atMs <= toMs`, oldest first. */
  read(room: string, fromMs: number, toMs: number, limit: number): StoredSample[];
  /** Removes some of what is kept too long or is too much; false when nothing is. */
  prune(nowMs: number): boolean;
}

export interface SignalingStores {
  readonly invites: InviteStore;
  readonly apiKeys: ApiKeyStore;
  readonly revocations: RevocationStore;
  readonly closings: RoomClosingStore;
  readonly quality: QualityStore;
}
