/** What a Router says, besides packets. Plain data (structured-clonable). */
import type { CodecName, MediaKind } from './commands.ts';

/** What congestion control finds on the way to a peer. */
export type CongestionState = 'normal' | 'overuse' | 'underuse' | 'lossLimited' | 'noFeedback';

/** Why a consumer's layer is what it is now. */
export type LayerReason =
  /** The first picture, or the producer came back. */
  | 'start'
  /** The subscriber asked for another layer or size. */
  | 'wanted'
  /** The publisher started or stopped sending a layer. */
  | 'publisher'
  /** The downlink's estimate changed (congestion control). */
  | 'bandwidth'
  /** Packet loss towards the subscriber. */
  | 'loss';

/** A picture layer as a subscriber gets it; spatial -1: nothing is forwarded. */
export interface CurrentLayer {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  /** Pixels, 0 while unknown. */
  readonly width: number;
  readonly height: number;
}

export interface EncodingStats {
  readonly rid: string | undefined;
  readonly ssrc: number | undefined;
  readonly active: boolean;
  readonly width: number;
  readonly height: number;
  /** Totals since the producer was made; media packets and RTP bytes without repairs and padding. */
  readonly packets: number;
  readonly bytes: number;
  readonly bitsPerSecond: number;
  /** Lost on the way in before, and after, retransmission. */
  readonly packetsLost: number;
  readonly packetsUnrepaired: number;
  readonly retransmissions: number;
  readonly nacksSent: number;
  readonly keyFrames: number;
  readonly keyFrameRequests: number;
  /** RFC 3550 §6.4.1 interarrival jitter, seconds. */
  readonly jitterSeconds: number;
}

export interface ProducerStats {
  readonly producerId: string;
  readonly kind: MediaKind;
  readonly codec: CodecName | undefined;
  readonly paused: boolean;
  readonly encodings: readonly EncodingStats[];
}

export interface ConsumerStats {
  readonly consumerId: string;
  readonly producerId: string;
  readonly paused: boolean;
  readonly layer: CurrentLayer;
  readonly reason: LayerReason;
  readonly packets: number;
  readonly bytes: number;
  readonly bitsPerSecond: number;
  readonly retransmissions: number;
  readonly nacksReceived: number;
  readonly keyFrameRequests: number;
  /** From the subscriber's last receiver report, 0..1 and seconds; undefined before the first. */
  readonly fractionLost: number | undefined;
  readonly rttSeconds: number | undefined;
}

/** The way out to one peer. */
export interface DownlinkStats {
  readonly packetsSent: number;
  readonly bytesSent: number;
  /** What congestion control thinks it carries; undefined while the peer tells nothing of it. */
  readonly estimateBitsPerSecond: number | undefined;
  /** Since statistics were last asked for, half a second at least: all that left, and of it copies, FEC and padding. */
  readonly sentBitsPerSecond: number;
  readonly redundancyBitsPerSecond: number;
  /** 0..1, what the network took before repair. */
  readonly lossFraction: number;
  /** What packets wait in the network's queues. */
  readonly queueDelaySeconds: number;
  readonly congestionState: CongestionState;
}

export interface TransportStats extends DownlinkStats {
  readonly transportId: string;
  readonly rttSeconds: number | undefined;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
}

export interface RouterStats {
  readonly transports: readonly TransportStats[];
  readonly producers: readonly ProducerStats[];
  readonly consumers: readonly ConsumerStats[];
  /** Every drop counter of docs/packet-path.md that the router owns. */
  readonly drops: Readonly<Record<string, number>>;
}

export type RouterEvent =
  /** A consumer's picture changed, or stopped (spatialLayer -1), and why. */
  | {
      readonly type: 'consumerLayer';
      readonly consumerId: string;
      readonly from: CurrentLayer;
      readonly to: CurrentLayer;
      readonly reason: LayerReason;
    }
  /** A layer began or ceased to arrive from the publisher. */
  | {
      readonly type: 'producerEncoding';
      readonly producerId: string;
      readonly rid: string | undefined;
      readonly active: boolean;
      readonly width: number;
      readonly height: number;
    }
  /** Nothing arrived for 2 s from a producer that is not paused, or it flows again. */
  | { readonly type: 'producerFlow'; readonly producerId: string; readonly flowing: boolean }
  /** Dominant speaker, by producer; null when nobody speaks. */
  | { readonly type: 'activeSpeaker'; readonly producerId: string | null }
  /** Closed because what it stood on was closed (docs/closures.md); not said for an explicit close. */
  | { readonly type: 'producerClosed'; readonly producerId: string }
  | { readonly type: 'consumerClosed'; readonly consumerId: string }
  /** A command could not be done: an id unknown or taken, a codec not there. */
  | {
      readonly type: 'commandFailed';
      readonly command: string;
      readonly id: string;
      readonly code: string;
      readonly message: string;
    }
  | { readonly type: 'stats'; readonly requestId: number; readonly stats: RouterStats };
