/**
 * Reception report block, RFC 3550 §6.4.1 (24 bytes).
 *
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                             SSRC                              |
 *    | fraction lost |       cumulative number of packets lost       |
 *    |           extended highest sequence number received           |
 *    |                      interarrival jitter                      |
 *    |                         last SR (LSR)                         |
 *    |                   delay since last SR (DLSR)                  |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export interface ReportBlock {
  readonly ssrc: number;
  /** 0..255, of 256. */
  readonly fractionLost: number;
  /** Signed 24 bits; clamped when written. */
  readonly cumulativeLost: number;
  /** 32 bits. */
  readonly extendedHighestSequence: number;
  /** RTP timestamp units, 32 bits. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last SR; 0: none yet. */
  readonly lastSenderReport: number;
  /** 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export const REPORT_BLOCK_LENGTH = 24;
/** RC has five bits. */
export const MAX_REPORT_BLOCKS = 31;

/** Reads `count` blocks between `offset` and `end`; undefined if they do not fit. */
export function readReportBlocks(
  buffer: Buffer,
  offset: number,
  end: number,
  count: number,
): ReportBlock[] | undefined {
  if (offset + count * REPORT_BLOCK_LENGTH > end) return undefined;
  const blocks: ReportBlock[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = offset + index * REPORT_BLOCK_LENGTH;
    blocks.push({
      ssrc: buffer.readUInt32BE(at),
      fractionLost: buffer[at + 4]!,
      cumulativeLost: buffer.readIntBE(at + 5, 3),
      extendedHighestSequence: buffer.readUInt32BE(at + 8),
      jitter: buffer.readUInt32BE(at + 12),
      lastSenderReport: buffer.readUInt32BE(at + 16),
      delaySinceLastSenderReport: buffer.readUInt32BE(at + 20),
    });
  }
  return blocks;
}

/** Writes one block, returns where it ends. */
export function writeReportBlock(target: Buffer, offset: number, block: ReportBlock): number {
  target.writeUInt32BE(block.ssrc, offset);
  target[offset + 4] = block.fractionLost;
  target.writeIntBE(Math.max(-0x80_0000, Math.min(0x7f_ffff, block.cumulativeLost)), offset + 5, 3);
  target.writeUInt32BE(block.extendedHighestSequence >>> 0, offset + 8);
  target.writeUInt32BE(block.jitter >>> 0, offset + 12);
  target.writeUInt32BE(block.lastSenderReport >>> 0, offset + 16);
  target.writeUInt32BE(block.delaySinceLastSenderReport >>> 0, offset + 20);
  return offset + REPORT_BLOCK_LENGTH;
}
