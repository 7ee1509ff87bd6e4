/**
 * Requests for a key frame: picture loss indication (PLI, RFC 4585 §6.3.1, no FCI) and full intra request
 * (FIR, RFC 5104 §4.3.1), whose FCI names the source:
 *
 *    |                              SSRC                             |
 *    | Seq nr.       |    reserved (24 bits)                         |
 */
import { FEEDBACK_HEAD_LENGTH, readMediaSsrc, writeFeedbackHead } from './feedback.ts';
import { PAYLOAD_FEEDBACK_FORMAT, RTCP_TYPE, type RtcpPacket, writeRtcpHeader } from './rtcp-packet.ts';

/** The media SSRC of a PLI; undefined if too short. */
export function readPli(packet: RtcpPacket): number | undefined {
  return readMediaSsrc(packet);
}

/** Writes a PLI at `offset`, returns where it ends. */
export function writePli(target: Buffer, offset: number, senderSsrc: number, mediaSsrc: number): number {
  const end = writeFeedbackHead(target, offset, senderSsrc, mediaSsrc);
  return writeRtcpHeader(target, offset, PAYLOAD_FEEDBACK_FORMAT.pli, RTCP_TYPE.payloadFeedback, end);
}

export interface FullIntraRequest {
  readonly ssrc: number;
  /** Commands of the same number are repeats of one request. 8 bits. */
  readonly sequenceNumber: number;
}

/** The entries of a FIR; undefined if too short for the head. */
export function readFir(packet: RtcpPacket): FullIntraRequest[] | undefined {
  if (readMediaSsrc(packet) === undefined) return undefined;
  const entries: FullIntraRequest[] = [];
  for (let at = packet.offset + FEEDBACK_HEAD_LENGTH; at + 8 <= packet.bodyEnd; at += 8) {
    entries.push({ ssrc: packet.buffer.readUInt32BE(at), sequenceNumber: packet.buffer[at + 4]! });
  }
  return entries;
}

/** Writes a FIR for one source at `offset` (media SSRC of the head is 0, §4.3.1.2), returns where it ends. */
export function writeFir(
  target: Buffer,
  offset: number,
  senderSsrc: number,
  request: FullIntraRequest,
): number {
  let at = writeFeedbackHead(target, offset, senderSsrc, 0);
  at = target.writeUInt32BE(request.ssrc, at);
  at = target.writeUInt32BE((request.sequenceNumber << 24) >>> 0, at);
  return writeRtcpHeader(target, offset, PAYLOAD_FEEDBACK_FORMAT.fir, RTCP_TYPE.payloadFeedback, at);
}
