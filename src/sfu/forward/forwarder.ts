import type { FrameInfo } from '../../rtp/codec/frame-info.ts';
import type { ReadableCodec } from '../../rtp/codec/frame-info-reader.ts';
import type { RtpPacket } from '../../rtp/rtp-packet.ts';
import { DecodeTargetFilter } from './decode-target-filter.ts';
import { type ForwardDecision, NOTHING_TO_REPLAY } from './forward-decision.ts';
import type { LayerFilter } from './layer-filter.ts';
import { isCapped, type LayerPoint, spatialOf, temporalOf } from './layer-point.ts';
import { writePayload } from './payload-writer.ts';
import { Segment } from './segment.ts';
import { RESTARTED, SourceTracker, STRAY } from './source-tracker.ts';
import { TemporalFilter } from './temporal-filter.ts';
import { Timeline } from './timeline.ts';
import { Vp9Filter } from './vp9-filter.ts';

/** The highest layer there can be, for "no limit". */
const ANY_LAYER = 7;
/** A key frame's first packet that comes this many packets late is still worth beginning with. */
const MAX_LATE_START = 256;

export interface ForwarderOptions {
  readonly codec: ReadableCodec;
  /** Hz. */
  readonly clockRate: number;
  /** Simulcast encodings, 1..8, from smallest to largest. With one, spatial layers are those of SVC. */
  readonly encodings: number;
  /** The first sequence number, 16 bits; best below 2^15, so that no receiver meets the wrap at once (RFC 3711 §3.3.1). */
  readonly sequenceNumber: number;
  /** Added to the first source's timestamps, 32 bits. */
  readonly timestampOffset: number;
  /** The first picture id, 15 bits. */
  readonly pictureId: number;
  /** The first TL0PICIDX, 8 bits. */
  readonly tl0PicIdx: number;
}

/**
 * One video subscription: chooses the packets of the publisher's encodings that go to the subscriber, and their numbers,
 * so that the subscriber sees one stream without a break. What is left out leaves no hole; what was lost leaves its
 * hole, so that it is asked for; what comes late gets the number kept for it. Allocates nothing per packet.
 */
export class Forwarder {
  readonly #codec: ReadableCodec;
  readonly #encodings: number;
  readonly #byPayload: LayerFilter;
  readonly #byDescriptor = new DecodeTargetFilter();
  #filter: LayerFilter;
  readonly #sources: SourceTracker;
  readonly #timeline: Timeline;
  #current: Segment;
  #previous: Segment;
  /** -1: nothing is wanted. */
  #targetEncoding = -1;
  #nextPictureId: number;
  #nextTl0PicIdx: number;
  #toldSpatial = -1;
  #toldTemporal = -1;

  constructor(options: ForwarderOptions) {
    const { codec, encodings, clockRate } = options;
    if (!Number.isInteger(encodings) || encodings < 1 || encodings > 8)
      throw new TypeError('encodings must be 1..8');
    this.#codec = codec;
    this.#encodings = encodings;
    this.#byPayload = codec === 'vp9' ? new Vp9Filter() : new TemporalFilter();
    this.#filter = this.#byPayload;
    this.#sources = new SourceTracker(encodings);
    this.#timeline = new Timeline(clockRate, encodings, options.timestampOffset);
    this.#current = new Segment(codec);
    this.#previous = new Segment(codec);
    this.#current.sequence.start(0, options.sequenceNumber);
    this.#nextPictureId = options.pictureId;
    this.#nextTl0PicIdx = options.tl0PicIdx;
  }

  /**
   * Sets the layers wanted at most: the encoding's index with simulcast, else the SVC spatial layer; too high numbers
   * mean the highest. A negative spatial layer stops forwarding at once (what is late still passes). Others are reached
   * at the next key frame or sync point.
   */
  setTarget(spatialLayer: number, temporalLayer: number): void {
    if (spatialLayer < 0) {
      this.#targetEncoding = -1;
      this.#current.close();
      this.#toldSpatial = -1;
      this.#toldTemporal = -1;
      return;
    }
    const simulcast = this.#encodings > 1;
    this.#targetEncoding = simulcast ? Math.min(spatialLayer, this.#encodings - 1) : 0;
    const spatial = simulcast ? ANY_LAYER : Math.min(spatialLayer, ANY_LAYER);
    const temporal = Math.max(0, Math.min(temporalLayer, ANY_LAYER));
    this.#byPayload.setTarget(spatial, temporal);
    this.#byDescriptor.setTarget(spatial, temporal);
  }

