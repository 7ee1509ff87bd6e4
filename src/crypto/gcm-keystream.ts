import { type Cipheriv, createCipheriv, type KeyObject } from 'node:crypto';
import {
  COUNTERS,
  gcm,
  gcmMemory,
  KEY_STREAM,
  LANE_BLOCKS,
  type LaneHolder,
  returnLane,
  takeLane,
} from './gcm-lanes.ts';

const BLOCK_LENGTH = 16;
/** Packets whose key stream is made at once, at the most; twice as many cost hardly less each. */
const MAX_AHEAD = 8;
/** Most blocks of one packet, that of its tag included. */
const MAX_BLOCKS = LANE_BLOCKS / MAX_AHEAD;
/** Packets that follow on one another before key stream is made ahead. */
const START_AFTER = 3;
/** Packets until a stream that found no lane asks again. */
const ASK_AGAIN_AFTER = 256;
/** Room for packets that grow, in blocks. */
const SPARE_BLOCKS = 2;

/** The block cipher under one key, as every stream of the key needs it. */
export class GcmBlockCipher {
  readonly cipher: Cipheriv;
  /** The hash key H. */
  readonly hashKey: Buffer;

  constructor(key: KeyObject) {
    this.cipher = createCipheriv('aes-128-ecb', key, null);
    this.cipher.setAutoPadding(false);
    this.hashKey = this.cipher.update(Buffer.alloc(BLOCK_LENGTH));
  }
}

/**
 * The GCM key stream of the next packets of one SSRC under one key, as long as they come in order. Their counter blocks
 * are known beforehand, and one call of the block cipher for eight packets costs little more than for one.
 *
 * It starts with one packet ahead and doubles while most of what it makes is used, halves otherwise, and gives up when
 * nothing is. What is made depends only on packets that were sent, or proved authentic.
 */
export class GcmKeystream implements LaneHolder {
  recentlyUsed = true;
  /** Address of the lane, 0 without one. */
  lane = 0;
  readonly #block: GcmBlockCipher;
  /** Session salt XOR SSRC, and a counter of 0. */
  readonly #iv = Buffer.alloc(BLOCK_LENGTH);
  #highest = -2;
  #inOrder = 0;
  /** Packet index of the first key stream made, how many there are, and how many of them served. */
  #first = 0;
  #count = 0;
  #used = 0;
  #blocks = 0;
  #ahead = 1;
  /** Longest payload since the last key stream was made, and of the time before. */
  #longest = 0;
  #longestBefore = 0;

  /** @param iv 16 bytes, borrowed */
  constructor(block: GcmBlockCipher, iv: Buffer) {
    this.#block = block;
    // Not Buffer.from: 16 bytes of Node's pool would keep its whole slab for as long as the stream lives.
    this.#iv.set(iv);
  }

  /** The address of the key stream of a packet, or 0 when there is none of that length. Changes nothing. */
  find(index: number, payloadLength: number): number {
    const offset = index - this.#first;
    if (offset < 0 || offset >= this.#count || payloadLength > (this.#blocks - 1) * BLOCK_LENGTH) return 0;
    return this.lane + KEY_STREAM + offset * this.#blocks * BLOCK_LENGTH;
  }

  /** Notes a packet that was protected, or proved authentic. */
  note(index: number, payloadLength: number): void {
    if (payloadLength > this.#longest) this.#longest = payloadLength;
    const follows = index === this.#highest + 1;
    if (index > this.#highest) this.#highest = index;
    if (this.#count === 0) {
      this.#inOrder = follows ? this.#inOrder + 1 : 0;
      if (this.#inOrder >= START_AFTER) this.#start(index + 1);
      return;
    }
    const offset = index - this.#first;
    if (offset < 0) return;
    if (offset < this.#count) this.#used += 1;
    if (offset >= this.#count - 1) this.#renew(index + 1);
  }

  /** Gives its lane back. It would begin anew with the next packet, but none should come. */
  close(): void {
    if (this.lane === 0) return;
    returnLane(this.lane);
    this.loseLane();
  }

  loseLane(): void {
    this.lane = 0;
    this.#count = 0;
    this.#inOrder = 0;
  }

  #start(index: number): void {
    this.lane = takeLane(this);
    if (this.lane === 0) {
      this.#inOrder = START_AFTER - ASK_AGAIN_AFTER;
      return;
    }
    const memory = gcmMemory();
    memory.set(this.#iv, this.lane);
    memory.set(this.#block.hashKey, this.lane + BLOCK_LENGTH);
    gcm.makeTable(this.lane);
    this.#ahead = 1;
    this.#make(index);
  }

  #renew(index: number): void {
    if (this.#used === 0) {
      this.close();
      return;
    }
    if (this.#used * 2 < this.#count) this.#ahead = Math.max(1, this.#ahead >> 1);
    else this.#ahead = Math.min(MAX_AHEAD, this.#ahead * 2);
    this.#make(index);
  }

  #make(index: number): void {
    const longest = Math.max(this.#longest, this.#longestBefore);
    this.#longestBefore = this.#longest;
    this.#longest = 0;
    this.#blocks = Math.min(MAX_BLOCKS, 1 + Math.ceil(longest / BLOCK_LENGTH) + SPARE_BLOCKS);
    this.#first = index;
    this.#count = this.#ahead;
    this.#used = 0;
    this.recentlyUsed = true;
    const high = Math.floor(index / 0x1_0000_0000);
    gcm.makeCounters(this.lane, high, index >>> 0, this.#count, this.#blocks);
    const memory = gcmMemory();
    const counters = memory.subarray(COUNTERS, COUNTERS + this.#count * this.#blocks * BLOCK_LENGTH);
    memory.set(this.#block.cipher.update(counters), this.lane + KEY_STREAM);
  }
}
