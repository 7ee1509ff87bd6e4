import { hash } from 'node:crypto';

const BLOCK_LENGTH = 64;
const DIGEST_LENGTH = 20;
/** The largest UDP datagram and a four-byte trailer. */
const MAX_MESSAGE = 65_535 + 4;

/** Inner message of one digest at a time, shared by all keys of the thread: padded key, message, trailer. */
const inner = Buffer.alloc(BLOCK_LENGTH + MAX_MESSAGE);

/**
 * HMAC-SHA1 (RFC 2104) under one key, for one message at a time, without a node:crypto object per message: two
 * one-shot SHA-1 calls, whose digests come back as latin1 strings. A `createHmac` per packet takes about twice as
 * long, most of it for the object and the returned Buffer (bench/micro/srtp.ts).
 */
export class HmacSha1 {
  readonly #innerKey = Buffer.alloc(BLOCK_LENGTH, 0x36);
  readonly #outer = Buffer.alloc(BLOCK_LENGTH + DIGEST_LENGTH, 0x5c);

  /** @param key 1..64 bytes */
  constructor(key: Buffer) {
    if (key.length === 0 || key.length > BLOCK_LENGTH) throw new TypeError('key must have 1..64 bytes');
    for (let at = 0; at < key.length; at += 1) {
      this.#innerKey[at] = key[at]! ^ 0x36;
      this.#outer[at] = key[at]! ^ 0x5c;
    }
  }

  /**
   * Writes the first `tagLength` (0..20) bytes of HMAC(message[0..length) | trailer) to `target` at `offset`.
   * `message[0..length)` and trailer together have at most 65,539 bytes; a longer message throws RangeError.
   */
  write(
    message: Buffer,
    length: number,
    trailer: Buffer,
    target: Buffer,
    offset: number,
    tagLength: number,
  ): void {
    const end = BLOCK_LENGTH + length + trailer.length;
    if (end > inner.length) throw new RangeError('message is longer than a datagram');
    inner.set(this.#innerKey);
    message.copy(inner, BLOCK_LENGTH, 0, length);
    inner.set(trailer, BLOCK_LENGTH + length);
    this.#outer.write(hash('sha1', inner.subarray(0, end), 'binary'), BLOCK_LENGTH, 'latin1');
    target.write(hash('sha1', this.#outer, 'binary'), offset, tagLength, 'latin1');
  }
}
