/**
 * One incoming encoding of a producer: a simulcast layer, or its one stream. Composes the receive-side leaves and
 * knows no subscriber.
 */
import { FrameInfo } from '../rtp/codec/frame-info.ts';
import { type FrameInfoReader, makeFrameInfoReader } from '../rtp/codec/frame-info-reader.ts';
import type { CodecName, ProducerEncoding, RtpCodec } from './commands.ts';
import type { EncodingStats } from './events.ts';
import { KeyFrameRequester } from './stream/key-frame-requester.ts';
import { LayerRates } from './stream/layer-rates.ts';
import { NackGenerator } from './stream/nack-generator.ts';
import { PacketRing } from './stream/packet-ring.ts';
import type { PublisherTimeline } from './stream/publisher-timeline.ts';
import { RateMeter } from './stream/rate-meter.ts';
import { ReceiveStatistics } from './stream/receive-statistics.ts';
import { RedRecovery } from './stream/red-recovery.ts';
import { ReportClock } from './stream/report-clock.ts';

/** An encoding is taken for stopped after this long without a packet, or four of its mean frame intervals if longer. */
const SILENCE_US = 300_000;
const SILENCE_FRAMES = 4;
/** No frame interval counts for more than this, so that a still screen does not look alive for ever. */
const MAX_FRAME_INTERVAL_US = 500_000;

export class Encoding {
  readonly index: number;
  readonly rid: string | undefined;
  readonly isVideo: boolean;
  /** Hz. */
  readonly clockRate: number;
  readonly supportsPli: boolean;
  readonly statistics: ReceiveStatistics;
  /** Undefined where NACK was not negotiated. */
  readonly nack: NackGenerator | undefined;
  readonly ring: PacketRing;
  readonly rate = new RateMeter();
  readonly layerRates = new LayerRates();
  readonly keyFrames = new KeyFrameRequester();
  readonly clock: ReportClock;
  /** For audio as RED. */
  readonly red = new RedRecovery();
  /** About the packet being handled; filled anew for each. */
  readonly info = new FrameInfo();
  /** As heard, undefined before the first packet. */
  ssrc: number | undefined;
  repairSsrc: number | undefined;
  active = false;
  /** Highest layers seen since the last start; for SVC and temporal layers. */
  spatialLayers = 1;
  temporalLayers = 1;
  codec: RtpCodec | undefined;

  readonly #widths = new Uint16Array(8);
  readonly #heights = new Uint16Array(8);
  #reader: FrameInfoReader | undefined;
  #readerCodec: CodecName | undefined;
  #lastPacketUs = Number.NEGATIVE_INFINITY;
  #lastFrameUs = Number.NEGATIVE_INFINITY;
  #lastTimestamp = -1;
  #frameIntervalUs = 40_000;

  /** `codecs` must not be empty; `timeline` is the publisher's. */
  constructor(
    index: number,
    signalled: ProducerEncoding,
    codecs: readonly RtpCodec[],
    timeline: PublisherTimeline,
  ) {
    this.index = index;
    this.rid = signalled.rid;
    this.ssrc = signalled.ssrc;
    this.repairSsrc = signalled.rtxSsrc;
    const first = codecs[0]!;
    this.clockRate = first.clockRate;
    this.isVideo = first.clockRate === 90_000;
    this.supportsPli = codecs.some((codec) => codec.pli);
    this.clock = new ReportClock(first.clockRate, timeline);
    this.nack = codecs.some((codec) => codec.nack) ? new NackGenerator() : undefined;
    // Video is told what repair leaves; audio what the way takes, as it makes Opus add its own redundancy.
    const reportAfterRepair = this.isVideo && this.nack !== undefined;
    this.statistics = new ReceiveStatistics({ clockRate: first.clockRate, reportAfterRepair });
    this.ring = new PacketRing(first.clockRate === 90_000 ? {} : { packets: 512, bytes: 262_144 });
  }

  /** The reader of this encoding's payload; a new one when the publisher changes codec. RED is read as Opus. */
  readerFor(codec: RtpCodec): FrameInfoReader {
    if (this.#reader === undefined || this.#readerCodec !== codec.name) {
      this.#reader = makeFrameInfoReader(codec.name === 'red' ? 'opus' : codec.name);
      this.#readerCodec = codec.name;
      this.codec = codec;
    }
    return this.#reader;
  }

