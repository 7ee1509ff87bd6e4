import type { ReportBlock } from '../../rtp/rtcp/report-block.ts';
import { RoundTripTime } from './round-trip-time.ts';

/**
 * The send side's bookkeeping of one SSRC: what goes into its SR, and what the subscriber's report blocks say of it.
 * @see RFC 3550 §6.4.1
 */
export class SendStatistics {
  readonly #roundTripTime = new RoundTripTime();

  /** Totals; a report takes them modulo 2^32. */
  packets = 0;
  /** Payload bytes, without headers and padding. */
  octets = 0;
  /** 0..1, of the subscriber's last report; undefined before the first. */
  fractionLost: number | undefined;
  /** Packets, may be negative where duplicates came (RFC 3550 A.3). */
  cumulativeLost = 0;
  /** In RTP units, of the last report. */
  jitter = 0;
  /** Extended highest sequence number the subscriber has seen; undefined before the first report. */
  highestReceived: number | undefined;
  /** When the last report came; undefined before the first. */
  lastReportUs: number | undefined;

  /** A packet went out with this much payload. */
  send(payloadBytes: number): void {
    this.packets += 1;
    this.octets += payloadBytes;
  }

  /** An SR for this SSRC went out with these middle 32 bits of its NTP time. */
  sendReport(ntpMiddle32: number, nowUs: number): void {
    this.#roundTripTime.sent(ntpMiddle32, nowUs);
  }

  /** A report block about this SSRC came. Returns the round-trip time it measures in µs, if any. */
  receiveReport(block: ReportBlock, nowUs: number): number | undefined {
    this.fractionLost = block.fractionLost / 256;
    this.cumulativeLost = block.cumulativeLost;
    this.jitter = block.jitter;
    this.highestReceived = block.extendedHighestSequence;
    this.lastReportUs = nowUs;
    return this.#roundTripTime.echoed(block.lastSenderReport, block.delaySinceLastSenderReport, nowUs);
  }

  /** Smoothed round-trip time in µs; undefined before the first measurement. */
  get rttUs(): number | undefined {
    return this.#roundTripTime.smoothedUs;
  }
}
