/** Fixed part of an RTP header, RFC 3550 §5.1. */
export const RTP_HEADER_LENGTH = 12;
/** First header of an RTCP compound packet with the sender's SSRC, left in clear by SRTCP (RFC 3711 §3.4). */
export const RTCP_HEADER_LENGTH = 8;

/**
 * Bytes of the RTP header that SRTP authenticates and leaves in clear: fixed part, CSRC list and the whole
 * extension block. 0 when `packet` is not RTP version 2 or ends inside its header. Never throws.
 * @see RFC 3711 §3.1, RFC 7714 §8.2
 */
export function rtpHeaderLength(packet: Buffer): number {
  if (packet.length < RTP_HEADER_LENGTH) return 0;
  const first = packet[0]!;
  if (first >> 6 !== 2) return 0;
  let length = RTP_HEADER_LENGTH + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (length + 4 > packet.length) return 0;
    length += 4 + ((packet[length + 2]! << 8) | packet[length + 3]!) * 4;
  }
  return length > packet.length ? 0 : length;
}

/** The 32-bit number at `offset`, unsigned; faster than `readUInt32BE`, and the caller has checked the length. */
export function read32(packet: Buffer, offset: number): number {
  return (
    ((packet[offset]! << 24) |
      (packet[offset + 1]! << 16) |
      (packet[offset + 2]! << 8) |
      packet[offset + 3]!) >>>
    0
  );
}
