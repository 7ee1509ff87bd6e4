/**
 * The RTCP common header (RFC 3550 §6.1) and compound packets.
 *
 *     0                   1                   2                   3
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P| RC/FMT  |      PT       |   length in words minus one   |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

/** RTCP packet types (RFC 3550 §12.1, RFC 4585 §6.1, RFC 3611 §2). */
export const RTCP_TYPE = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  app: 204,
  transportFeedback: 205,
  payloadFeedback: 206,
  extendedReport: 207,
} as const;

/** FMT of transport-layer feedback (type 205): RFC 4585 §6.2, draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1. */
export const TRANSPORT_FEEDBACK_FORMAT = { nack: 1, transportCc: 15 } as const;
/** FMT of payload-specific feedback (type 206): RFC 4585 §6.3, RFC 5104 §4.3, draft-alvestrand-rmcat-remb-03. */
export const PAYLOAD_FEEDBACK_FORMAT = { pli: 1, fir: 4, applicationLayer: 15 } as const;

export const RTCP_HEADER_LENGTH = 4;

/** One packet of a compound, as offsets into the borrowed `buffer`. */
export interface RtcpPacket {
  readonly buffer: Buffer;
  readonly type: number;
  /** RC, SC or FMT, 0..31. */
  readonly count: number;
  /** Where the common header starts. */
  readonly offset: number;
  /** Where the body starts (after the common header) and ends (padding taken off). */
  readonly bodyOffset: number;
  readonly bodyEnd: number;
}

/**
 * Takes a compound (or reduced-size, RFC 5506) packet apart. Returns undefined if any part is malformed: wrong
 * version, a length past the end, bad padding, trailing bytes; nothing of a malformed compound is used.
 */
export function parseCompound(buffer: Buffer): RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = [];
  let offset = 0;
  if (buffer.length < RTCP_HEADER_LENGTH) return undefined;
  while (offset < buffer.length) {
    if (offset + RTCP_HEADER_LENGTH > buffer.length) return undefined;
    const first = buffer[offset]!;
    if (first >> 6 !== 2) return undefined;
    const end = offset + (buffer.readUInt16BE(offset + 2) + 1) * 4;
    if (end > buffer.length) return undefined;
    let bodyEnd = end;
    if ((first & 0x20) !== 0) {
      const padding = buffer[end - 1]!;
      // RFC 3550 §6.4.1 wants a multiple of four; libwebrtc pads its transport-cc feedback by one to three bytes.
      if (padding === 0 || end - padding < offset + RTCP_HEADER_LENGTH) return undefined;
      bodyEnd = end - padding;
    }
    packets.push({
      buffer,
      type: buffer[offset + 1]!,
      count: first & 0x1f,
      offset,
      bodyOffset: offset + RTCP_HEADER_LENGTH,
      bodyEnd,
    });
    offset = end;
  }
  return packets;
}

/**
 * Writes a common header at `offset` for a packet that ends at `end` (a multiple of four bytes after `offset`).
 * Returns `end`. Called last, when the length is known.
 */
export function writeRtcpHeader(
  target: Buffer,
  offset: number,
  count: number,
  type: number,
  end: number,
): number {
  target[offset] = 0x80 | count;
  target[offset + 1] = type;
  target.writeUInt16BE((end - offset) / 4 - 1, offset + 2);
  return end;
}
