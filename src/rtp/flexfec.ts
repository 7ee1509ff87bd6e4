/**
 * Flexible forward error correction of one media stream, draft-ietf-payload-flexible-fec-scheme-03 §4.2.2.1 with the
 * mask of variable length, in the form that libwebrtc takes: exactly one protected SSRC, in the FEC packet's own payload.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |R|F| P|X|  CC   |M| PT recovery|         length recovery        |
 *    |                          TS recovery                          |
 *    |   SSRCCount   |                    reserved                   |
 *    |                             SSRC                              |
 *    |           SN base             |k|          Mask [0-14]        |
 *    |k|                   Mask [15-45] (if the k before is 0)       |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * Then the XOR of all protected packets from their twelfth byte on. k = 1: no more mask follows. Bit i of the mask, the
 * most significant first, stands for the packet `SN base + i`. Header extensions that change on the way to the wire
 * (the transport-wide number) count as zero on both sides.
 * @see libwebrtc modules/rtp_rtcp/source/flexfec_03_header_reader_writer.cc, rtp_packet.cc (ZeroMutableExtensions)
 */
import { RTP_FIXED_HEADER_LENGTH } from './rtp-packet.ts';

const SHORT_MASK_HEADER_LENGTH = 20;
const LONG_MASK_HEADER_LENGTH = 24;
const SHORT_MASK_BITS = 15;
/** Packets that one FEC packet can span with the mask lengths written here. */
export const MAX_FEC_SPAN = 46;

/** What one FEC packet protects. */
export interface FecHeader {
  /** 32 bits. */
  readonly protectedSsrc: number;
  /** 16 bits. */
  readonly baseSequenceNumber: number;
  /** Distances from the base, rising, 0..45. */
  readonly offsets: readonly number[];
  /** Where the XOR of what follows the RTP headers starts. */
  readonly length: number;
}

/** XORs RTP packets of one stream into one FEC payload. One object, reused; 1 to 46 packets in a span of 46. */
export class FecAccumulator {
  readonly #bytes: Buffer;
  #length = 0;
  #base = 0;
  /** Bit i: packet base + i. */
  #lowMask = 0;
  #highMask = 0;
  #packets = 0;

  /** `maxLength`: of a protected packet, bytes. */
  constructor(maxLength: number) {
    this.#bytes = Buffer.alloc(maxLength);
  }

  get packets(): number {
    return this.#packets;
  }

  /** Begins anew; no packet added will be older than `baseSequenceNumber`, which is added itself. */
  start(baseSequenceNumber: number): void {
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
    this.#base = baseSequenceNumber;
    this.#lowMask = 0;
    this.#highMask = 0;
    this.#packets = 0;
  }

