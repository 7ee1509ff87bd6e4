/**
 * Extended reports, RFC 3611: receiver reference time (RRTR, block 4, §4.4) and its answer (DLRR, block 5, §4.5).
 * With them a receiver that sends no media measures its round-trip time too.
 *
 *    |    BT=4       |   reserved    |       block length = 2        |
 *    |              NTP timestamp, most significant word             |
 *    |             NTP timestamp, least significant word             |
 *
 *    |     BT=5      |   reserved    |  block length = 3 x sub-blocks |
 *    |                 SSRC of receiver                              |  repeated
 *    |                 last RR (LRR)                                 |
 *    |                 delay since last RR (DLRR), 1/65536 s         |
 */
import { RTCP_HEADER_LENGTH, RTCP_TYPE, type RtcpPacket, writeRtcpHeader } from './rtcp-packet.ts';

const RECEIVER_REFERENCE_TIME = 4;
const DELAY_SINCE_LAST_RECEIVER_REPORT = 5;

export interface DelaySinceLastReceiverReport {
  readonly ssrc: number;
  /** Middle 32 bits of the NTP time in the RRTR that is answered. */
  readonly lastReceiverReport: number;
  /** 1/65536 s. */
  readonly delay: number;
}

export interface ExtendedReport {
  readonly ssrc: number;
  readonly receiverReferenceTime: { readonly ntpSeconds: number; readonly ntpFraction: number } | undefined;
  readonly delays: readonly DelaySinceLastReceiverReport[];
}

/** Reads a packet of type 207; other block types are passed over. Undefined if a block runs past the end. */
export function readExtendedReport(packet: RtcpPacket): ExtendedReport | undefined {
  const { buffer, bodyEnd } = packet;
  let at = packet.bodyOffset;
  if (at + 4 > bodyEnd) return undefined;
  const ssrc = buffer.readUInt32BE(at);
  at += 4;
  let receiverReferenceTime: ExtendedReport['receiverReferenceTime'];
  const delays: DelaySinceLastReceiverReport[] = [];
  while (at + 4 <= bodyEnd) {
    const type = buffer[at]!;
    const end = at + 4 + buffer.readUInt16BE(at + 2) * 4;
    if (end > bodyEnd) return undefined;
    if (type === RECEIVER_REFERENCE_TIME && end - at === 12) {
      receiverReferenceTime = {
        ntpSeconds: buffer.readUInt32BE(at + 4),
        ntpFraction: buffer.readUInt32BE(at + 8),
      };
    } else if (type === DELAY_SINCE_LAST_RECEIVER_REPORT) {
      for (let block = at + 4; block + 12 <= end; block += 12) {
        delays.push({
          ssrc: buffer.readUInt32BE(block),
          lastReceiverReport: buffer.readUInt32BE(block + 4),
          delay: buffer.readUInt32BE(block + 8),
        });
      }
    }
    at = end;
  }
  return { ssrc, receiverReferenceTime, delays };
}

/** Writes what the report holds at `offset`, returns where it ends. */
export function writeExtendedReport(target: Buffer, offset: number, report: ExtendedReport): number {
  let at = target.writeUInt32BE(report.ssrc, offset + RTCP_HEADER_LENGTH);
  if (report.receiverReferenceTime !== undefined) {
    at = target.writeUInt32BE((RECEIVER_REFERENCE_TIME << 24) | 2, at);
    at = target.writeUInt32BE(report.receiverReferenceTime.ntpSeconds >>> 0, at);
    at = target.writeUInt32BE(report.receiverReferenceTime.ntpFraction >>> 0, at);
  }
  if (report.delays.length > 0) {
    at = target.writeUInt32BE((DELAY_SINCE_LAST_RECEIVER_REPORT << 24) | (report.delays.length * 3), at);
    for (const delay of report.delays) {
      at = target.writeUInt32BE(delay.ssrc, at);
      at = target.writeUInt32BE(delay.lastReceiverReport >>> 0, at);
      at = target.writeUInt32BE(delay.delay >>> 0, at);
    }
  }
  return writeRtcpHeader(target, offset, 0, RTCP_TYPE.extendedReport, at);
}
