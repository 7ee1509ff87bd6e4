import { type Cipheriv, createCipheriv, createSecretKey, timingSafeEqual } from 'node:crypto';
import { HmacSha1 } from './hmac-sha1.ts';
import { RTCP_HEADER_LENGTH } from './srtp-header.ts';
import { RTP_INDEX_TURN } from './srtp-packet-index.ts';
import { SRTP_PROFILES } from './srtp-profile.ts';
import type { SrtpTransform } from './srtp-transform.ts';

const TAG_LENGTH = SRTP_PROFILES.AES_CM_128_HMAC_SHA1_80.tagLength;
const INDEX_LENGTH = 4;
const BLOCK_LENGTH = 16;
/** Enough counter blocks for the largest UDP datagram. */
const MAX_BLOCKS = 4096;

/**
 * Counter blocks of one packet at a time, shared by every transform of the thread. The last two bytes of block k
 * are always k, because an SRTP IV ends in two zero bytes, so only the fourteen bytes before are written per packet.
 */
const counterBlocks = Buffer.alloc(MAX_BLOCKS * BLOCK_LENGTH);
const counterWords = new Int32Array(counterBlocks.buffer, counterBlocks.byteOffset, MAX_BLOCKS * 4);
const counterHalves = new Int16Array(counterBlocks.buffer, counterBlocks.byteOffset, MAX_BLOCKS * 8);
for (let block = 0; block < MAX_BLOCKS; block += 1)
  counterBlocks.writeUInt16BE(block, block * BLOCK_LENGTH + 14);

/**
 * AES_CM_128_HMAC_SHA1_80 under one session key.
 *
 *     IV (16):  salt (14) | 00 00   XOR   00 00 00 00 | SSRC (4) | index (6) | 00 00
 *
 *     SRTP  packet: header | ciphertext | tag (10), tag over header, ciphertext and rollover counter
 *     SRTCP packet: header | ciphertext | E=1, index (31 bits) | tag (10), tag over all before it
 *
 * The key stream comes from one long-lived AES-ECB context fed with counter blocks. The bytes are those of a
 * counter-mode cipher made per packet; that costs about the same for 1200 bytes and half as much again for the 120
 * of an audio packet, since node:crypto spends more on making a cipher than on running it (bench/micro/srtp.ts).
 * @see RFC 3711 §4.1.1, §4.2, §3.4
 */
export class CounterModeTransform implements SrtpTransform {
  readonly tagLength = TAG_LENGTH;
  readonly rtcpIndexFromEnd = INDEX_LENGTH + TAG_LENGTH;
  readonly #salt: Buffer;
  readonly #block: Cipheriv;
  readonly #hmac: HmacSha1;
  readonly #trailer = Buffer.alloc(INDEX_LENGTH);
  readonly #expected = Buffer.alloc(TAG_LENGTH);

  /** @param key 16 bytes @param salt 14 bytes @param authenticationKey 20 bytes, all of the session */
  constructor(key: Buffer, salt: Buffer, authenticationKey: Buffer) {
    this.#salt = Buffer.from(salt);
    this.#block = createCipheriv('aes-128-ecb', createSecretKey(key), null);
    this.#block.setAutoPadding(false);
    this.#hmac = new HmacSha1(authenticationKey);
  }

  close(): void {
    // Holds nothing that others could use.
  }

  protectRtp(packet: Buffer, headerLength: number, index: number, target: Buffer): number {
    const length = packet.length;
    if (target !== packet) packet.copy(target, 0, 0, headerLength);
    this.#crypt(packet, headerLength, length, 8, index, target);
    this.#trailer.writeUInt32BE(Math.floor(index / RTP_INDEX_TURN), 0);
    this.#hmac.write(target, length, this.#trailer, target, length, TAG_LENGTH);
    return length + TAG_LENGTH;
  }

  unprotectRtp(packet: Buffer, headerLength: number, index: number): Buffer | undefined {
    const length = packet.length - TAG_LENGTH;
    this.#trailer.writeUInt32BE(Math.floor(index / RTP_INDEX_TURN), 0);
    this.#hmac.write(packet, length, this.#trailer, this.#expected, 0, TAG_LENGTH);
    if (!timingSafeEqual(packet.subarray(length), this.#expected)) return undefined;
    const plain = Buffer.allocUnsafe(length);
    packet.copy(plain, 0, 0, headerLength);
    this.#crypt(packet, headerLength, length, 8, index, plain);
    return plain;
  }

  protectRtcp(packet: Buffer, index: number, target: Buffer): number {
    const length = packet.length;
    if (target !== packet) packet.copy(target, 0, 0, RTCP_HEADER_LENGTH);
    this.#crypt(packet, RTCP_HEADER_LENGTH, length, 4, index, target);
    this.#trailer.writeUInt32BE((index | 0x8000_0000) >>> 0, 0);
    target.set(this.#trailer, length);
    this.#hmac.write(target, length, this.#trailer, target, length + INDEX_LENGTH, TAG_LENGTH);
    return length + INDEX_LENGTH + TAG_LENGTH;
  }

  unprotectRtcp(packet: Buffer, index: number): Buffer | undefined {
    const tagOffset = packet.length - TAG_LENGTH;
    const length = tagOffset - INDEX_LENGTH;
    packet.copy(this.#trailer, 0, length, tagOffset);
    this.#hmac.write(packet, length, this.#trailer, this.#expected, 0, TAG_LENGTH);
    if (!timingSafeEqual(packet.subarray(tagOffset), this.#expected)) return undefined;
    const plain = Buffer.allocUnsafe(length);
    packet.copy(plain, 0, 0, RTCP_HEADER_LENGTH);
    this.#crypt(packet, RTCP_HEADER_LENGTH, length, 4, index, plain);
    return plain;
  }

  /** Writes `from[start..end)` XOR key stream to the same places of `to`. */
  #crypt(from: Buffer, start: number, end: number, ssrcOffset: number, index: number, to: Buffer): void {
    const blocks = (end - start + BLOCK_LENGTH - 1) >> 4;
    if (blocks === 0) return;
    this.#setCounterBlocks(from, ssrcOffset, index, blocks);
    const keyStream = this.#block.update(counterBlocks.subarray(0, blocks * BLOCK_LENGTH));
    for (let at = start; at < end; at += 1) to[at] = from[at]! ^ keyStream[at - start]!;
  }

  #setCounterBlocks(packet: Buffer, ssrcOffset: number, index: number, blocks: number): void {
    const salt = this.#salt;
    const first = counterBlocks;
    for (let at = 0; at < 4; at += 1) first[at] = salt[at]!;
    for (let at = 0; at < 4; at += 1) first[at + 4] = salt[at + 4]! ^ packet[ssrcOffset + at]!;
    const high = Math.floor(index / 0x1_0000_0000);
    first[8] = salt[8]! ^ (high >>> 8);
    first[9] = salt[9]! ^ (high & 0xff);
    first[10] = salt[10]! ^ ((index >>> 24) & 0xff);
    first[11] = salt[11]! ^ ((index >>> 16) & 0xff);
    first[12] = salt[12]! ^ ((index >>> 8) & 0xff);
    first[13] = salt[13]! ^ (index & 0xff);
    const a = counterWords[0]!;
    const b = counterWords[1]!;
    const c = counterWords[2]!;
    const d = counterHalves[6]!;
    for (let block = 1; block < blocks; block += 1) {
      const word = block * 4;
      counterWords[word] = a;
      counterWords[word + 1] = b;
      counterWords[word + 2] = c;
      counterHalves[block * 8 + 6] = d;
    }
  }
}
