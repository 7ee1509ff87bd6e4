/**
 * Source description, RFC 3550 §6.5: chunks of an SSRC and items `type(8) | length(8) | text`, each chunk ended by
 * a zero byte and padded with zeros to 32 bits.
 */
import { RTCP_HEADER_LENGTH, RTCP_TYPE, type RtcpPacket, writeRtcpHeader } from './rtcp-packet.ts';

const CNAME = 1;

export interface SourceDescription {
  readonly ssrc: number;
  /** Canonical name (§6.5.1), absent if the chunk has none. At most 255 bytes of UTF-8 when written. */
  readonly cname: string | undefined;
}

/** Reads a packet of type 202; undefined if a chunk or an item runs past its end. Other items are passed over. */
export function readSourceDescription(packet: RtcpPacket): SourceDescription[] | undefined {
  const { buffer, bodyOffset, bodyEnd } = packet;
  const chunks: SourceDescription[] = [];
  let at = bodyOffset;
  for (let index = 0; index < packet.count; index += 1) {
    if (at + 4 > bodyEnd) return undefined;
    const ssrc = buffer.readUInt32BE(at);
    at += 4;
    let cname: string | undefined;
    while (true) {
      if (at >= bodyEnd) return undefined;
      const type = buffer[at]!;
      if (type === 0) break;
      if (at + 2 > bodyEnd) return undefined;
      const length = buffer[at + 1]!;
      if (at + 2 + length > bodyEnd) return undefined;
      if (type === CNAME) cname = buffer.toString('utf8', at + 2, at + 2 + length);
      at += 2 + length;
    }
    at = bodyOffset + ((at - bodyOffset) >> 2) * 4 + 4;
    if (at > bodyEnd) return undefined;
    chunks.push({ ssrc, cname });
  }
  return chunks;
}

/** Writes one chunk with a CNAME at `offset`, returns where the packet ends. */
export function writeCname(target: Buffer, offset: number, ssrc: number, cname: string): number {
  let at = offset + RTCP_HEADER_LENGTH;
  target.writeUInt32BE(ssrc, at);
  const length = target.write(cname, at + 6, 255, 'utf8');
  target[at + 4] = CNAME;
  target[at + 5] = length;
  at += 6 + length;
  const end = offset + (((at - offset) >> 2) + 1) * 4;
  target.fill(0, at, end);
  return writeRtcpHeader(target, offset, 1, RTCP_TYPE.sourceDescription, end);
}
