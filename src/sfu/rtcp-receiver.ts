/** What is done with each RTCP message a peer sends; docs/rtcp.md is its table. */
import { readBye } from '../rtp/rtcp/bye.ts';
import { readExtendedReport } from '../rtp/rtcp/extended-report.ts';
import { readFir, readPli } from '../rtp/rtcp/key-frame-request.ts';
import { readNack } from '../rtp/rtcp/nack.ts';
import { readReceiverReport } from '../rtp/rtcp/receiver-report.ts';
import { readRemb } from '../rtp/rtcp/remb.ts';
import type { ReportBlock } from '../rtp/rtcp/report-block.ts';
import {
  PAYLOAD_FEEDBACK_FORMAT,
  parseCompound,
  RTCP_TYPE,
  type RtcpPacket,
  TRANSPORT_FEEDBACK_FORMAT,
} from '../rtp/rtcp/rtcp-packet.ts';
import { readSenderReport } from '../rtp/rtcp/sender-report.ts';
import { readTransportCc } from '../rtp/rtcp/transport-cc.ts';
import { ntpMiddle32, unixUsOfNtp } from './stream/ntp-time.ts';
import type { TransportState } from './transport-state.ts';

/** Where RRTR and DLRR (RFC 3611) go: the one who sends ours. */
export interface ReferenceTimes {
  answerReferenceTime(ssrc: number, middle32: number, nowUs: number): void;
  referenceTimeEchoed(lastReport: number, delay: number, nowUs: number): void;
}

export class RtcpReceiver {
  readonly #transport: TransportState;
  readonly #referenceTimes: ReferenceTimes;

  constructor(transport: TransportState, referenceTimes: ReferenceTimes) {
    this.#transport = transport;
    this.#referenceTimes = referenceTimes;
  }

  receive(buffer: Buffer, nowUs: number): void {
    const { drops } = this.#transport.environment;
    const packets = parseCompound(buffer);
    if (packets === undefined) {
      drops.rtcpMalformed += 1;
      return;
    }
    for (const packet of packets) {
      const understood = this.#dispatch(packet, nowUs);
      if (understood === 'malformed') drops.rtcpMalformed += 1;
      else if (understood === 'unknown') drops.rtcpUnknown += 1;
    }
  }

