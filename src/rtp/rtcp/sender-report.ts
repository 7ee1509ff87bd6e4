/**
 * Sender report, RFC 3550 §6.4.1: common header, then
 *
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                         SSRC of sender                        |
 *    |              NTP timestamp, most significant word             |
 *    |             NTP timestamp, least significant word             |
 *    |                         RTP timestamp                         |
 *    |                     sender's packet count                     |
 *    |                      sender's octet count                     |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    |                     report blocks (0..31)                     |
 */
import { type ReportBlock, readReportBlocks, writeReportBlock } from './report-block.ts';
import { RTCP_HEADER_LENGTH, RTCP_TYPE, type RtcpPacket, writeRtcpHeader } from './rtcp-packet.ts';

export interface SenderReport {
  readonly ssrc: number;
  /** Seconds since 1900 and the 32-bit binary fraction (RFC 3550 §4). */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

const SENDER_INFO_LENGTH = 24;

/** Reads a packet of type 200; undefined if it is too short for what it says it holds. */
export function readSenderReport(packet: RtcpPacket): SenderReport | undefined {
  const { buffer, bodyOffset: at, bodyEnd } = packet;
  if (at + SENDER_INFO_LENGTH > bodyEnd) return undefined;
  const reports = readReportBlocks(buffer, at + SENDER_INFO_LENGTH, bodyEnd, packet.count);
  if (reports === undefined) return undefined;
  return {
    ssrc: buffer.readUInt32BE(at),
    ntpSeconds: buffer.readUInt32BE(at + 4),
    ntpFraction: buffer.readUInt32BE(at + 8),
    rtpTimestamp: buffer.readUInt32BE(at + 12),
    packetCount: buffer.readUInt32BE(at + 16),
    octetCount: buffer.readUInt32BE(at + 20),
    reports,
  };
}

/** Writes the report at `offset`, returns where it ends. At most 31 report blocks. */
export function writeSenderReport(target: Buffer, offset: number, report: SenderReport): number {
  let at = offset + RTCP_HEADER_LENGTH;
  target.writeUInt32BE(report.ssrc, at);
  target.writeUInt32BE(report.ntpSeconds >>> 0, at + 4);
  target.writeUInt32BE(report.ntpFraction >>> 0, at + 8);
  target.writeUInt32BE(report.rtpTimestamp >>> 0, at + 12);
  target.writeUInt32BE(report.packetCount >>> 0, at + 16);
  target.writeUInt32BE(report.octetCount >>> 0, at + 20);
  at += SENDER_INFO_LENGTH;
  for (const block of report.reports) at = writeReportBlock(target, at, block);
  return writeRtcpHeader(target, offset, report.reports.length, RTCP_TYPE.senderReport, at);
}
