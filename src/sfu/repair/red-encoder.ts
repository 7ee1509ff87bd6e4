import { MAX_RED_BLOCKS } from '../../rtp/red.ts';

/** Frames remembered; a power of two above the largest distance with room for late ones. */
const SIZE = 16;
/** A frame longer than this is not repeated: 128 kbit/s at 20 ms. RED itself allows 1023 bytes. */
const MAX_FRAME = 400;
/** The whole payload stays below this, so that it fits any path. */
const MAX_PAYLOAD = 1100;
/** 14 bits. */
const MAX_TIMESTAMP_OFFSET = 0x3fff;
/** Opus frames last 2.5 to 120 ms at 48 kHz (RFC 6716 §2.1.4). */
const MIN_FRAME_TICKS = 120;
const MAX_FRAME_TICKS = 5760;

/**
 * Makes the RED payload (RFC 2198) of one subscription out of single frames: remembers the last ones by their timestamp
 * and repeats those at the distances asked for. A frame that never came is left out. Allocates nothing per packet.
 */
export class RedEncoder {
  readonly #frames = Buffer.alloc(SIZE * MAX_FRAME);
  readonly #timestamps = new Uint32Array(SIZE);
  /** 0: empty. */
  readonly #lengths = new Uint16Array(SIZE);
  #at = 0;
  #frameTicks = 960;
  #lastSequence = -1;
  #lastTimestamp = 0;
  /** Which remembered frames go into the payload being written, oldest first. */
  readonly #chosen = new Uint8Array(MAX_RED_BLOCKS);
  #count = 0;

  /** Remembers a frame; one that is remembered already, empty or too long is passed over. */
  store(timestamp: number, source: Buffer, offset: number, length: number): void {
    if (length === 0 || length > MAX_FRAME || this.#find(timestamp) >= 0) return;
    const slot = this.#at;
    this.#at = (slot + 1) & (SIZE - 1);
    source.copy(this.#frames, slot * MAX_FRAME, offset, offset + length);
    this.#timestamps[slot] = timestamp;
    this.#lengths[slot] = length;
  }

  /** Learns how long frames are from two packets in sequence; `sequence` is extended. */
  noteSequence(sequence: number, timestamp: number): void {
    const ticks = (timestamp - this.#lastTimestamp) >>> 0;
    if (sequence === this.#lastSequence + 1 && ticks >= MIN_FRAME_TICKS && ticks <= MAX_FRAME_TICKS)
      this.#frameTicks = ticks;
    if (sequence <= this.#lastSequence) return;
    this.#lastSequence = sequence;
    this.#lastTimestamp = timestamp;
  }

  /** Bytes that the frames at `distances` would add to a payload of `length`; fixes what `write` writes. */
  choose(timestamp: number, length: number, distances: readonly number[]): number {
    let added = 0;
    this.#count = 0;
    for (let index = 0; index < distances.length && index < MAX_RED_BLOCKS - 1; index += 1) {
      const offset = distances[index]! * this.#frameTicks;
      const slot = offset > MAX_TIMESTAMP_OFFSET ? -1 : this.#find((timestamp - offset) >>> 0);
      if (slot < 0) continue;
      const cost = 4 + this.#lengths[slot]!;
      if (length + 1 + added + cost > MAX_PAYLOAD) break;
      added += cost;
      this.#chosen[this.#count] = slot;
      this.#count += 1;
    }
    return added;
  }

  /** Writes the chosen frames and the one in `source` at `at`; returns where the payload ends. */
  write(
    target: Buffer,
    at: number,
    payloadType: number,
    timestamp: number,
    source: Buffer,
    offset: number,
    length: number,
  ): number {
    let end = at;
    for (let index = this.#count - 1; index >= 0; index -= 1) {
      const slot = this.#chosen[index]!;
      target[end] = 0x80 | payloadType;
      const back = (timestamp - this.#timestamps[slot]!) >>> 0;
      target.writeUIntBE((back << 10) | this.#lengths[slot]!, end + 1, 3);
      end += 4;
    }
    target[end] = payloadType;
    end += 1;
    for (let index = this.#count - 1; index >= 0; index -= 1) {
      const slot = this.#chosen[index]!;
      const start = slot * MAX_FRAME;
      end += this.#frames.copy(target, end, start, start + this.#lengths[slot]!);
    }
    return end + source.copy(target, end, offset, offset + length);
  }

  /** The source begins anew. */
  clear(): void {
    this.#lengths.fill(0);
    this.#lastSequence = -1;
  }

  #find(timestamp: number): number {
    for (let slot = 0; slot < SIZE; slot += 1)
      if (this.#lengths[slot] !== 0 && this.#timestamps[slot] === timestamp) return slot;
    return -1;
  }
}
