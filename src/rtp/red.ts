/**
 * Redundant audio data, RFC 2198 §3: block headers, oldest block first, then the blocks.
 *
 *     0                   1                    2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3  4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |F|   block PT  |  timestamp offset         |   block length    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * The last (primary) header has F=0 and is one byte: `0 | block PT`.
 */
import type { RtpPacket } from './rtp-packet.ts';

export interface RedBlock {
  readonly payloadType: number;
  /** RTP timestamp units before the packet's own timestamp, 0 for the primary. 14 bits. */
  readonly timestampOffset: number;
  /** Into the payload that was read. */
  readonly offset: number;
  readonly length: number;
}

/** The most blocks of one packet that are read; more is malformed. */
export const MAX_RED_BLOCKS = 16;

/** Makes `into` a view of `packet` whose payload is the primary block alone; false if the payload is malformed. */
export function takePrimary(packet: RtpPacket, into: RtpPacket): boolean {
  const { buffer, payloadOffset } = packet;
  const end = payloadOffset + packet.payloadLength;
  let at = payloadOffset;
  let redundantLength = 0;
  for (let blocks = 1; at < end && (buffer[at]! & 0x80) !== 0; blocks += 1) {
    if (blocks === MAX_RED_BLOCKS || at + 4 > end) return false;
    redundantLength += ((buffer[at + 2]! & 0x03) << 8) | buffer[at + 3]!;
    at += 4;
  }
  const start = at + 1 + redundantLength;
  if (at >= end || start > end) return false;
  Object.assign(into, packet);
  into.payloadOffset = start;
  into.payloadLength = end - start;
  return true;
}

/**
 * Calls `visit` for each redundant block of a packet that `takePrimary` has taken the primary out of, oldest first, with
 * the timestamp of its own.
 */
export function forEachRedundantBlock<Context>(
  packet: RtpPacket,
  visit: (timestamp: number, buffer: Buffer, offset: number, length: number, context: Context) => void,
  context: Context,
): void {
  const { buffer, payloadOffset } = packet;
  let heads = payloadOffset;
  while ((buffer[heads]! & 0x80) !== 0) heads += 4;
  let start = heads + 1;
  for (let at = payloadOffset; at < heads; at += 4) {
    const word = buffer.readUIntBE(at + 1, 3);
    const length = word & 0x3ff;
    visit((packet.timestamp - (word >> 10)) >>> 0, buffer, start, length, context);
    start += length;
  }
}

/** Reads a RED payload into its blocks, primary last; undefined if malformed. */
export function readRed(payload: Buffer): RedBlock[] | undefined {
  const heads: { payloadType: number; timestampOffset: number; length: number }[] = [];
  let at = 0;
  while (true) {
    if (at >= payload.length || heads.length === MAX_RED_BLOCKS) return undefined;
    const first = payload[at]!;
    if ((first & 0x80) === 0) {
      heads.push({ payloadType: first & 0x7f, timestampOffset: 0, length: -1 });
      at += 1;
      break;
    }
    if (at + 4 > payload.length) return undefined;
    const word = payload.readUIntBE(at + 1, 3);
    heads.push({ payloadType: first & 0x7f, timestampOffset: word >> 10, length: word & 0x3ff });
    at += 4;
  }
  const blocks: RedBlock[] = [];
  for (const head of heads) {
    const length = head.length < 0 ? payload.length - at : head.length;
    if (at + length > payload.length) return undefined;
    blocks.push({ payloadType: head.payloadType, timestampOffset: head.timestampOffset, offset: at, length });
    at += length;
  }
  return blocks;
}

/**
 * Writes a RED payload: `blocks` oldest first, the last one primary. Returns the bytes written, or 0 if a redundant
 * block is longer than 1023 bytes, lies more than 16383 timestamp units back, or there is nothing to write.
 */
export function writeRed(
  target: Buffer,
  blocks: readonly {
    readonly payloadType: number;
    readonly timestampOffset: number;
    readonly data: Buffer;
  }[],
): number {
  const primary = blocks[blocks.length - 1];
  if (primary === undefined || blocks.length > MAX_RED_BLOCKS) return 0;
  let at = 0;
  for (const block of blocks) {
    if (block === primary) break;
    if (block.data.length > 0x3ff || block.timestampOffset > 0x3fff) return 0;
    target[at] = 0x80 | block.payloadType;
    target.writeUIntBE((block.timestampOffset << 10) | block.data.length, at + 1, 3);
    at += 4;
  }
  target[at] = primary.payloadType;
  at += 1;
  for (const block of blocks) at += block.data.copy(target, at);
  return at;
}
