/**
 * Receiver estimated maximum bitrate, draft-alvestrand-rmcat-remb-03 §2.2.
 *
 *    |  Unique identifier 'R' 'E' 'M' 'B'                            |
 *    |  Num SSRC     | BR Exp    |  BR Mantissa (18 bits)            |
 *    |   SSRC feedback (repeated)                                    |
 */
import { FEEDBACK_HEAD_LENGTH, readMediaSsrc, writeFeedbackHead } from './feedback.ts';
import { PAYLOAD_FEEDBACK_FORMAT, RTCP_TYPE, type RtcpPacket, writeRtcpHeader } from './rtcp-packet.ts';

const REMB = 0x52454d42;

export interface Remb {
  readonly bitsPerSecond: number;
  readonly ssrcs: readonly number[];
}

/** Reads a REMB; undefined if it is another application-layer message, or its SSRC list does not fit. */
export function readRemb(packet: RtcpPacket): Remb | undefined {
  const at = packet.offset + FEEDBACK_HEAD_LENGTH;
  const { buffer, bodyEnd } = packet;
  if (readMediaSsrc(packet) === undefined || at + 8 > bodyEnd || buffer.readUInt32BE(at) !== REMB)
    return undefined;
  const count = buffer[at + 4]!;
  if (at + 8 + count * 4 > bodyEnd) return undefined;
  const exponent = buffer[at + 5]! >> 2;
  const mantissa = buffer.readUIntBE(at + 5, 3) & 0x3_ffff;
  const ssrcs: number[] = [];
  for (let index = 0; index < count; index += 1) ssrcs.push(buffer.readUInt32BE(at + 8 + index * 4));
  return { bitsPerSecond: mantissa * 2 ** exponent, ssrcs };
}

/** Writes a REMB for at most 255 SSRCs at `offset`, rounding the bitrate down to 18 bits; returns where it ends. */
export function writeRemb(target: Buffer, offset: number, senderSsrc: number, remb: Remb): number {
  let at = writeFeedbackHead(target, offset, senderSsrc, 0);
  let exponent = 0;
  let mantissa = Math.max(0, Math.floor(remb.bitsPerSecond));
  while (mantissa > 0x3_ffff) {
    mantissa = Math.floor(mantissa / 2);
    exponent += 1;
  }
  at = target.writeUInt32BE(REMB, at);
  target[at] = remb.ssrcs.length;
  target.writeUIntBE((exponent << 18) | mantissa, at + 1, 3);
  at += 4;
  for (const ssrc of remb.ssrcs) at = target.writeUInt32BE(ssrc, at);
  return writeRtcpHeader(
    target,
    offset,
    PAYLOAD_FEEDBACK_FORMAT.applicationLayer,
    RTCP_TYPE.payloadFeedback,
    at,
  );
}
