/**
 * Retransmission payload format, RFC 4588 §4: an RTX packet is an RTP packet of its own SSRC and payload type whose
 * payload begins with the original sequence number (OSN).
 *
 *    |                         RTP Header                            |
 *    |            OSN                |                               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  original payload             |
 */
import { parseRtpPacket, type RtpPacket } from './rtp-packet.ts';

/** Bytes of the OSN. */
export const RTX_HEADER_LENGTH = 2;

/**
 * Turns a received RTX packet into the original it repeats, in place in its own buffer: the header moves two bytes
 * towards the payload, over the OSN. Undefined for an RTX packet without payload (a bandwidth probe: count it,
 * never forward it).
 */
export function restoreFromRtx(rtx: RtpPacket, ssrc: number, payloadType: number): RtpPacket | undefined {
  if (rtx.payloadLength < RTX_HEADER_LENGTH) return undefined;
  const { buffer, payloadOffset } = rtx;
  const originalSequenceNumber = buffer.readUInt16BE(payloadOffset);
  buffer.copyWithin(RTX_HEADER_LENGTH, 0, payloadOffset);
  const original = buffer.subarray(RTX_HEADER_LENGTH);
  original[1] = (original[1]! & 0x80) | payloadType;
  original.writeUInt16BE(originalSequenceNumber, 2);
  original.writeUInt32BE(ssrc, 8);
  return parseRtpPacket(original);
}