  /** Adds one packet, its mutable extensions zero. False, and nothing is done, if it is out of span or too long. */
  add(packet: Buffer, sequenceNumber: number): boolean {
    const offset = (sequenceNumber - this.#base) & 0xffff;
    const { length } = packet;
    if (offset >= MAX_FEC_SPAN || length > this.#bytes.length || length < RTP_FIXED_HEADER_LENGTH)
      return false;
    const bytes = this.#bytes;
    for (let at = 4; at < 8; at += 1) bytes[at]! ^= packet[at]!;
    bytes[0]! ^= packet[0]!;
    bytes[1]! ^= packet[1]!;
    const rest = length - RTP_FIXED_HEADER_LENGTH;
    bytes[2]! ^= rest >> 8;
    bytes[3]! ^= rest & 0xff;
    for (let at = RTP_FIXED_HEADER_LENGTH; at < length; at += 1) bytes[at]! ^= packet[at]!;
    if (length > this.#length) this.#length = length;
    if (offset < SHORT_MASK_BITS) this.#lowMask |= 1 << (SHORT_MASK_BITS - 1 - offset);
    else this.#highMask |= 1 << (MAX_FEC_SPAN - 1 - offset);
    this.#packets += 1;
    return true;
  }

  /** Writes the payload of the FEC packet at `at`; returns where it ends. At least one packet was added. */
  write(target: Buffer, at: number, protectedSsrc: number): number {
    const bytes = this.#bytes;
    bytes.copy(target, at, 0, 8);
    // R and F: not a retransmission, and the mask is flexible.
    target[at]! &= 0x3f;
    target.writeUInt32BE(0x0100_0000, at + 8);
    target.writeUInt32BE(protectedSsrc, at + 12);
    target.writeUInt16BE(this.#base, at + 16);
    const long = this.#highMask !== 0;
    target.writeUInt16BE((long ? 0 : 0x8000) | this.#lowMask, at + 18);
    let end = at + SHORT_MASK_HEADER_LENGTH;
    if (long) {
      target.writeUInt32BE((0x8000_0000 | this.#highMask) >>> 0, end);
      end = at + LONG_MASK_HEADER_LENGTH;
    }
    return end + bytes.copy(target, end, RTP_FIXED_HEADER_LENGTH, this.#length);
  }
}

/** Reads the header of a FEC payload; undefined if it is cut short, of another form, or protects nothing. */
export function readFecHeader(payload: Buffer): FecHeader | undefined {
  if (payload.length < SHORT_MASK_HEADER_LENGTH || (payload[0]! & 0xc0) !== 0 || payload[8] !== 1) {
    return undefined;
  }
  const first = payload.readUInt16BE(18);
  const isShort = (first & 0x8000) !== 0;
  if (!isShort && payload.length < LONG_MASK_HEADER_LENGTH) return undefined;
  const second = isShort ? 0 : payload.readUInt32BE(20);
  // A third part of the mask is never written here.
  if (!isShort && (second & 0x8000_0000) === 0) return undefined;
  const offsets: number[] = [];
  for (let offset = 0; offset < MAX_FEC_SPAN; offset += 1) {
    const isSet =
      offset < SHORT_MASK_BITS
        ? (first >> (SHORT_MASK_BITS - 1 - offset)) & 1
        : (second >> (MAX_FEC_SPAN - 1 - offset)) & 1;
    if (isSet === 1) offsets.push(offset);
  }
  if (offsets.length === 0) return undefined;
  return {
    protectedSsrc: payload.readUInt32BE(12),
    baseSequenceNumber: payload.readUInt16BE(16),
    offsets,
    length: isShort ? SHORT_MASK_HEADER_LENGTH : LONG_MASK_HEADER_LENGTH,
  };
}

/**
 * Makes the one missing packet of a FEC payload out of the others, whose mutable extensions must be zero. Undefined if
 * what comes out is no packet: then something was not as it was protected.
 */
export function recoverPacket(
  payload: Buffer,
  header: FecHeader,
  others: readonly Buffer[],
  missingSequenceNumber: number,
): Buffer | undefined {
  const head = Buffer.from(payload.subarray(0, 8));
  for (const other of others) {
    const rest = other.length - RTP_FIXED_HEADER_LENGTH;
    head[0]! ^= other[0]! & 0x3f;
    head[1]! ^= other[1]!;
    head[2]! ^= rest >> 8;
    head[3]! ^= rest & 0xff;
    for (let at = 4; at < 8; at += 1) head[at]! ^= other[at]!;
  }
  const length = head.readUInt16BE(2);
  if (length > payload.length - header.length) return undefined;
  const packet = Buffer.alloc(RTP_FIXED_HEADER_LENGTH + length);
  head.copy(packet, 0, 0, 8);
  packet[0] = 0x80 | (head[0]! & 0x3f);
  packet.writeUInt16BE(missingSequenceNumber, 2);
  packet.writeUInt32BE(header.protectedSsrc, 8);
  payload.copy(packet, RTP_FIXED_HEADER_LENGTH, header.length, header.length + length);
  for (const other of others) {
    const end = Math.min(other.length, packet.length);
    for (let at = RTP_FIXED_HEADER_LENGTH; at < end; at += 1) packet[at]! ^= other[at]!;
  }
  return packet;
}
