/**
 * VP9 payload descriptor, RFC 9628 §4.2.
 *
 *         0 1 2 3 4 5 6 7
 *        +-+-+-+-+-+-+-+-+
 *        |I|P|L|F|B|E|V|Z| (required)
 *        +-+-+-+-+-+-+-+-+
 *   I:   |M| PICTURE ID  | (required in flexible mode)
 *        +-+-+-+-+-+-+-+-+
 *   M:   | EXTENDED PID  | (recommended)
 *        +-+-+-+-+-+-+-+-+
 *   L:   | TID |U| SID |D| (conditionally recommended)
 *        +-+-+-+-+-+-+-+-+
 *        |   TL0PICIDX   | (if L and not F)
 *        +-+-+-+-+-+-+-+-+
 *   P,F: | P_DIFF      |N| (if P and F, up to 3 times)
 *        +-+-+-+-+-+-+-+-+
 *   V:   | SS            | (scalability structure, §4.2.1)
 *        +-+-+-+-+-+-+-+-+
 */
import type { RtpPacket } from '../rtp-packet.ts';
import type { FrameInfo, FrameInfoReader } from './frame-info.ts';
import { readVp9FrameSize } from './vp9-frame-header.ts';

const I = 0x80;
const P = 0x40;
const L = 0x20;
const F = 0x10;
const B = 0x08;
const E = 0x04;
const V = 0x02;
const Z = 0x01;

/** Reads VP9. Keeps the layer count and frame sizes of the last scalability structure, or else of the last key frame. */
export class Vp9Reader implements FrameInfoReader {
  readonly #widths = new Uint16Array(8);
  readonly #heights = new Uint16Array(8);
  #layerCount = 0;

  read(packet: RtpPacket, _descriptorOffset: number, _descriptorLength: number, out: FrameInfo): boolean {
    out.reset();
    const after = this.#readDescriptor(packet, out);
    if (after < 0) {
      out.reset();
      return false;
    }
    if (out.keyFrame && out.startOfFrame && (packet.buffer[packet.payloadOffset]! & V) === 0) {
      const size = readVp9FrameSize(
        packet.buffer,
        after,
        packet.payloadOffset + packet.payloadLength - after,
      );
      if (size !== 0) {
        this.#widths[0] = Math.floor(size / 0x10000);
        this.#heights[0] = size & 0xffff;
      }
    }
    out.spatialLayerCount = this.#layerCount;
    out.width = this.#widths[out.spatialLayer]!;
    out.height = this.#heights[out.spatialLayer]!;
    return true;
  }

  /** Where the VP9 frame data begins, or -1. */
  #readDescriptor(packet: RtpPacket, out: FrameInfo): number {
    const { buffer } = packet;
    const end = packet.payloadOffset + packet.payloadLength;
    let at = packet.payloadOffset;
    if (at >= end) return -1;
    const flags = buffer[at++]!;
    if ((flags & I) !== 0) {
      if (at >= end) return -1;
      const first = buffer[at++]!;
      if ((first & 0x80) !== 0) {
        if (at >= end) return -1;
        out.pictureIdBits = 15;
        out.pictureId = ((first & 0x7f) << 8) | buffer[at++]!;
      } else {
        out.pictureIdBits = 7;
        out.pictureId = first;
      }
    }
    if ((flags & L) !== 0) {
      if (at >= end) return -1;
      const layers = buffer[at++]!;
      out.temporalLayer = layers >> 5;
      out.switchingUpPoint = (layers & 0x10) !== 0;
      out.spatialLayer = (layers >> 1) & 0x07;
      out.interLayerPredicted = (layers & 0x01) !== 0;
      if ((flags & F) === 0) {
        if (at >= end) return -1;
        out.tl0PicIdx = buffer[at++]!;
      }
    }
    if ((flags & (P | F)) === (P | F)) {
      let more = true;
      for (let index = 0; more; index += 1) {
        if (index === 3 || at >= end) return -1;
        more = (buffer[at++]! & 0x01) !== 0;
      }
    }
    if ((flags & V) !== 0) {
      at = this.#readStructure(buffer, at, end);
      if (at < 0) return -1;
    }
    if (at >= end) return -1;
    out.interPicturePredicted = (flags & P) !== 0;
    out.notUsedForUpper = (flags & Z) !== 0;
    out.startOfFrame = (flags & B) !== 0;
    out.endOfFrame = (flags & E) !== 0;
    out.keyFrame = !out.interPicturePredicted && out.spatialLayer === 0;
    return at;
  }

  /**
   *      +-+-+-+-+-+-+-+-+
   *      | N_S |Y|G|-|-|-|
   *      +-+-+-+-+-+-+-+-+
   *  Y:  |     WIDTH     | (2 bytes, then HEIGHT, N_S + 1 times)
   *      +-+-+-+-+-+-+-+-+
   *  G:  |      N_G      |
   *      +-+-+-+-+-+-+-+-+
   * N_G: | TID |U| R |-|-| (N_G times, each with R bytes of P_DIFF)
   *      +-+-+-+-+-+-+-+-+
   *
   * Returns where the structure ends, or -1.
   */
  #readStructure(buffer: Buffer, start: number, end: number): number {
    let at = start;
    if (at >= end) return -1;
    const head = buffer[at++]!;
    const layers = (head >> 5) + 1;
    let sizesAt = -1;
    if ((head & 0x10) !== 0) {
      sizesAt = at;
      at += layers * 4;
      if (at > end) return -1;
    }
    if ((head & 0x08) !== 0) {
      if (at >= end) return -1;
      const pictures = buffer[at++]!;
      for (let index = 0; index < pictures; index += 1) {
        if (at >= end) return -1;
        at += 1 + ((buffer[at]! >> 2) & 0x03);
      }
      if (at > end) return -1;
    }
    this.#layerCount = layers;
    if (sizesAt >= 0) {
      this.#widths.fill(0);
      this.#heights.fill(0);
      for (let layer = 0; layer < layers; layer += 1) {
        this.#widths[layer] = buffer.readUInt16BE(sizesAt + layer * 4);
        this.#heights[layer] = buffer.readUInt16BE(sizesAt + layer * 4 + 2);
      }
    }
    return at;
  }
}

/** Like `rewriteVp8Descriptor`, for VP9. P_DIFF counts picture ids backwards, so it holds as it is. */
export function rewriteVp9Descriptor(
  buffer: Buffer,
  offset: number,
  length: number,
  pictureId: number,
  tl0PicIdx: number,
): void {
  const end = offset + length;
  if (length < 1) return;
  const flags = buffer[offset]!;
  let at = offset + 1;
  if ((flags & I) !== 0) {
    if (at >= end) return;
    const long = (buffer[at]! & 0x80) !== 0;
    if (long && at + 1 >= end) return;
    if (pictureId >= 0) {
      if (long) {
        buffer[at] = 0x80 | ((pictureId >> 8) & 0x7f);
        buffer[at + 1] = pictureId & 0xff;
      } else {
        buffer[at] = pictureId & 0x7f;
      }
    }
    at += long ? 2 : 1;
  }
  if ((flags & (L | F)) === L && at + 1 < end && tl0PicIdx >= 0) buffer[at + 1] = tl0PicIdx & 0xff;
}
