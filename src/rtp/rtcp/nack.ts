/**
 * Generic NACK, RFC 4585 §6.2.1: pairs of a packet id and a bitmask of the 16 that follow it.
 *
 *    |            PID                |             BLP               |
 */
import { diff16 } from '../../base/serial-number.ts';
import { FEEDBACK_HEAD_LENGTH, readMediaSsrc, writeFeedbackHead } from './feedback.ts';
import { RTCP_TYPE, type RtcpPacket, TRANSPORT_FEEDBACK_FORMAT, writeRtcpHeader } from './rtcp-packet.ts';

export interface Nack {
  readonly mediaSsrc: number;
  /** 16-bit sequence numbers, as the peer listed them. */
  readonly sequenceNumbers: number[];
}

/** Reads a NACK; undefined if it has no media SSRC. At most 17 numbers per four bytes, so bounded by the packet. */
export function readNack(packet: RtcpPacket): Nack | undefined {
  const mediaSsrc = readMediaSsrc(packet);
  if (mediaSsrc === undefined) return undefined;
  const sequenceNumbers: number[] = [];
  const { buffer, bodyEnd } = packet;
  for (let at = packet.offset + FEEDBACK_HEAD_LENGTH; at + 4 <= bodyEnd; at += 4) {
    const first = buffer.readUInt16BE(at);
    let mask = buffer.readUInt16BE(at + 2);
    sequenceNumbers.push(first);
    for (let next = first + 1; mask !== 0; next += 1, mask >>= 1) {
      if ((mask & 1) !== 0) sequenceNumbers.push(next & 0xffff);
    }
  }
  return { mediaSsrc, sequenceNumbers };
}

/**
 * Writes a NACK for `count` numbers of `sequenceNumbers`, oldest first in serial order, packed into as few pairs as
 * possible. Returns where it ends. Needs room for 12 + 4 x count bytes at most.
 */
export function writeNack(
  target: Buffer,
  offset: number,
  senderSsrc: number,
  mediaSsrc: number,
  sequenceNumbers: ArrayLike<number>,
  count: number,
): number {
  let at = writeFeedbackHead(target, offset, senderSsrc, mediaSsrc);
  let index = 0;
  while (index < count) {
    const first = sequenceNumbers[index]!;
    let mask = 0;
    index += 1;
    while (index < count) {
      const distance = diff16(sequenceNumbers[index]!, first);
      if (distance < 1 || distance > 16) break;
      mask |= 1 << (distance - 1);
      index += 1;
    }
    at = target.writeUInt16BE(first, at);
    at = target.writeUInt16BE(mask, at);
  }
  return writeRtcpHeader(target, offset, TRANSPORT_FEEDBACK_FORMAT.nack, RTCP_TYPE.transportFeedback, at);
}
