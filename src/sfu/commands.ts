/**
 * What a Router is told, besides packets and time. Plain data (structured-clonable), so a Router lives in the main
 * thread or in a worker without changing a line. Ids are opaque strings chosen by the caller and unique in the room.
 */
import type { ExtensionIds } from '../rtp/header-extension.ts';

export type MediaKind = 'audio' | 'video';

/** Lower-case codec names, without the kind. */
export type CodecName = 'vp8' | 'vp9' | 'h264' | 'av1' | 'opus' | 'red';

/** One negotiated payload type of one direction of one media line. */
export interface RtpCodec {
  readonly name: CodecName;
  readonly payloadType: number;
  /** Hz: 90000 for video, 48000 for Opus and RED. */
  readonly clockRate: number;
  /** Payload type of its RTX (RFC 4588), absent when not negotiated. */
  readonly rtxPayloadType?: number;
  /** For Opus too, where the peer offers it: the SDK asks browsers for it, which do not offer it by themselves. */
  readonly nack: boolean;
  readonly pli: boolean;
  readonly fir: boolean;
  readonly transportCc: boolean;
  readonly remb: boolean;
}

/** One encoding (simulcast layer) of a producer: known by rid, or by SSRC, or by neither (learned from mid). */
export interface ProducerEncoding {
  readonly rid?: string;
  readonly ssrc?: number;
  readonly rtxSsrc?: number;
}

/** A stream of repair packets of its own beside the media. */
export interface FecStream {
  /** 0..127. */
  readonly payloadType: number;
  readonly ssrc: number;
}

/** Which picture a subscriber wants at most. Everything absent: the best there is. */
export interface WantedLayers {
  /** Index into the encodings ordered from smallest to largest (simulcast), or the SVC spatial layer. 0..7. */
  readonly spatialLayer?: number;
  /** 0..7. */
  readonly temporalLayer?: number;
  /** Height in pixels of the element that shows it; the smallest layer that fills it is chosen. */
  readonly maxHeight?: number;
}

export type RouterCommand =
  | {
      readonly type: 'createTransport';
      readonly transportId: string;
      /** Ids the peer uses when it sends to us, and we when we send to it (one namespace per BUNDLE). */
      readonly extensionIds: ExtensionIds;
      /** Whether elements longer than 16 bytes or ids over 14 may be used (RFC 8285 §6). */
      readonly mixedExtensions: boolean;
    }
  | {
      readonly type: 'updateTransport';
      readonly transportId: string;
      readonly extensionIds: ExtensionIds;
      readonly mixedExtensions: boolean;
    }
  /** The peer cannot be sent to (no keys yet, no consent): its consumers rest, and go on with a key frame. */
  | { readonly type: 'suspendTransport'; readonly transportId: string }
  | { readonly type: 'resumeTransport'; readonly transportId: string }
  | { readonly type: 'closeTransport'; readonly transportId: string }
  | {
      readonly type: 'createProducer';
      readonly transportId: string;
      readonly producerId: string;
      readonly kind: MediaKind;
      /** The media line's mid on the publisher's transport. */
      readonly mid: string;
      readonly codecs: readonly RtpCodec[];
      /** Ordered from smallest to largest picture; one element without rid where there is no simulcast. */
      readonly encodings: readonly ProducerEncoding[];
      readonly paused: boolean;
    }
  | { readonly type: 'pauseProducer'; readonly producerId: string }
  | { readonly type: 'resumeProducer'; readonly producerId: string }
  | { readonly type: 'closeProducer'; readonly producerId: string }
  | {
      readonly type: 'createConsumer';
      readonly transportId: string;
      readonly consumerId: string;
      readonly producerId: string;
      /** The media line's mid on the subscriber's transport. */
      readonly mid: string;
      /** The subscriber's payload types; one is found by name for each codec of the producer. */
      readonly codecs: readonly RtpCodec[];
      readonly ssrc: number;
      /** Absent: lost packets are sent again as they were, on `ssrc`. */
      readonly rtxSsrc?: number;
      /** FlexFEC-03 (draft-ietf-payload-flexible-fec-scheme-03) that protects `ssrc`; absent: the subscriber takes none. */
      readonly fec?: FecStream;
      /** RFC 3550 §6.5.1 canonical name; the same for all consumers of one publisher, so that lips match. */
      readonly cname: string;
      readonly paused: boolean;
      readonly wanted: WantedLayers;
    }
  | { readonly type: 'pauseConsumer'; readonly consumerId: string }
  | { readonly type: 'resumeConsumer'; readonly consumerId: string }
  | { readonly type: 'setConsumerLayers'; readonly consumerId: string; readonly wanted: WantedLayers }
  | { readonly type: 'requestKeyFrame'; readonly consumerId: string }
  | { readonly type: 'closeConsumer'; readonly consumerId: string }
  /** Answered by one `stats` event. */
  | { readonly type: 'getStats'; readonly requestId: number }
  | { readonly type: 'closeRouter' };