  #dispatch(packet: RtcpPacket, nowUs: number): 'done' | 'malformed' | 'unknown' {
    switch (packet.type) {
      case RTCP_TYPE.senderReport:
        return this.#senderReport(packet, nowUs);
      case RTCP_TYPE.receiverReport: {
        const report = readReceiverReport(packet);
        if (report === undefined) return 'malformed';
        this.#reportBlocks(report.reports, nowUs);
        return 'done';
      }
      case RTCP_TYPE.sourceDescription:
        return 'done';
      case RTCP_TYPE.bye: {
        const ssrcs = readBye(packet);
        if (ssrcs === undefined) return 'malformed';
        for (const ssrc of ssrcs) this.#transport.listener.leave(ssrc);
        return 'done';
      }
      case RTCP_TYPE.extendedReport:
        return this.#extendedReport(packet, nowUs);
      case RTCP_TYPE.transportFeedback:
        if (packet.count === TRANSPORT_FEEDBACK_FORMAT.nack) return this.#nack(packet, nowUs);
        if (packet.count === TRANSPORT_FEEDBACK_FORMAT.transportCc) return this.#transportCc(packet, nowUs);
        return 'unknown';
      case RTCP_TYPE.payloadFeedback:
        if (packet.count === PAYLOAD_FEEDBACK_FORMAT.pli) return this.#pli(packet, nowUs);
        if (packet.count === PAYLOAD_FEEDBACK_FORMAT.fir) return this.#fir(packet, nowUs);
        if (packet.count === PAYLOAD_FEEDBACK_FORMAT.applicationLayer) return this.#remb(packet, nowUs);
        return 'unknown';
      default:
        return 'unknown';
    }
  }

  #senderReport(packet: RtcpPacket, nowUs: number): 'done' | 'malformed' {
    const report = readSenderReport(packet);
    if (report === undefined) return 'malformed';
    const stream = this.#transport.listener.get(report.ssrc);
    if (stream !== undefined && !stream.repair) {
      const { encoding } = stream;
      const unixUs = unixUsOfNtp(report.ntpSeconds, report.ntpFraction);
      encoding.clock.receiveSenderReport(unixUs, report.rtpTimestamp, nowUs);
      encoding.statistics.receiveSenderReport(report.ntpSeconds, report.ntpFraction, nowUs);
      stream.producer.clockReported(encoding);
    }
    this.#reportBlocks(report.reports, nowUs);
    return 'done';
  }

  #reportBlocks(blocks: readonly ReportBlock[], nowUs: number): void {
    for (const block of blocks) {
      const consumer = this.#transport.consumerOf(block.ssrc);
      if (consumer === undefined) {
        this.#transport.environment.drops.feedbackUnknown += 1;
      } else if (consumer.ssrc === block.ssrc) {
        const rttUs = consumer.statistics.receiveReport(block, nowUs);
        if (rttUs !== undefined) this.#transport.measuredRtt(rttUs);
        this.#transport.downlink.noteReport(block.fractionLost / 256);
      }
    }
  }

  #extendedReport(packet: RtcpPacket, nowUs: number): 'done' | 'malformed' {
    const report = readExtendedReport(packet);
    if (report === undefined) return 'malformed';
    const reference = report.receiverReferenceTime;
    if (reference !== undefined) {
      const middle = ntpMiddle32(reference.ntpSeconds, reference.ntpFraction);
      this.#referenceTimes.answerReferenceTime(report.ssrc, middle, nowUs);
    }
    for (const delay of report.delays) {
      if (delay.ssrc !== this.#transport.localSsrc) continue;
      this.#referenceTimes.referenceTimeEchoed(delay.lastReceiverReport, delay.delay, nowUs);
    }
    return 'done';
  }

  #nack(packet: RtcpPacket, nowUs: number): 'done' | 'malformed' {
    const nack = readNack(packet);
    if (nack === undefined) return 'malformed';
    const consumer = this.#transport.consumerOf(nack.mediaSsrc);
    if (consumer === undefined) this.#transport.environment.drops.feedbackUnknown += 1;
    else consumer.handleNack(nack.sequenceNumbers, nowUs);
    return 'done';
  }

  #transportCc(packet: RtcpPacket, nowUs: number): 'done' | 'malformed' {
    const feedback = readTransportCc(packet);
    if (feedback === undefined) return 'malformed';
    this.#transport.downlink.handleFeedback(feedback, nowUs);
    return 'done';
  }

  #pli(packet: RtcpPacket, nowUs: number): 'done' | 'malformed' {
    const ssrc = readPli(packet);
    if (ssrc === undefined) return 'malformed';
    this.#keyFrame(ssrc, nowUs);
    return 'done';
  }

  #fir(packet: RtcpPacket, nowUs: number): 'done' | 'malformed' {
    const entries = readFir(packet);
    if (entries === undefined) return 'malformed';
    for (const entry of entries) {
      const consumer = this.#transport.consumerOf(entry.ssrc);
      // A repetition carries the number of the request it repeats (RFC 5104 §4.3.1.1).
      if (consumer !== undefined && consumer.lastFir === entry.sequenceNumber) continue;
      if (consumer !== undefined) consumer.lastFir = entry.sequenceNumber;
      this.#keyFrame(entry.ssrc, nowUs);
    }
    return 'done';
  }

  #keyFrame(ssrc: number, nowUs: number): void {
    const consumer = this.#transport.consumerOf(ssrc);
    if (consumer === undefined) this.#transport.environment.drops.feedbackUnknown += 1;
    else consumer.requestKeyFrame(nowUs);
  }

  #remb(packet: RtcpPacket, nowUs: number): 'done' | 'unknown' {
    const remb = readRemb(packet);
    if (remb === undefined) return 'unknown';
    this.#transport.downlink.handleRemb(remb.bitsPerSecond, nowUs);
    return 'done';
  }
}
