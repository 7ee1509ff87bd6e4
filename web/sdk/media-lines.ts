/** What media lines carry, declared before there is a line, and how it is said to the server. */
import type { Source, Wanted } from '../../src/signaling/protocol/common.ts';
import type { NegotiateLine } from '../../src/signaling/protocol/requests.ts';
import type { VideoCodec, VideoEncoding } from './video-encodings.ts';

/** Something this client sends. */
export interface Outgoing {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  readonly codec: VideoCodec | undefined;
  readonly encodings: readonly (VideoEncoding | { maxBitrate: number })[];
  track: MediaStreamTrack | null;
  muted: boolean;
  /** Sound: sent in RED where the server takes it. */
  redundancy: boolean;
  /** What the server was last told of `muted`. */
  toldMuted: boolean | undefined;
  line: RTCRtpTransceiver | undefined;
  producerId: string | undefined;
}

/** Something this client receives. */
export interface Incoming {
  readonly producerId: string;
  readonly kind: 'audio' | 'video';
  wanted: Wanted | undefined;
  paused: boolean;
  /** What the server was last told of `wanted` and `paused`. */
  told: string | undefined;
  line: RTCRtpTransceiver | undefined;
  consumerId: string | undefined;
}

/** What a negotiation says of a line; it counts as told. */
export function lineOf(what: Outgoing | Incoming): NegotiateLine {
  const mid = what.line?.mid ?? '';
  if ('source' in what) {
    what.toldMuted = what.muted;
    return { mid, publish: { source: what.source, muted: what.muted } };
  }
  what.told = subscriptionWish(what);
  const { producerId, wanted, paused } = what;
  return { mid, subscribe: { producerId, ...(wanted === undefined ? {} : { wanted }), paused } };
}

/** What a subscription asks for, comparable. */
export function subscriptionWish({ wanted, paused }: Pick<Incoming, 'wanted' | 'paused'>): string {
  return JSON.stringify([paused, wanted?.spatialLayer, wanted?.temporalLayer, wanted?.maxHeight]);
}
