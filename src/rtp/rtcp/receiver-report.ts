/** Receiver report, RFC 3550 §6.4.2: common header, SSRC of the reporter, report blocks. */
import { type ReportBlock, readReportBlocks, writeReportBlock } from './report-block.ts';
import { RTCP_HEADER_LENGTH, RTCP_TYPE, type RtcpPacket, writeRtcpHeader } from './rtcp-packet.ts';

export interface ReceiverReport {
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

/** Reads a packet of type 201; undefined if it is too short for what it says it holds. */
export function readReceiverReport(packet: RtcpPacket): ReceiverReport | undefined {
  const { buffer, bodyOffset: at, bodyEnd } = packet;
  if (at + 4 > bodyEnd) return undefined;
  const reports = readReportBlocks(buffer, at + 4, bodyEnd, packet.count);
  return reports && { ssrc: buffer.readUInt32BE(at), reports };
}

/** Writes the report at `offset`, returns where it ends. At most 31 report blocks. */
export function writeReceiverReport(target: Buffer, offset: number, report: ReceiverReport): number {
  let at = offset + RTCP_HEADER_LENGTH;
  target.writeUInt32BE(report.ssrc, at);
  at += 4;
  for (const block of report.reports) at = writeReportBlock(target, at, block);
  return writeRtcpHeader(target, offset, report.reports.length, RTCP_TYPE.receiverReport, at);
}