  /** A media packet with payload came; keeps activity and sizes. Returns true if activity or size changed. */
  noteMedia(timestamp: number, nowUs: number): boolean {
    const { info } = this;
    this.#lastPacketUs = nowUs;
    if (timestamp !== this.#lastTimestamp) {
      this.#lastTimestamp = timestamp;
      const sinceUs = Math.min(MAX_FRAME_INTERVAL_US, nowUs - this.#lastFrameUs);
      this.#frameIntervalUs += (sinceUs - this.#frameIntervalUs) / 8;
      this.#lastFrameUs = nowUs;
    }
    let changed = !this.active;
    this.active = true;
    const layer = info.spatialLayer;
    if (layer >= this.spatialLayers) {
      this.spatialLayers = layer + 1;
      changed = true;
    }
    if (info.height !== 0 && (this.#heights[layer] !== info.height || this.#widths[layer] !== info.width)) {
      this.#heights[layer] = info.height;
      this.#widths[layer] = info.width;
      changed = true;
    }
    if (info.temporalLayer >= this.temporalLayers) {
      this.temporalLayers = info.temporalLayer + 1;
      changed = true;
    }
    return changed;
  }

  /**
   * Marks the encoding stopped if it fell silent while the producer went on: its newest packet of any encoding is of
   * `newestUs`. When everything is silent the network is, and no layer is taken away. Returns true if it just stopped:
   * then nothing is asked of it any more.
   */
  checkSilence(newestUs: number): boolean {
    if (!this.active) return false;
    const limitUs = Math.max(SILENCE_US, this.#frameIntervalUs * SILENCE_FRAMES);
    if (newestUs - this.#lastPacketUs < limitUs) return false;
    this.active = false;
    this.keyFrames.cancel();
    this.nack?.reset();
    return true;
  }

  /** Pixels of the largest picture in it; 0 while unknown. */
  get width(): number {
    return this.#widths[this.spatialLayers - 1]!;
  }

  get height(): number {
    return this.#heights[this.spatialLayers - 1]!;
  }

  /** Pixels of one SVC spatial layer; 0 while unknown. */
  widthOf(spatialLayer: number): number {
    return this.#widths[spatialLayer] ?? 0;
  }

  heightOf(spatialLayer: number): number {
    return this.#heights[spatialLayer] ?? 0;
  }

  /** What it takes to send this SVC spatial layer and those below, up to each temporal layer, bit/s. */
  ratesUpTo(spatialLayer: number, nowUs: number): number[] {
    return Array.from({ length: this.temporalLayers }, (_, temporalLayer) =>
      this.layerRates.bitsPerSecond(spatialLayer, temporalLayer, nowUs),
    );
  }

  /** The sender changed its SSRC: what is kept by sequence number, timestamp or picture is of no more use. */
  restart(ssrc: number): void {
    if (this.ssrc !== undefined) {
      this.statistics.expectRestart();
      this.clock.restart();
      this.#reader = undefined;
      this.forgetPackets();
    }
    this.ssrc = ssrc;
  }

  /** The sender's numbering started afresh. */
  forgetPackets(): void {
    this.nack?.reset();
    this.red.reset();
    this.ring.clear();
  }

  get lastPacketUs(): number {
    return this.#lastPacketUs;
  }

  stats(nowUs: number): EncodingStats {
    const { statistics } = this;
    return {
      rid: this.rid,
      ssrc: this.ssrc,
      active: this.active,
      width: this.width,
      height: this.height,
      packets: statistics.packets + statistics.repaired,
      bytes: statistics.bytes,
      bitsPerSecond: Math.round(this.rate.bitsPerSecond(nowUs)),
      packetsLost: statistics.lost,
      packetsUnrepaired: statistics.unrepaired,
      retransmissions: statistics.repaired,
      nacksSent: this.nack?.requested ?? 0,
      keyFrames: this.keyFrames.keyFrames,
      keyFrameRequests: this.keyFrames.requests,
      jitterSeconds: statistics.jitterSeconds,
    };
  }
}
