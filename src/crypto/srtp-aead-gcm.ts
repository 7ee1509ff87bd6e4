import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { GcmBlockCipher, GcmKeystream } from './gcm-keystream.ts';
import { gcm, gcmMemory, PACKET, PACKET_BYTES } from './gcm-lanes.ts';
import { RTCP_HEADER_LENGTH, read32 } from './srtp-header.ts';
import { RTP_INDEX_TURN } from './srtp-packet-index.ts';
import { SRTP_PROFILES } from './srtp-profile.ts';
import type { SrtpTransform } from './srtp-transform.ts';

const TAG_LENGTH = SRTP_PROFILES.AEAD_AES_128_GCM.tagLength;
const INDEX_LENGTH = 4;

/**
 * AEAD_AES_128_GCM under one session key. The RTP header with its extension block is associated data; for RTCP it is
 * the first eight bytes and the index word.
 *
 *     SRTP  IV:  00 00 | SSRC (4) | rollover counter (4) | sequence number (2)   XOR session salt (12)
 *     SRTCP IV:  00 00 | SSRC (4) | 00 00 | index (4)                             XOR session salt (12)
 *
 *     SRTP  packet: header | ciphertext | tag (16)
 *     SRTCP packet: header | ciphertext | tag (16) | E=1, index (31 bits)
 *
 * RTP that comes in order finds its key stream made ahead (gcm-keystream.ts, docs/decisions/0006); the rest, and RTCP,
 * goes through a cipher of node:crypto per packet, with a KeyObject, since a raw key takes it three times as long
 * (bench/micro/srtp.ts). Both ways give the same bytes.
 * @see RFC 7714 §8, §9
 */
export class AeadGcmTransform implements SrtpTransform {
  readonly tagLength = TAG_LENGTH;
  readonly rtcpIndexFromEnd = INDEX_LENGTH;
  readonly #key: KeyObject;
  readonly #salt: Buffer;
  readonly #iv = Buffer.alloc(12);
  /** By SSRC; only of packets that were sent or proved authentic. */
  readonly #keystreams = new Map<number, GcmKeystream>();
  #block: GcmBlockCipher | undefined;
  readonly #rtcpAad = Buffer.alloc(RTCP_HEADER_LENGTH + INDEX_LENGTH);

  /** @param key 16 bytes @param salt 12 bytes, both of the session, not the master ones */
  constructor(key: Buffer, salt: Buffer) {
    this.#key = createSecretKey(key);
    this.#salt = Buffer.from(salt);
  }

  protectRtp(packet: Buffer, headerLength: number, index: number, target: Buffer): number {
    const { length } = packet;
    const keystream = this.#keystreams.get(read32(packet, 8)) ?? this.#addKeystream(packet);
    const found = keystream.find(index, length - headerLength);
    if (found !== 0 && length + TAG_LENGTH <= PACKET_BYTES) {
      const memory = gcmMemory();
      memory.set(packet, PACKET);
      gcm.seal(keystream.lane, found, headerLength, length);
      memory.copy(target, 0, PACKET, PACKET + length + TAG_LENGTH);
    } else {
      this.#setRtpIv(packet, index);
      this.#seal(packet, headerLength, target);
    }
    keystream.note(index, length - headerLength);
    return length + TAG_LENGTH;
  }

