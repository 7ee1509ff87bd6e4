/**
 * VP8 payload descriptor, RFC 7741 §4.2, and the part of the payload header (§4.3) that tells key frames.
 *
 *         0 1 2 3 4 5 6 7
 *        +-+-+-+-+-+-+-+-+
 *        |X|R|N|S|R| PID | (required)
 *        +-+-+-+-+-+-+-+-+
 *   X:   |I|L|T|K| RSV   | (optional)
 *        +-+-+-+-+-+-+-+-+
 *   I:   |M| PictureID   | (optional)
 *        +-+-+-+-+-+-+-+-+
 *        |   PictureID   | (optional, if M)
 *        +-+-+-+-+-+-+-+-+
 *   L:   |   TL0PICIDX   | (optional)
 *        +-+-+-+-+-+-+-+-+
 *   T/K: |TID|Y| KEYIDX  | (optional)
 *        +-+-+-+-+-+-+-+-+
 *
 * A key frame's first partition begins with a frame tag of 3 bytes whose lowest bit is 0, the start code 9d 01 2a, and
 * 14 bits of width and of height, each with 2 bits of scaling above, little-endian (RFC 6386 §9.1).
 */
import type { RtpPacket } from '../rtp-packet.ts';
import { DependencyReader, usesDependencyDescriptor } from './dependency-reader.ts';
import type { FrameInfo, FrameInfoReader } from './frame-info.ts';

/** Reads VP8, its layers by the dependency descriptor where the payload leaves them to it. Keeps the last size. */
export class Vp8Reader implements FrameInfoReader {
  readonly #dependencies = new DependencyReader();
  #width = 0;
  #height = 0;

  read(packet: RtpPacket, descriptorOffset: number, descriptorLength: number, out: FrameInfo): boolean {
    out.reset();
    const { buffer } = packet;
    const end = packet.payloadOffset + packet.payloadLength;
    let at = packet.payloadOffset;
    if (at >= end) return false;
    const required = buffer[at++]!;
    if ((required & 0x80) !== 0) {
      const length = extensionLength(buffer, at, end);
      if (length < 0) return false;
      readExtension(buffer, at, out);
      at += length;
    }
    // A descriptor without payload behind it is no VP8 packet (RFC 7741 §4.2 and §4.3).
    if (at >= end) {
      out.reset();
      return false;
    }
    out.startOfFrame = (required & 0x10) !== 0 && (required & 0x07) === 0;
    out.endOfFrame = packet.marker;
    if (out.startOfFrame && (buffer[at]! & 0x01) === 0) {
      out.keyFrame = true;
      if (end - at >= 10 && buffer[at + 3] === 0x9d && buffer[at + 4] === 0x01 && buffer[at + 5] === 0x2a) {
        this.#width = buffer.readUInt16LE(at + 6) & 0x3fff;
        this.#height = buffer.readUInt16LE(at + 8) & 0x3fff;
      }
    }
    if (descriptorLength !== 0 && usesDependencyDescriptor('vp8', packet)) {
      if (!this.#dependencies.read(buffer, descriptorOffset, descriptorLength, out)) return false;
    }
    out.width = this.#width;
    out.height = this.#height;
    return true;
  }
}

/** Bytes from the I/L/T/K byte to the payload header, or -1 if they run past `end`. */
function extensionLength(buffer: Buffer, at: number, end: number): number {
  if (at >= end) return -1;
  const flags = buffer[at]!;
  let length = 1;
  if ((flags & 0x80) !== 0) {
    if (at + 1 >= end) return -1;
    length += (buffer[at + 1]! & 0x80) !== 0 ? 2 : 1;
  }
  if ((flags & 0x40) !== 0) length += 1;
  if ((flags & 0x30) !== 0) length += 1;
  return at + length > end ? -1 : length;
}

function readExtension(buffer: Buffer, start: number, out: FrameInfo): void {
  const flags = buffer[start]!;
  let at = start + 1;
  if ((flags & 0x80) !== 0) {
    const first = buffer[at++]!;
    if ((first & 0x80) !== 0) {
      out.pictureIdBits = 15;
      out.pictureId = ((first & 0x7f) << 8) | buffer[at++]!;
    } else {
      out.pictureIdBits = 7;
      out.pictureId = first;
    }
  }
  if ((flags & 0x40) !== 0) out.tl0PicIdx = buffer[at++]!;
  if ((flags & 0x20) !== 0) {
    out.temporalLayer = buffer[at]! >> 6;
    out.switchingUpPoint = (buffer[at]! & 0x20) !== 0;
  }
}

/**
 * Puts another picture id and TL0PICIDX into the descriptor at `offset`, leaving its length as it is: a 7-bit picture
 * id takes the lowest 7 bits. Negative numbers, fields that are not there, and descriptors cut short stay untouched.
 */
export function rewriteVp8Descriptor(
  buffer: Buffer,
  offset: number,
  length: number,
  pictureId: number,
  tl0PicIdx: number,
): void {
  const end = offset + length;
  if (length < 2 || (buffer[offset]! & 0x80) === 0 || extensionLength(buffer, offset + 1, end) < 0) return;
  const flags = buffer[offset + 1]!;
  let at = offset + 2;
  if ((flags & 0x80) !== 0) {
    const long = (buffer[at]! & 0x80) !== 0;
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
  if ((flags & 0x40) !== 0 && tl0PicIdx >= 0) buffer[at] = tl0PicIdx & 0xff;
}
