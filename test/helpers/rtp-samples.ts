/** Plain packets for tests of whatever carries RTP and RTCP. */
import type { SrtpKeys, SrtpProfile } from '../../src/crypto/srtp.ts';

export const srtpProfiles: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];

/** Master key and salt of the profile's lengths, all of them `fill` and up. */
export function sampleKeys(profile: SrtpProfile, fill = 1): SrtpKeys {
  const salt = profile === 'AEAD_AES_128_GCM' ? 12 : 14;
  return {
    masterKey: Buffer.from(Array.from({ length: 16 }, (_, at) => fill + at)),
    masterSalt: Buffer.from(Array.from({ length: salt }, (_, at) => fill + 100 + at)),
  };
}

/** One RTP packet; `extension` adds a one-byte block of two elements, `csrcs` that many contributing sources. */
export function rtpPacket(
  sequenceNumber: number,
  options: { ssrc?: number; payload?: Buffer; extension?: boolean; csrcs?: number } = {},
): Buffer {
  const { ssrc = 0x1234_5678, payload = Buffer.alloc(40, sequenceNumber & 0xff), csrcs = 0 } = options;
  const header = Buffer.alloc(12 + csrcs * 4);
  header[0] = 0x80 | (options.extension === true ? 0x10 : 0) | csrcs;
  header[1] = 96;
  header.writeUInt16BE(sequenceNumber & 0xffff, 2);
  header.writeUInt32BE((sequenceNumber * 3000) >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  const extension = Buffer.from(options.extension === true ? 'bede000211a1b230c4000000' : '', 'hex');
  return Buffer.concat([header, extension, payload]);
}

/** A sender report of `ssrc` and an empty SDES after it, 36 bytes. */
export function rtcpPacket(ssrc = 0x1234_5678, packetCount = 7): Buffer {
  const packet = Buffer.alloc(36);
  packet.writeUInt32BE(0x80c8_0006, 0);
  packet.writeUInt32BE(ssrc, 4);
  packet.writeUInt32BE(packetCount, 20);
  packet.writeUInt32BE(0x81ca_0001, 28);
  packet.writeUInt32BE(ssrc, 32);
  return packet;
}
