/**
 * Packets on a stream, RFC 4571 §2:
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |             LENGTH            |  STUN, DTLS, RTP or RTCP ...  |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

/** Longest packet taken; browsers stay below 1,500 on TCP as well. */
export const MAX_FRAME_BYTES = 4096;

/** Takes the packets of a stream, each owned by it. False: it is done, read no further. */
export type FrameSink = (frame: Buffer) => boolean;

/** Cuts a stream into packets, however it is chunked. Holds at most one incomplete packet. */
export class FrameReader {
  readonly #sink: FrameSink;
  /** Two bytes of length and what came of the packet. Grown only by bytes that really came. */
  #partial: Buffer | undefined;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /**
   * Takes the next bytes, which it owns. False: the stream is broken (a packet longer than MAX_FRAME_BYTES), or the
   * sink is done; nothing may be pushed after it. Empty packets are skipped.
   */
  push(chunk: Buffer): boolean {
    const data = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
    this.#partial = undefined;
    let offset = 0;
    while (data.length - offset >= 2) {
      const length = data.readUInt16BE(offset);
      if (length > MAX_FRAME_BYTES) return false;
      const end = offset + 2 + length;
      if (end > data.length) break;
      if (length > 0 && !this.#sink(data.subarray(offset + 2, end))) return false;
      offset = end;
    }
    // A copy, so that a few bytes do not keep a large chunk alive.
    if (offset < data.length) this.#partial = Buffer.from(data.subarray(offset));
    return true;
  }
}

/** A new buffer with `packet[0..length)` behind its length. */
export function frameOf(packet: Buffer, length: number): Buffer {
  const frame = Buffer.allocUnsafe(2 + length);
  frame.writeUInt16BE(length, 0);
  packet.copy(frame, 2, 0, length);
  return frame;
}
