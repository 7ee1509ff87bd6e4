/**
 * What goes into a negotiation and what comes out. Structural: the signaling floor hands its own messages in as they
 * are, and the transport floor does not know them.
 */
import type { CodecName, MediaKind, WantedLayers } from '../../sfu/commands.ts';
import type { DtlsFingerprint, HostCandidate, IceParameters, ToWorker } from '../media-messages.ts';
import type { CodecDescription } from './codec-negotiation.ts';

/** What one media line shall carry: exactly one of `publish` and `subscribe`. */
export interface NegotiationLine<Source extends string = string> {
  readonly mid: string;
  readonly publish?: { readonly source: Source; readonly muted?: boolean };
  readonly subscribe?: {
    readonly producerId: string;
    readonly wanted?: WantedLayers;
    readonly paused?: boolean;
  };
}

/** A producer as a subscriber's line needs it. The room keeps it from `PublishedLine` for as long as it lives. */
export interface ProducerDescription {
  readonly producerId: string;
  readonly kind: MediaKind;
  readonly codecs: readonly CodecDescription[];
  /** Names the publisher, the same for its camera and microphone: MediaStream id and CNAME, so that lips match. */
  readonly streamId: string;
}

export interface NegotiationLimits {
  /** Of one PeerConnection at a time. */
  readonly maxProducers: number;
  readonly maxConsumers: number;
  /** Header extensions that one media line may offer, 1..`MAX_EXTENSIONS`. */
  readonly maxExtensionsPerLine: number;
}

export interface PeerNegotiationOptions {
  readonly roomId: string;
  readonly transportId: string;
  /** Read for every answer: a getter where they may change. */
  readonly candidates: readonly HostCandidate[];
  /** Of the server's DTLS certificate. */
  readonly fingerprint: DtlsFingerprint;
  /** A fresh producer or consumer id, unique in the room. */
  makeId(): string;
  /** 32 random bits as an unsigned integer. */
  random32(): number;
  /** Fresh local ICE credentials. */
  makeIceParameters(): IceParameters;
  readonly limits: NegotiationLimits;
  /** Codecs the server allows; the client's order decides among them. `red` only if listed. */
  readonly codecs: readonly CodecName[];
}

export interface PublishedLine<Source extends string = string> {
  readonly mid: string;
  readonly producerId: string;
  readonly kind: MediaKind;
  readonly source: Source;
  readonly muted: boolean;
  /** The main codec, never `red`. */
  readonly codec: CodecName;
  readonly simulcast: boolean;
  /** For `ProducerDescription`. */
  readonly codecs: readonly CodecDescription[];
}

export interface SubscribedLine {
  readonly mid: string;
  readonly producerId: string;
  readonly consumerId: string;
}

export interface NegotiationResult<Source extends string = string> {
  /** The answer. */
  readonly sdp: string;
  /** For the worker, in this order. Empty when an offer changed nothing. */
  readonly messages: readonly ToWorker[];
  /** Made by this negotiation. */
  readonly published: readonly PublishedLine<Source>[];
  readonly subscribed: readonly SubscribedLine[];
  /** Ended by this negotiation; `messages` closes them. */
  readonly endedProducers: readonly string[];
  readonly endedConsumers: readonly string[];
  /** Every line that carries something now, old ones too: with `producerId` what it publishes, else what it shows. */
  readonly lines: readonly {
    readonly mid: string;
    readonly producerId?: string;
    readonly consumerId?: string;
  }[];
}
