import { diff32 } from '../../base/serial-number.ts';
import { readRed } from '../../rtp/red.ts';
import { parseRtpPacket, RTP_FIXED_HEADER_LENGTH, type RtpPacket } from '../../rtp/rtp-packet.ts';

/** Opus frames of 20 ms, until two neighbours told otherwise. */
const DEFAULT_TICKS = 960;
/** A packet's length: 2.5 ms to 120 ms at 48 kHz (RFC 7587 §4.2). */
const MIN_TICKS = 120;
const MAX_TICKS = 5760;
/** No redundant block is about a packet further back: 14 bits of timestamp offset, in frames of 20 ms. */
const MAX_BACK = 17;

const NONE: readonly RtpPacket[] = [];

/** What has come, by extended number. */
export interface Received {
  has(extended: number): boolean;
}

/**
 * Makes lost audio packets again out of the copies that later ones carry as redundancy (RFC 2198). A block says by its
 * timestamp offset which packet it was; the number follows from the length of a packet, learned from neighbours. A
 * block that fits no whole number of packets back (after silence that was not sent) is left alone.
 */
export class RedRecovery {
  #ticks = DEFAULT_TICKS;
  #highest = -1;
  #timestamp = 0;

  /** Packets made again. */
  recovered = 0;

  /**
   * The lost packets that `packet` carries, oldest first, as packets of their own without header extensions, in buffers
   * of their own; mostly none. `extended` is the number of `packet`.
   */
  recover(packet: RtpPacket, extended: number, received: Received): readonly RtpPacket[] {
    this.#learn(packet, extended);
    if (!this.#isShort(extended, received)) return NONE;
    const { payload } = packet;
    const blocks = readRed(payload);
    if (blocks === undefined) return NONE;
    const made: RtpPacket[] = [];
    for (const { payloadType, timestampOffset, offset, length } of blocks) {
      const back = timestampOffset / this.#ticks;
      if (length === 0 || timestampOffset === 0 || !Number.isInteger(back)) continue;
      const lost = extended - back;
      if (received.has(lost) || made.some(({ sequenceNumber }) => sequenceNumber === (lost & 0xffff)))
        continue;
      const buffer = Buffer.alloc(RTP_FIXED_HEADER_LENGTH + length);
      buffer[0] = 0x80;
      buffer[1] = payloadType;
      buffer.writeUInt16BE(lost & 0xffff, 2);
      buffer.writeUInt32BE((packet.timestamp - timestampOffset) >>> 0, 4);
      buffer.writeUInt32BE(packet.ssrc, 8);
      payload.copy(buffer, RTP_FIXED_HEADER_LENGTH, offset, offset + length);
      made.push(parseRtpPacket(buffer)!);
    }
    this.recovered += made.length;
    return made;
  }

  /** The sender's numbering started afresh. */
  reset(): void {
    this.#highest = -1;
    this.#ticks = DEFAULT_TICKS;
  }

  #learn(packet: RtpPacket, extended: number): void {
    const ticks = diff32(packet.timestamp, this.#timestamp);
    if (extended === this.#highest + 1 && ticks >= MIN_TICKS && ticks <= MAX_TICKS) this.#ticks = ticks;
    if (extended > this.#highest) {
      this.#highest = extended;
      this.#timestamp = packet.timestamp;
    }
  }

  /** Whether one of the packets it may carry is missing: cheaper to know than to read. */
  #isShort(extended: number, received: Received): boolean {
    for (let back = 1; back <= MAX_BACK; back += 1) if (!received.has(extended - back)) return true;
    return false;
  }
}
