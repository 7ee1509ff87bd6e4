import type { FrameInfo } from '../../rtp/codec/frame-info.ts';
import type { ReadableCodec } from '../../rtp/codec/frame-info-reader.ts';
import type { RtpPacket } from '../../rtp/rtp-packet.ts';
import { LayerHistory } from './layer-history.ts';
import { Renumbering } from './renumbering.ts';
import { SEQUENCE_WINDOW } from './source-tracker.ts';

/** Pictures back that a late packet may belong to: two seconds at 60 per second. */
const PICTURE_WINDOW = 128;

/**
 * One unbroken stretch of one encoding, from a key frame to a switch or pause: how its numbers become the
 * subscriber's. Segments are used again; the last one is kept to place what comes late after a switch.
 */
export class Segment {
  /** -1: holds nothing. */
  encoding = -1;
  /** Newer packets of the encoding still go on it. */
  open = false;
  /** Extended number of the packet it began with. */
  firstSequence = 0;
  /** Added to timestamps, 32 bits. */
  timestampOffset = 0;
  readonly sequence = new Renumbering(SEQUENCE_WINDOW, 16);
  readonly layers = new LayerHistory();

  /** VP8 numbers pictures without the ones left out: its receiver waits for each number before a dependent picture. */
  readonly #pictures = new Renumbering(PICTURE_WINDOW, 15);
  #compact = false;
  /** VP9 and the dependency descriptor refer back by differences of numbers, so theirs are only shifted. */
  #pictureIdOffset = 0;
  #tl0PicIdxOffset = 0;
  /** Whether the newest packet was left out as one of a frame, and of which. */
  #leftOut = false;
  #leftOutTimestamp = 0;
  #leftOutSpatialLayer = 0;

  readonly #vp8: boolean;

  constructor(codec: ReadableCodec) {
    this.#vp8 = codec === 'vp8';
  }

  /** Begins with the packet of extended number `sequence`; it gets the given numbers of the subscriber's space. */
  begin(
    encoding: number,
    sequence: number,
    info: FrameInfo,
    sequenceNumber: number,
    timestampOffset: number,
    pictureId: number,
    tl0PicIdx: number,
  ): void {
    this.encoding = encoding;
    this.open = true;
    this.firstSequence = sequence;
    this.timestampOffset = timestampOffset;
    this.sequence.start(sequence, sequenceNumber);
    this.layers.clear();
    this.#compact = this.#vp8 && info.pictureId >= 0 && info.pictureIdBits <= 15;
    if (this.#compact) this.#pictures.start(info.pictureId, pictureId);
    this.#pictureIdOffset = pictureId - info.pictureId;
    this.#tl0PicIdxOffset = tl0PicIdx - info.tl0PicIdx;
    this.#leftOut = false;
  }

  /** Stops taking newer packets; late ones are still placed. */
  close(): void {
    this.open = false;
  }

  /** Forgets all: the encoding's numbers have begun anew. */
  clear(): void {
    this.encoding = -1;
    this.open = false;
  }

  /** Places a packet newer than all before; returns its sequence number, or -1 if it is not to be kept. */
  placeNewest(sequence: number, packet: RtpPacket, info: FrameInfo, keep: boolean): number {
    // A gap inside a frame that is left out was of that frame, so nobody shall wait for it.
    const insideLeftOut =
      !keep &&
      this.#leftOut &&
      this.#leftOutTimestamp === packet.timestamp &&
      this.#leftOutSpatialLayer === info.spatialLayer;
    this.#leftOut = !keep;
    this.#leftOutTimestamp = packet.timestamp;
    this.#leftOutSpatialLayer = info.spatialLayer;
    if (this.#compact && info.pictureId >= 0) {
      const picture = this.#pictureAfter(info);
      if (picture > this.#pictures.highest) this.#pictures.place(picture, keep, false);
    }
    return this.sequence.place(sequence, keep, insideLeftOut);
  }

  /** Leaves out a newest packet that belongs to no frame. */
  leaveOut(sequence: number): void {
    this.#leftOut = false;
    this.sequence.place(sequence, false, false);
  }

  /** The picture id of a packet just placed (`late` false) or placed before; -1: it has none, -2: it was left out. */
  pictureIdOf(info: FrameInfo, late: boolean): number {
    if (info.pictureId < 0) return -1;
    const mask = (1 << info.pictureIdBits) - 1;
    if (!this.#compact) return (info.pictureId + this.#pictureIdOffset) & mask;
    const picture = late ? this.#pictureBefore(info) : this.#pictureAfter(info);
    const output = this.#pictures.of(picture);
    return output < 0 ? -2 : output & mask;
  }

  tl0PicIdxOf(info: FrameInfo): number {
    return info.tl0PicIdx < 0 ? -1 : (info.tl0PicIdx + this.#tl0PicIdxOffset) & 0xff;
  }

  /** The picture id after the highest given out or kept for a lost picture; -1 where none are left out. */
  get nextCompactPictureId(): number {
    return this.#compact ? this.#pictures.next : -1;
  }

  /** Extended picture id. The sequence numbers have told the direction, so even 7 bits are never ambiguous. */
  #pictureAfter(info: FrameInfo): number {
    const mask = (1 << info.pictureIdBits) - 1;
    return this.#pictures.highest + ((info.pictureId - this.#pictures.highest) & mask);
  }

  #pictureBefore(info: FrameInfo): number {
    const mask = (1 << info.pictureIdBits) - 1;
    return this.#pictures.highest - ((this.#pictures.highest - info.pictureId) & mask);
  }
}
