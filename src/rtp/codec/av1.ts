/**
 * AV1 payload, AV1 RTP specification §4.4: an aggregation header, then OBU elements, all but the last (or, with W = 0,
 * every one) behind a leb128 length.
 *
 *     0 1 2 3 4 5 6 7
 *    +-+-+-+-+-+-+-+-+
 *    |Z|Y| W |N|-|-|-|
 *    +-+-+-+-+-+-+-+-+
 *
 *  Z: the first element continues one of the packet before, Y: the last goes on in the next, W: number of elements or 0,
 *  N: first packet of a coded video sequence
 */
import { add16 } from '../../base/serial-number.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import { readSequenceHeaderSize } from './av1-sequence-header.ts';
import { DependencyReader } from './dependency-reader.ts';
import type { FrameInfo, FrameInfoReader } from './frame-info.ts';

const OBU_SEQUENCE_HEADER = 1;

/** Reads AV1, by its dependency descriptor where there is one, else by aggregation header and sequence header. */
export class Av1Reader implements FrameInfoReader {
  readonly #dependencies = new DependencyReader();
  #width = 0;
  #height = 0;
  #sequenceNumber = -1;
  #timestamp = 0;

  read(packet: RtpPacket, descriptorOffset: number, descriptorLength: number, out: FrameInfo): boolean {
    out.reset();
    const { buffer, payloadOffset, payloadLength } = packet;
    const follows = this.#sequenceNumber >= 0 && packet.sequenceNumber === add16(this.#sequenceNumber, 1);
    const begins = follows && packet.timestamp !== this.#timestamp;
    this.#sequenceNumber = packet.sequenceNumber;
    this.#timestamp = packet.timestamp;
    if (payloadLength < 2) return false;
    const aggregation = buffer[payloadOffset]!;
    const continues = (aggregation & 0x80) !== 0;
    const newSequence = (aggregation & 0x08) !== 0;
    if (continues && newSequence) return false;
    if (newSequence) this.#readSequenceHeader(buffer, payloadOffset, payloadOffset + payloadLength);
    if (descriptorLength !== 0) {
      if (!this.#dependencies.read(buffer, descriptorOffset, descriptorLength, out)) return false;
    } else {
      out.keyFrame = newSequence;
      out.startOfFrame = newSequence || (begins && !continues);
      out.endOfFrame = packet.marker;
    }
    if (out.width === 0) {
      out.width = this.#width;
      out.height = this.#height;
    }
    return true;
  }

  /** Looks for the sequence header among the elements that begin in this packet, and takes its size. */
  #readSequenceHeader(buffer: Buffer, payloadOffset: number, end: number): void {
    const elements = (buffer[payloadOffset]! >> 4) & 0x03;
    let at = payloadOffset + 1;
    for (let element = 1; at < end; element += 1) {
      let length = end - at;
      if (elements === 0 || element < elements) {
        length = 0;
        let shift = 0;
        let byte = 0x80;
        while ((byte & 0x80) !== 0) {
          if (at >= end || shift > 21) return;
          byte = buffer[at++]!;
          length |= (byte & 0x7f) << shift;
          shift += 7;
        }
        if (length === 0 || at + length > end) return;
      }
      const header = buffer[at]!;
      if (((header >> 3) & 0x0f) === OBU_SEQUENCE_HEADER) {
        // obu_has_size_field should be 0 in RTP, but some senders leave it: then the size is one or two bytes more.
        let skip = (header & 0x04) !== 0 ? 2 : 1;
        if ((header & 0x02) !== 0) {
          while (at + skip < end && (buffer[at + skip]! & 0x80) !== 0) skip += 1;
          skip += 1;
        }
        const size = readSequenceHeaderSize(buffer, at + skip, length - skip);
        if (size !== 0) {
          this.#width = Math.floor(size / 0x10000);
          this.#height = size & 0xffff;
        }
        return;
      }
      at += length;
    }
  }
}
