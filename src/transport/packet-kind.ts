/**
 * What a datagram on the one port is, by its first bytes (RFC 7983 §7, RFC 5761 §4):
 *
 *     first byte 0..3    STUN
 *                16..19  ZRTP      dropped
 *                20..63  DTLS
 *                64..79  TURN      dropped
 *                128..191 RTP, or RTCP when the second byte is 192..223
 */
export type PacketKind = 'stun' | MediaPacketKind | 'unknown';

/** What comes after the checks. */
export type MediaPacketKind = 'dtls' | 'rtp' | 'rtcp';

/** The kind of `datagram`; `unknown` for every other first byte and for less than the shortest packet of its kind. */
export function packetKind(datagram: Buffer): PacketKind {
  const { length } = datagram;
  if (length < 8) return 'unknown';
  const first = datagram[0]!;
  if (first >= 128 && first <= 191) {
    const second = datagram[1]!;
    if (second >= 192 && second <= 223) return 'rtcp';
    return length < 12 ? 'unknown' : 'rtp';
  }
  if (first <= 3) return length < 20 ? 'unknown' : 'stun';
  if (first >= 20 && first <= 63) return length < 13 ? 'unknown' : 'dtls';
  return 'unknown';
}
