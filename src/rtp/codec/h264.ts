/**
 * H.264 payload structures, RFC 6184 §5: single NAL units (1..23), STAP-A (24) and FU-A (28), the ones of
 * packetization modes 0 and 1. Others (STAP-B, MTAP, FU-B) pass as frames of unknown kind.
 *
 *    NAL unit header      FU-A: indicator, then header      STAP-A: header, then
 *    +-+-+-+-+-+-+-+-+    +-+-+-+-+-+-+-+-+                 size (16) | NAL unit, again and again
 *    |F|NRI|  Type   |    |S|E|R|  Type   |
 *    +-+-+-+-+-+-+-+-+    +-+-+-+-+-+-+-+-+
 */
import { add16 } from '../../base/serial-number.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import { DependencyReader } from './dependency-reader.ts';
import type { FrameInfo, FrameInfoReader } from './frame-info.ts';
import { readSpsSize } from './h264-sps.ts';

const IDR_SLICE = 5;
const SPS = 7;
const STAP_A = 24;
const FU_A = 28;

/** Reads H.264, its layers by the dependency descriptor if there is one. Keeps the size of the last SPS, and the end of the last packet to tell where a frame begins. */
export class H264Reader implements FrameInfoReader {
  readonly #dependencies = new DependencyReader();
  #width = 0;
  #height = 0;
  #sequenceNumber = -1;
  #timestamp = 0;

  read(packet: RtpPacket, descriptorOffset: number, descriptorLength: number, out: FrameInfo): boolean {
    out.reset();
    const { buffer, payloadOffset, payloadLength } = packet;
    // The format does not mark the first packet of a frame: it is the one whose timestamp is not its predecessor's.
    const follows = this.#sequenceNumber >= 0 && packet.sequenceNumber === add16(this.#sequenceNumber, 1);
    const begins = follows && packet.timestamp !== this.#timestamp;
    this.#sequenceNumber = packet.sequenceNumber;
    this.#timestamp = packet.timestamp;
    if (payloadLength === 0) return false;
    const type = buffer[payloadOffset]! & 0x1f;
    let seen = 0;
    if (type >= 1 && type < STAP_A) {
      seen = this.#takeUnit(buffer, payloadOffset, payloadLength);
    } else if (type === STAP_A) {
      seen = this.#readAggregate(buffer, payloadOffset + 1, payloadOffset + payloadLength);
      if (seen < 0) return false;
    } else if (type === FU_A) {
      if (payloadLength < 3) return false;
      const header = buffer[payloadOffset + 1]!;
      seen = 1 << (header & 0x1f);
      // An SPS in fragments is as good as unheard of; only its first part would be a place to begin.
      if ((header & 0x80) === 0) seen &= ~(1 << SPS);
    } else if (type === 0 || type >= 30) {
      return false;
    }
    const sps = (seen & (1 << SPS)) !== 0;
    out.keyFrame = sps || (seen & (1 << IDR_SLICE)) !== 0;
    out.startOfFrame = begins || sps;
    out.endOfFrame = packet.marker;
    if (descriptorLength !== 0) {
      if (!this.#dependencies.read(buffer, descriptorOffset, descriptorLength, out)) return false;
    }
    out.width = this.#width;
    out.height = this.#height;
    return true;
  }

  /** The type of one whole NAL unit, as a bit. */
  #takeUnit(buffer: Buffer, offset: number, length: number): number {
    const type = buffer[offset]! & 0x1f;
    if (type === SPS) {
      const size = readSpsSize(buffer, offset, length);
      if (size !== 0) {
        this.#width = Math.floor(size / 0x10000);
        this.#height = size & 0xffff;
      }
    }
    return 1 << type;
  }

  /** The types of an aggregate's units, as bits, or -1 if a unit is empty or runs past the end. */
  #readAggregate(buffer: Buffer, start: number, end: number): number {
    let seen = 0;
    let at = start;
    while (at < end) {
      if (at + 2 > end) return -1;
      const length = (buffer[at]! << 8) | buffer[at + 1]!;
      at += 2;
      if (length === 0 || at + length > end) return -1;
      seen |= this.#takeUnit(buffer, at, length);
      at += length;
    }
    return seen === 0 ? -1 : seen;
  }
}
