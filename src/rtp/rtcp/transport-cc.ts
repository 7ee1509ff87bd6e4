/**
 * Transport-wide congestion control feedback, draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.
 *
 *    |      base sequence number     |      packet status count      |
 *    |                 reference time                | fb pkt. count |
 *    |          packet chunk         |         packet chunk          |
 *    |   recv delta  |  recv delta   |  ...  | zero padding          |
 *
 * Packet chunk, either a run length  `0 | S(2) | length(13)`
 *               or a status vector   `1 | 0 | 14 x 1-bit symbols`  or  `1 | 1 | 7 x 2-bit symbols`.
 * Symbols: 0 not received, 1 small delta (8 bits, unsigned), 2 large or negative delta (16 bits, signed).
 */
import { FEEDBACK_HEAD_LENGTH, readMediaSsrc, writeFeedbackHead } from './feedback.ts';
import { RTCP_TYPE, type RtcpPacket, TRANSPORT_FEEDBACK_FORMAT, writeRtcpHeader } from './rtcp-packet.ts';

/** Stands in `deltas` for a packet that was not received. */
export const NOT_RECEIVED = -0x8000_0000;
/** Units of one delta. */
export const DELTA_MICROSECONDS = 250;
/** Units of the reference time. */
export const REFERENCE_TIME_MICROSECONDS = 64_000;
/** The most statuses one feedback may hold here; a longer one is malformed (a second at 8,000 packets/s). */
export const MAX_STATUS_COUNT = 8192;

/** One feedback: what happened to `count` packets from `baseSequenceNumber` on. */
export interface TransportCcFeedback {
  /** 16 bits. */
  readonly baseSequenceNumber: number;
  /** 24 bits, signed, units of 64 ms on the receiver's own clock. */
  readonly referenceTime: number;
  /** 8 bits, one more for each feedback. */
  readonly feedbackCount: number;
  /** How many elements of `deltas` count. */
  readonly count: number;
  /**
   * Arrival time less that of the received packet before it (the first: less the reference time), in 250 µs,
   * -32768..32767; or NOT_RECEIVED.
   */
  readonly deltas: ArrayLike<number>;
}

/** Reads a transport-cc feedback; undefined if chunks or deltas are missing or it claims too many packets. */
export function readTransportCc(packet: RtcpPacket): TransportCcFeedback | undefined {
  const { buffer, bodyEnd } = packet;
  let at = packet.offset + FEEDBACK_HEAD_LENGTH;
  if (readMediaSsrc(packet) === undefined || at + 8 > bodyEnd) return undefined;
  const baseSequenceNumber = buffer.readUInt16BE(at);
  const count = buffer.readUInt16BE(at + 2);
  if (count === 0 || count > MAX_STATUS_COUNT) return undefined;
  const referenceTime = buffer.readIntBE(at + 4, 3);
  const feedbackCount = buffer[at + 7]!;
  at += 8;
  const deltas = new Int32Array(count);
  let index = 0;
  while (index < count) {
    if (at + 2 > bodyEnd) return undefined;
    const chunk = buffer.readUInt16BE(at);
    at += 2;
    if (chunk >> 15 === 0) {
      const end = Math.min(count, index + (chunk & 0x1fff));
      if (end === index) return undefined;
      deltas.fill((chunk >> 13) & 3, index, end);
      index = end;
    } else {
      const bits = (chunk & 0x4000) === 0 ? 1 : 2;
      for (let shift = 14 - bits; shift >= 0 && index < count; shift -= bits) {
        deltas[index] = (chunk >> shift) & (bits === 1 ? 1 : 3);
        index += 1;
      }
    }
  }
  for (index = 0; index < count; index += 1) {
    const symbol = deltas[index]!;
    if (symbol === 0) {
      deltas[index] = NOT_RECEIVED;
    } else if (symbol === 1) {
      if (at + 1 > bodyEnd) return undefined;
      deltas[index] = buffer[at]!;
      at += 1;
    } else if (symbol === 2) {
      if (at + 2 > bodyEnd) return undefined;
      deltas[index] = buffer.readInt16BE(at);
      at += 2;
    } else {
      return undefined;
    }
  }
  return { baseSequenceNumber, referenceTime, feedbackCount, count, deltas };
}

function symbolOf(delta: number): number {
  if (delta === NOT_RECEIVED) return 0;
  return delta >= 0 && delta <= 0xff ? 1 : 2;
}

/** Writes the chunk that stands for as many statuses from `index` on as it can; returns how many. */
function writeChunk(
  target: Buffer,
  at: number,
  deltas: ArrayLike<number>,
  index: number,
  count: number,
): number {
  const first = symbolOf(deltas[index]!);
  let run = 1;
  while (run < 0x1fff && index + run < count && symbolOf(deltas[index + run]!) === first) run += 1;
  const left = count - index;
  if (run >= 14 || run === left || (run >= 7 && first === 2)) {
    target.writeUInt16BE((first << 13) | run, at);
    return run;
  }
  let narrow = Math.min(14, left);
  for (let step = 0; step < narrow; step += 1) {
    if (symbolOf(deltas[index + step]!) === 2) narrow = step;
  }
  if (narrow > 7 || narrow === left) {
    let chunk = 0x8000;
    for (let step = 0; step < narrow; step += 1) chunk |= symbolOf(deltas[index + step]!) << (13 - step);
    // A vector always stands for 14 statuses; past `count` they are ignored, before it they must be real.
    if (narrow === 14 || narrow === left) {
      target.writeUInt16BE(chunk, at);
      return narrow;
    }
  }
  const wide = Math.min(7, left);
  let chunk = 0xc000;
  for (let step = 0; step < wide; step += 1) chunk |= symbolOf(deltas[index + step]!) << (12 - step * 2);
  target.writeUInt16BE(chunk, at);
  return wide;
}

/**
 * Writes a feedback at `offset`, padded with zeros to 32 bits as libwebrtc reads it; returns where it ends. Needs at
 * most 20 + 2 x ceil(count / 7) + 2 x count + 3 bytes.
 */
export function writeTransportCc(
  target: Buffer,
  offset: number,
  senderSsrc: number,
  mediaSsrc: number,
  feedback: TransportCcFeedback,
): number {
  const { count, deltas } = feedback;
  let at = writeFeedbackHead(target, offset, senderSsrc, mediaSsrc);
  at = target.writeUInt16BE(feedback.baseSequenceNumber, at);
  at = target.writeUInt16BE(count, at);
  at = target.writeUIntBE(feedback.referenceTime & 0xff_ffff, at, 3);
  target[at] = feedback.feedbackCount & 0xff;
  at += 1;
  for (let index = 0; index < count; at += 2) index += writeChunk(target, at, deltas, index, count);
  for (let index = 0; index < count; index += 1) {
    const delta = deltas[index]!;
    const symbol = symbolOf(delta);
    if (symbol === 1) {
      target[at] = delta;
      at += 1;
    } else if (symbol === 2) {
      at = target.writeInt16BE(delta, at);
    }
  }
  const padding = (4 - ((at - offset) % 4)) % 4;
  target.fill(0, at, at + padding);
  at += padding;
  return writeRtcpHeader(
    target,
    offset,
    TRANSPORT_FEEDBACK_FORMAT.transportCc,
    RTCP_TYPE.transportFeedback,
    at,
  );
}