  /** The encoding whose key frame is waited for, -1: none. Ask its publisher, and ask again until it comes. */
  keyFrameNeededFrom(): number {
    if (this.#targetEncoding < 0) return -1;
    const there = this.#current.open && this.#current.encoding === this.#targetEncoding;
    return there && !this.#filter.needsKeyFrame() ? -1 : this.#targetEncoding;
  }

  /** The encoding being forwarded, -1: none. */
  get currentEncoding(): number {
    return this.#current.open ? this.#current.encoding : -1;
  }

  /** The encoding's index (simulcast) or the SVC spatial layer being forwarded, -1: none. */
  get currentSpatialLayer(): number {
    if (!this.#current.open) return -1;
    return this.#encodings > 1 ? this.#current.encoding : spatialOf(this.#filter.point);
  }

  /** The highest temporal layer let through, whether or not the publisher sends it; -1: nothing is forwarded. */
  get currentTemporalLayer(): number {
    return this.#current.open ? temporalOf(this.#filter.point) : -1;
  }

  /** What is added to the timestamps of `currentEncoding`, for translating its sender reports; 32 bits. */
  get timestampOffset(): number {
    return this.#current.timestampOffset;
  }

  /** The sequence number that the next newest packet gets. */
  get nextSequenceNumber(): number {
    return this.#current.sequence.next;
  }

  /**
   * Tells what the sender reports say of an encoding's clock: its RTP timestamp at the origin of the NTP time scale (or
   * any other instant that is the same for all encodings), mod 2^32: `rtp - ntpSeconds * clockRate`.
   */
  setClockMapping(encoding: number, timestampAtOrigin: number): void {
    this.#timeline.setClockMapping(encoding, timestampAtOrigin);
  }

  /**
   * The source of an encoding begins anew: another SSRC, or the same with numbers unlike before. Forwarding waits for
   * its key frame. (Breaks on one SSRC are also found by themselves, at the second packet when it is a step back.)
   */
  restart(encoding: number): void {
    this.#sources.forget(encoding);
    this.#endSource(encoding);
  }

  /**
   * Decides about one media packet, first or repaired, each offered once; padding-only ones included, in whatever
   * state `info` is then. `sequence` is its sequence number unwrapped for its encoding. `info` is about this packet.
   * `nowUs` is when it came. Returns true, with `out` filled, if it goes to the subscriber.
   */
  forward(
    encoding: number,
    packet: RtpPacket,
    sequence: number,
    info: FrameInfo,
    nowUs: number,
    out: ForwardDecision,
  ): boolean {
    out.layerChanged = false;
    out.replayThrough = NOTHING_TO_REPLAY;
    const standing = this.#sources.place(encoding, sequence, nowUs);
    if (standing === STRAY) return false;
    if (standing === RESTARTED) this.#endSource(encoding);
    const current = this.#current;
    if (current.encoding === encoding) {
      if (sequence > current.sequence.highest) {
        if (current.open) return this.#forwardNewest(packet, sequence, info, nowUs, out);
      } else if (sequence >= current.firstSequence) {
        return this.#forwardLate(current, packet, sequence, info, out);
      }
    }
    const previous = this.#previous;
    if (previous.encoding === encoding && sequence <= previous.sequence.highest) {
      return this.#forwardLate(previous, packet, sequence, info, out);
    }
    if (current.encoding === encoding && sequence <= current.sequence.highest) return false;
    if (encoding !== this.#targetEncoding || packet.payloadLength === 0) return false;
    if (!info.keyFrame || !info.startOfFrame) return false;
    const newest = this.#sources.highest(encoding);
    if (newest - sequence > MAX_LATE_START) return false;
    this.#begin(encoding, packet, sequence, info, nowUs);
    if (newest > sequence) out.replayThrough = newest;
    return this.#forwardNewest(packet, sequence, info, nowUs, out);
  }

  /** A packet that cannot be read is left out: the numbers close over it. */
  leaveOut(encoding: number, sequence: number, nowUs: number): void {
    const standing = this.#sources.place(encoding, sequence, nowUs);
    if (standing === RESTARTED) this.#endSource(encoding);
    const current = this.#current;
    if (standing === STRAY || !current.open || current.encoding !== encoding) return;
    if (sequence > current.sequence.highest) current.leaveOut(sequence);
  }

  /**
   * Copies the payload of the publisher's `packet` into the subscriber's packet at `offset`, rewritten by `decision`
   * (or by the same numbers kept from it). Returns the bytes written.
   */
  writePayload(
    packet: RtpPacket,
    decision: { readonly pictureId: number; readonly tl0PicIdx: number },
    target: Buffer,
    offset: number,
  ): number {
    return writePayload(this.#codec, packet, decision.pictureId, decision.tl0PicIdx, target, offset);
  }

  #begin(encoding: number, packet: RtpPacket, sequence: number, info: FrameInfo, nowUs: number): void {
    const sequenceNumber = this.#current.sequence.next;
    const compactPictureId = this.#current.nextCompactPictureId;
    if (this.#current.encoding >= 0 && compactPictureId >= 0) this.#nextPictureId = compactPictureId;
    const segment = this.#previous;
    this.#previous = this.#current;
    this.#previous.close();
    this.#current = segment;
    const timestampOffset = this.#timeline.begin(encoding, packet.timestamp, nowUs);
    segment.begin(
      encoding,
      sequence,
      info,
      sequenceNumber,
      timestampOffset,
      this.#nextPictureId,
      this.#nextTl0PicIdx,
    );
    this.#filter = info.structure === undefined ? this.#byPayload : this.#byDescriptor;
    this.#filter.begin(info);
  }

  #forwardNewest(
    packet: RtpPacket,
    sequence: number,
    info: FrameInfo,
    nowUs: number,
    out: ForwardDecision,
  ): boolean {
    const segment = this.#current;
    if (packet.payloadLength === 0) {
      segment.leaveOut(sequence);
      return false;
    }
    const filter = this.#filter;
    if (info.startOfFrame) {
      if (sequence !== segment.firstSequence) filter.update(info);
      segment.layers.push(sequence, filter.point);
    }
    const keep = filter.admits(filter.point, info);
    const sequenceNumber = segment.placeNewest(sequence, packet, info, keep);
    this.#noteNumbers(segment, packet, info, nowUs);
    if (!keep) return false;
    this.#fill(segment, packet, info, filter.point, false, sequenceNumber, out);
    filter.forwarded(info);
    if (out.marker) out.layerChanged = this.#noteLayer();
    return true;
  }

  #forwardLate(
    segment: Segment,
    packet: RtpPacket,
    sequence: number,
    info: FrameInfo,
    out: ForwardDecision,
  ): boolean {
    const sequenceNumber = segment.sequence.of(sequence);
    const point = segment.layers.at(sequence);
    if (sequenceNumber < 0 || point < 0 || packet.payloadLength === 0) return false;
    if (!this.#filter.admits(point, info)) return false;
    if (!this.#fill(segment, packet, info, point, true, sequenceNumber, out)) return false;
    if (segment === this.#current) this.#filter.forwarded(info);
    return true;
  }

  /** What the next segment begins with: above all that this one may still give out, to late frames too. */
  #noteNumbers(segment: Segment, packet: RtpPacket, info: FrameInfo, nowUs: number): void {
    this.#timeline.passed((packet.timestamp + segment.timestampOffset) >>> 0, nowUs);
    const pictureId = segment.pictureIdOf(info, false);
    if (pictureId >= 0) this.#nextPictureId = pictureId + 1;
    if (info.tl0PicIdx >= 0) this.#nextTl0PicIdx = segment.tl0PicIdxOf(info) + 1;
  }

  /** False if the packet's picture was left out, or is too old to tell. */
  #fill(
    segment: Segment,
    packet: RtpPacket,
    info: FrameInfo,
    point: LayerPoint,
    late: boolean,
    sequenceNumber: number,
    out: ForwardDecision,
  ): boolean {
    const pictureId = segment.pictureIdOf(info, late);
    if (pictureId < -1) return false;
    out.sequenceNumber = sequenceNumber;
    out.timestamp = (packet.timestamp + segment.timestampOffset) >>> 0;
    out.marker =
      packet.marker || (isCapped(point) && info.endOfFrame && info.spatialLayer === spatialOf(point));
    out.pictureId = pictureId;
    out.tl0PicIdx = segment.tl0PicIdxOf(info);
    return true;
  }

  #noteLayer(): boolean {
    const spatial = this.currentSpatialLayer;
    const temporal = this.currentTemporalLayer;
    const changed = spatial !== this.#toldSpatial || temporal !== this.#toldTemporal;
    this.#toldSpatial = spatial;
    this.#toldTemporal = temporal;
    return changed;
  }

  #endSource(encoding: number): void {
    this.#timeline.forget(encoding);
    if (this.#current.encoding === encoding) this.#current.clear();
    if (this.#previous.encoding === encoding) this.#previous.clear();
  }
}
