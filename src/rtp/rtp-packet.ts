/**
 * RTP data packet, RFC 3550 §5.1, with the extension block of RFC 8285.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                           timestamp                           |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                             SSRC                              |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    |            CSRC list, then the extension block if X           |
 */

/** Bytes of the fixed header. */
export const RTP_FIXED_HEADER_LENGTH = 12;
/** `defined by profile` of a block of one-byte elements (RFC 8285 §4.2). */
export const ONE_BYTE_PROFILE = 0xbede;
/** `defined by profile` of a block of two-byte elements, low four bits masked (RFC 8285 §4.3). */
export const TWO_BYTE_PROFILE = 0x1000;

/**
 * A parsed view over one RTP packet, whose fields are plain numbers read once. It borrows `buffer`: whoever keeps
 * the view longer than the call must own the buffer. Fields are for reading; the buffer is rewritten by `write*`.
 */
export class RtpPacket {
  buffer: Buffer;
  payloadType = 0;
  marker = false;
  sequenceNumber = 0;
  /** 32 bits, unsigned. */
  timestamp = 0;
  /** 32 bits, unsigned. */
  ssrc = 0;
  /** 0 when the packet has no extension block. */
  extensionProfile = 0;
  /** Where the extension elements start, and their bytes (without the four-byte block header). */
  extensionOffset = 0;
  extensionLength = 0;
  payloadOffset = 0;
  /** Bytes of payload, padding not counted. */
  payloadLength = 0;
  paddingLength = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** The payload without padding; a view, borrowed from `buffer`. */
  get payload(): Buffer {
    return this.buffer.subarray(this.payloadOffset, this.payloadOffset + this.payloadLength);
  }
}

/**
 * Parses `buffer` whole. Returns undefined for anything that is not a well-formed RTP packet of version 2:
 * short, truncated CSRC list or extension block, padding longer than what is there or of length zero. Never throws.
 */
export function parseRtpPacket(buffer: Buffer): RtpPacket | undefined {
  const length = buffer.length;
  if (length < RTP_FIXED_HEADER_LENGTH) return undefined;
  const first = buffer[0]!;
  if (first >> 6 !== 2) return undefined;
  let offset = RTP_FIXED_HEADER_LENGTH + (first & 0x0f) * 4;
  if (offset > length) return undefined;
  let extensionProfile = 0;
  let extensionOffset = 0;
  let extensionLength = 0;
  if ((first & 0x10) !== 0) {
    if (offset + 4 > length) return undefined;
    extensionProfile = (buffer[offset]! << 8) | buffer[offset + 1]!;
    extensionLength = ((buffer[offset + 2]! << 8) | buffer[offset + 3]!) * 4;
    extensionOffset = offset + 4;
    offset = extensionOffset + extensionLength;
    if (offset > length) return undefined;
  }
  let paddingLength = 0;
  if ((first & 0x20) !== 0) {
    if (offset === length) return undefined;
    paddingLength = buffer[length - 1]!;
    if (paddingLength === 0 || offset + paddingLength > length) return undefined;
  }
  const second = buffer[1]!;
  const packet = new RtpPacket(buffer);
  packet.payloadType = second & 0x7f;
  packet.marker = (second & 0x80) !== 0;
  packet.sequenceNumber = (buffer[2]! << 8) | buffer[3]!;
  packet.timestamp = buffer.readUInt32BE(4);
  packet.ssrc = buffer.readUInt32BE(8);
  packet.extensionProfile = extensionProfile;
  packet.extensionOffset = extensionOffset;
  packet.extensionLength = extensionLength;
  packet.payloadOffset = offset;
  packet.payloadLength = length - offset - paddingLength;
  packet.paddingLength = paddingLength;
  return packet;
}
