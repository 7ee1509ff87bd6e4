/** Goodbye, RFC 3550 §6.6: SSRCs that leave; the optional reason text is passed over. */
import { RTCP_HEADER_LENGTH, RTCP_TYPE, type RtcpPacket, writeRtcpHeader } from './rtcp-packet.ts';

/** The SSRCs that leave; undefined if the packet is too short. */
export function readBye(packet: RtcpPacket): number[] | undefined {
  if (packet.bodyOffset + packet.count * 4 > packet.bodyEnd) return undefined;
  const ssrcs: number[] = [];
  for (let index = 0; index < packet.count; index += 1) {
    ssrcs.push(packet.buffer.readUInt32BE(packet.bodyOffset + index * 4));
  }
  return ssrcs;
}

/** Writes a goodbye for at most 31 SSRCs at `offset`, returns where it ends. */
export function writeBye(target: Buffer, offset: number, ssrcs: readonly number[]): number {
  let at = offset + RTCP_HEADER_LENGTH;
  for (const ssrc of ssrcs) at = target.writeUInt32BE(ssrc, at);
  return writeRtcpHeader(target, offset, ssrcs.length, RTCP_TYPE.bye, at);
}
