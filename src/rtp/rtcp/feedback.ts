/**
 * The head that all feedback messages share, RFC 4585 §6.1: SSRC of packet sender, SSRC of media source.
 */
import { RTCP_HEADER_LENGTH, type RtcpPacket } from './rtcp-packet.ts';

/** Bytes from the start of the packet to its feedback control information. */
export const FEEDBACK_HEAD_LENGTH = RTCP_HEADER_LENGTH + 8;

/** SSRC of the media source a feedback packet is about; undefined if it is too short to have one. */
export function readMediaSsrc(packet: RtcpPacket): number | undefined {
  if (packet.bodyOffset + 8 > packet.bodyEnd) return undefined;
  return packet.buffer.readUInt32BE(packet.bodyOffset + 4);
}

/** Writes both SSRCs after the (not yet written) common header at `offset`; returns where the FCI starts. */
export function writeFeedbackHead(
  target: Buffer,
  offset: number,
  senderSsrc: number,
  mediaSsrc: number,
): number {
  target.writeUInt32BE(senderSsrc, offset + RTCP_HEADER_LENGTH);
  return target.writeUInt32BE(mediaSsrc, offset + RTCP_HEADER_LENGTH + 4);
}
