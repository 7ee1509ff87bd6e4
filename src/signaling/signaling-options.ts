/** Everything signaling is given by the application. */
import type { CodecName } from '../sfu/commands.ts';
import type { WorkerStats } from '../transport/media-messages.ts';
import type { RoomMedia } from '../transport/room-media.ts';
import type { AddressLimitOptions } from './limits/address-limits.ts';
import type { Rate } from './limits/token-bucket.ts';
import { defaultRoomSettings, type RoomSettings } from './room/room-settings.ts';
import type { SignalingStores, SigningKey, VerificationKey } from './tokens/stores.ts';

/** The part of pino that is used; every line carries ids, never names, tokens, SDP or passwords. */
export interface SignalingLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The media side: `MediaPool`. What it says goes to `Signaling.mediaListener`. */
export interface SignalingMedia extends RoomMedia {
  /** One per worker, in order; undefined for one that does not answer. */
  stats(): Promise<readonly (WorkerStats | undefined)[]>;
}

/** One thing /readyz asks. Rejecting counts as not ok. */
export interface ReadinessCheck {
  /** Lower-case word: database, disk, udp, certificate. */
  readonly name: string;
  run(): Promise<{ readonly ok: boolean; readonly detail: string }>;
}

export interface SignalingLimits extends AddressLimitOptions {
  readonly maxRooms: number;
  /** Per PeerConnection. */
  readonly maxProducers: number;
  /** Per PeerConnection. */
  readonly maxConsumers: number;
  /** Header extensions that one media line of an offer may have. */
  readonly maxExtensionsPerLine: number;
  /** WebSockets open at once, from everywhere. */
  readonly maxTotalConnections: number;
  /** Messages per connection; over it they are refused, and at twice the burst the connection is closed. */
  readonly messages: Rate;
  /** Bytes a slow reader may have waiting. */
  readonly maxBacklogBytes: number;
}

export interface SignalingSettings extends RoomSettings {
  readonly joinWithinSeconds: number;
  /** How long an invite code is good. */
  readonly inviteSeconds: number;
  /** How long the token is good that brings people back after a restart of the server. */
  readonly rejoinSeconds: number;
  /** Tokens of POST /api/v1/tokens and of redeemed invites, where nothing else is asked for. */
  readonly tokenSeconds: number;
  /** How often the quality of calls is measured. */
  readonly qualitySeconds: number;
}

export interface SignalingOptions {
  readonly media: SignalingMedia;
  readonly tokens: { readonly signingKey: SigningKey; readonly olderKeys?: readonly VerificationKey[] };
  readonly stores: SignalingStores;
  readonly logger: SignalingLogger;
  readonly limits?: Partial<SignalingLimits>;
  readonly settings?: Partial<SignalingSettings>;
  /** For /readyz, beside not draining. */
  readonly checks?: readonly ReadinessCheck[];
  /** Codecs that may be published, in no order: the publisher's preference counts. */
  readonly codecs?: readonly CodecName[];
  /** Origins whose pages may connect, besides the server's own; `*`: any. */
  readonly allowedOrigins?: readonly string[];
  /** Goes into `visavis_build_info`. */
  readonly version?: string;
  /** HTTP connections refused so far for their address having too many, for `visavis_refused_sockets_total`. */
  readonly refusedSockets?: () => number;
  /** Where other devices reach the page, without a slash at the end; undefined where that is not known. */
  readonly pageUrl?: () => string | undefined;
  /** Monotonic, microseconds. */
  nowUs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

export const defaultLimits: SignalingLimits = {
  maxRooms: 1000,
  maxProducers: 8,
  maxConsumers: 48,
  // Browsers offer about twenty.
  maxExtensionsPerLine: 64,
  maxConnections: 100,
  maxTotalConnections: 5000,
  joins: { perSecond: 2, burst: 60 },
  messages: { perSecond: 30, burst: 120 },
  maxBacklogBytes: 1024 * 1024,
};

export const defaultSettings: SignalingSettings = {
  ...defaultRoomSettings,
  joinWithinSeconds: 10,
  inviteSeconds: 24 * 3600,
  rejoinSeconds: 12 * 3600,
  tokenSeconds: 600,
  qualitySeconds: 10,
};

export const defaultCodecs: readonly CodecName[] = ['opus', 'red', 'vp8', 'vp9', 'h264', 'av1'];
