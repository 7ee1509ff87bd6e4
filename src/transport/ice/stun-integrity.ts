import { hash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { HmacSha1 } from '../../crypto/hmac-sha1.ts';
import { STUN_ATTRIBUTE, STUN_HEADER_LENGTH, type StunMessage } from './stun-message.ts';

/** Bytes of the MESSAGE-INTEGRITY attribute with its header: HMAC-SHA1, RFC 8489 §14.5. */
export const INTEGRITY_LENGTH = 24;
/** Bytes of the FINGERPRINT attribute with its header: CRC-32, RFC 8489 §14.7. */
export const FINGERPRINT_LENGTH = 8;
/** "STUN" in ASCII, so that a CRC of the payload's own protocol does not match by accident. */
const FINGERPRINT_XOR = 0x5354_554e;

const nothing = Buffer.alloc(0);
const computed = Buffer.alloc(20);

/** The key of the short-term mechanism, made of one ICE password (RFC 8489 §9.1.1). */
export class StunKey {
  readonly #hmac: HmacSha1;

  /** `password`: 1..256 ice-chars, which SASLprep leaves as they are. */
  constructor(password: string) {
    const key = Buffer.from(password, 'latin1');
    this.#hmac = new HmacSha1(key.length > 64 ? hash('sha1', key, 'buffer') : key);
  }

  /** Whether the message carries a MESSAGE-INTEGRITY made with this key. Compares in constant time. */
  verify(message: StunMessage): boolean {
    const { buffer, integrityOffset } = message;
    if (integrityOffset === -1) return false;
    this.#compute(buffer, integrityOffset, computed, 0);
    return timingSafeEqual(
      computed,
      buffer.subarray(integrityOffset + 4, integrityOffset + INTEGRITY_LENGTH),
    );
  }

  /** Writes a MESSAGE-INTEGRITY attribute at `offset`, over all that stands before it. */
  sign(buffer: Buffer, offset: number): void {
    buffer.writeUInt16BE(STUN_ATTRIBUTE.messageIntegrity, offset);
    buffer.writeUInt16BE(20, offset + 2);
    this.#compute(buffer, offset, buffer, offset + 4);
  }

  /** The HMAC covers a header whose length ends with MESSAGE-INTEGRITY, so that FINGERPRINT may follow. */
  #compute(buffer: Buffer, offset: number, target: Buffer, targetOffset: number): void {
    const length = buffer.readUInt16BE(2);
    buffer.writeUInt16BE(offset + INTEGRITY_LENGTH - STUN_HEADER_LENGTH, 2);
    this.#hmac.write(buffer, offset, nothing, target, targetOffset, 20);
    buffer.writeUInt16BE(length, 2);
  }
}

/** Whether the message ends with a right FINGERPRINT, which a connectivity check must have (RFC 8445 §7.1). */
export function hasFingerprint(message: StunMessage): boolean {
  const { buffer, fingerprintOffset } = message;
  if (fingerprintOffset === -1) return false;
  return buffer.readUInt32BE(fingerprintOffset + 4) === fingerprintOf(buffer, fingerprintOffset);
}

/** Writes a FINGERPRINT attribute at `offset`; the header's length must already count it. */
export function writeFingerprint(buffer: Buffer, offset: number): void {
  buffer.writeUInt16BE(STUN_ATTRIBUTE.fingerprint, offset);
  buffer.writeUInt16BE(4, offset + 2);
  buffer.writeUInt32BE(fingerprintOf(buffer, offset), offset + 4);
}

function fingerprintOf(buffer: Buffer, end: number): number {
  return (crc32(buffer.subarray(0, end)) ^ FINGERPRINT_XOR) >>> 0;
}
