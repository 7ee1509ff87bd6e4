/**
 * RTP header extension elements (RFC 8285), read in place and written by hand.
 *
 * One-byte element (§4.2): `ID(4) | len-1 (4) | data`; ID 15 ends the block, ID 0 is one byte of padding.
 * Two-byte element (§4.3): `ID(8) | len(8) | data`; ID 0 is one byte of padding.
 */
import { ONE_BYTE_PROFILE, type RtpPacket, TWO_BYTE_PROFILE } from './rtp-packet.ts';

/** The URIs this server understands, by our name for them. */
export const EXTENSION_URI = {
  /** RFC 8843 §15. */
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  /** RFC 8852 §3.1. */
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  /** RFC 8852 §3.2. */
  repairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01 §2. */
  transportCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  /** webrtc.org abs-send-time: 24 bits, 6.18 fixed point seconds. */
  absSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  /** RFC 6464. */
  audioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  /** 3GPP TS 26.114 §7.4.5. */
  videoOrientation: 'urn:3gpp:video-orientation',
  /** webrtc.org playout-delay: 12 + 12 bits, units of 10 ms. */
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  /** AV1 RTP specification, appendix A. */
  dependencyDescriptor:
    'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
} as const;

export type ExtensionName = keyof typeof EXTENSION_URI;

/** Negotiated ids of one transport: our name → id (1..14, or 1..255 with extmap-allow-mixed). Absent: not negotiated. */
export type ExtensionIds = { readonly [Name in ExtensionName]?: number };

/** Called once per element; `offset` and `length` point into `packet.buffer`. */
export type ExtensionVisitor<Context> = (
  id: number,
  offset: number,
  length: number,
  context: Context,
) => void;

/**
 * Visits every element of the packet's extension block in order. Stops without a word at an element that runs past
 * the block (what was read before stays valid), at one-byte id 15, and at an unknown block profile. Never throws.
 */
export function forEachExtension<Context>(
  packet: RtpPacket,
  visit: ExtensionVisitor<Context>,
  context: Context,
): void {
  const { buffer, extensionProfile } = packet;
  let offset = packet.extensionOffset;
  const end = offset + packet.extensionLength;
  if (extensionProfile === ONE_BYTE_PROFILE) {
    while (offset < end) {
      const byte = buffer[offset]!;
      const id = byte >> 4;
      if (byte === 0) {
        offset += 1;
        continue;
      }
      if (id === 15) return;
      const length = (byte & 0x0f) + 1;
      if (offset + 1 + length > end) return;
      if (id !== 0) visit(id, offset + 1, length, context);
      offset += 1 + length;
    }
    return;
  }
  if ((extensionProfile & 0xfff0) !== TWO_BYTE_PROFILE) return;
  while (offset < end) {
    const id = buffer[offset]!;
    if (id === 0) {
      offset += 1;
      continue;
    }
    if (offset + 2 > end) return;
    const length = buffer[offset + 1]!;
    if (offset + 2 + length > end) return;
    visit(id, offset + 2, length, context);
    offset += 2 + length;
  }
}