  unprotectRtp(packet: Buffer, headerLength: number, index: number): Buffer | undefined {
    const length = packet.length - TAG_LENGTH;
    const keystream = this.#keystreams.get(read32(packet, 8));
    const found = keystream === undefined ? 0 : keystream.find(index, length - headerLength);
    let plain: Buffer | undefined;
    if (found !== 0 && packet.length <= PACKET_BYTES) {
      const memory = gcmMemory();
      memory.set(packet, PACKET);
      if (gcm.open(keystream!.lane, found, headerLength, length) === 0) return undefined;
      plain = Buffer.allocUnsafe(length);
      memory.copy(plain, 0, PACKET, PACKET + length);
    } else {
      this.#setRtpIv(packet, index);
      const header = packet.subarray(0, headerLength);
      plain = this.#open(header, packet.subarray(headerLength, length), packet, length, header);
      if (plain === undefined) return undefined;
    }
    (keystream ?? this.#addKeystream(packet)).note(index, length - headerLength);
    return plain;
  }

  protectRtcp(packet: Buffer, index: number, target: Buffer): number {
    this.#setRtcpIv(packet, index);
    const aad = this.#setRtcpAad(packet, index);
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#iv);
    cipher.setAAD(aad);
    const ciphertext = cipher.update(packet.subarray(RTCP_HEADER_LENGTH));
    cipher.final();
    const length = packet.length;
    aad.copy(target, 0, 0, RTCP_HEADER_LENGTH);
    target.set(ciphertext, RTCP_HEADER_LENGTH);
    target.set(cipher.getAuthTag(), length);
    aad.copy(target, length + TAG_LENGTH, RTCP_HEADER_LENGTH);
    return length + TAG_LENGTH + INDEX_LENGTH;
  }

  unprotectRtcp(packet: Buffer, index: number): Buffer | undefined {
    this.#setRtcpIv(packet, index);
    const aad = this.#setRtcpAad(packet, index);
    const tagOffset = packet.length - INDEX_LENGTH - TAG_LENGTH;
    const header = packet.subarray(0, RTCP_HEADER_LENGTH);
    return this.#open(aad, packet.subarray(RTCP_HEADER_LENGTH, tagOffset), packet, tagOffset, header);
  }

  close(): void {
    for (const keystream of this.#keystreams.values()) keystream.close();
    this.#keystreams.clear();
  }

  /** Decrypts and verifies; on success a new buffer of `header` and the plaintext. */
  #open(
    aad: Buffer,
    ciphertext: Buffer,
    packet: Buffer,
    tagOffset: number,
    header: Buffer,
  ): Buffer | undefined {
    const decipher = createDecipheriv('aes-128-gcm', this.#key, this.#iv);
    decipher.setAuthTag(packet.subarray(tagOffset, tagOffset + TAG_LENGTH));
    decipher.setAAD(aad);
    const plaintext = decipher.update(ciphertext);
    try {
      decipher.final();
    } catch {
      // The only way node:crypto tells that the tag does not match.
      return undefined;
    }
    const plain = Buffer.allocUnsafe(header.length + plaintext.length);
    plain.set(header);
    plain.set(plaintext, header.length);
    return plain;
  }

  #seal(packet: Buffer, headerLength: number, target: Buffer): void {
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#iv);
    cipher.setAAD(packet.subarray(0, headerLength));
    const ciphertext = cipher.update(packet.subarray(headerLength));
    cipher.final();
    if (target !== packet) packet.copy(target, 0, 0, headerLength);
    target.set(ciphertext, headerLength);
    target.set(cipher.getAuthTag(), packet.length);
  }

  #addKeystream(packet: Buffer): GcmKeystream {
    this.#block ??= new GcmBlockCipher(this.#key);
    const iv = Buffer.alloc(16);
    iv.set(this.#salt);
    for (let at = 0; at < 4; at += 1) iv[at + 2] = iv[at + 2]! ^ packet[at + 8]!;
    const keystream = new GcmKeystream(this.#block, iv);
    this.#keystreams.set(read32(packet, 8), keystream);
    return keystream;
  }

  #setRtpIv(packet: Buffer, index: number): void {
    const iv = this.#iv;
    const salt = this.#salt;
    const rolloverCounter = Math.floor(index / RTP_INDEX_TURN);
    this.#setSsrc(packet, 8);
    iv[6] = salt[6]! ^ (rolloverCounter >>> 24);
    iv[7] = salt[7]! ^ ((rolloverCounter >>> 16) & 0xff);
    iv[8] = salt[8]! ^ ((rolloverCounter >>> 8) & 0xff);
    iv[9] = salt[9]! ^ (rolloverCounter & 0xff);
    iv[10] = salt[10]! ^ packet[2]!;
    iv[11] = salt[11]! ^ packet[3]!;
  }

  #setRtcpIv(packet: Buffer, index: number): void {
    const iv = this.#iv;
    const salt = this.#salt;
    this.#setSsrc(packet, 4);
    iv[6] = salt[6]!;
    iv[7] = salt[7]!;
    iv[8] = salt[8]! ^ (index >>> 24);
    iv[9] = salt[9]! ^ ((index >>> 16) & 0xff);
    iv[10] = salt[10]! ^ ((index >>> 8) & 0xff);
    iv[11] = salt[11]! ^ (index & 0xff);
  }

  #setSsrc(packet: Buffer, offset: number): void {
    const iv = this.#iv;
    const salt = this.#salt;
    iv[0] = salt[0]!;
    iv[1] = salt[1]!;
    iv[2] = salt[2]! ^ packet[offset]!;
    iv[3] = salt[3]! ^ packet[offset + 1]!;
    iv[4] = salt[4]! ^ packet[offset + 2]!;
    iv[5] = salt[5]! ^ packet[offset + 3]!;
  }

  /** RTCP header and index word with the E bit. */
  #setRtcpAad(packet: Buffer, index: number): Buffer {
    const aad = this.#rtcpAad;
    packet.copy(aad, 0, 0, RTCP_HEADER_LENGTH);
    aad.writeUInt32BE((index | 0x8000_0000) >>> 0, RTCP_HEADER_LENGTH);
    return aad;
  }
}
