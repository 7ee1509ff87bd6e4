/** What RTCP the server sends to one peer, and when; docs/rtcp.md is its table. */
import { type DelaySinceLastReceiverReport, writeExtendedReport } from '../rtp/rtcp/extended-report.ts';
import { writeFir, writePli } from '../rtp/rtcp/key-frame-request.ts';
import { writeNack } from '../rtp/rtcp/nack.ts';
import { writeReceiverReport } from '../rtp/rtcp/receiver-report.ts';
import { writeRemb } from '../rtp/rtcp/remb.ts';
import { MAX_REPORT_BLOCKS, type ReportBlock } from '../rtp/rtcp/report-block.ts';
import { writeSenderReport } from '../rtp/rtcp/sender-report.ts';
import { writeCname } from '../rtp/rtcp/source-description.ts';
import { type TransportCcFeedback, writeTransportCc } from '../rtp/rtcp/transport-cc.ts';
import { redundancyFor } from './congestion/loss-redundancy.ts';
import type { Encoding } from './encoding.ts';
import { ntpFraction, ntpMiddle32, ntpSeconds } from './stream/ntp-time.ts';
import { MAX_REPORT_INTERVAL_US, ReportScheduler } from './stream/report-scheduler.ts';
import { RoundTripTime } from './stream/round-trip-time.ts';
import type { TransportConsumer, TransportState } from './transport-state.ts';

/** One RTCP datagram, so that it fits any path with SRTCP's trailer. */
const MAX_COMPOUND = 1200;
/** What one SR with its SDES may take; reports stop growing a datagram when less is left. */
const ROOM_FOR_ONE = 28 + 8 + 260;
/** RRTRs of one peer waiting for an answer. */
const MAX_REFERENCE_TIMES = 8;
/**
 * A subscriber on a lossy way paces its NACKs by the answer, so it gets it at once, and again so often and so many times:
 * answers get lost as well, and it asks but once a second.
 */
const ECHO_US = 150_000;
const ECHOES = 5;
/** How many lost packets one NACK asks for at the most. */
const MAX_NACKED = 250;
/** What a lossy publisher is let believe its round trip to be, so that it answers every NACK; libwebrtc adds 5 ms. */
const LOSSY_RTT_US = 5_000;
/** How often a publisher is asked for the round-trip time until it is known. */
const RTT_QUERY_US = 250_000;
/** After a test a REMB of this much, so many times as some get lost, ends what the REMB of the test asked for. */
const NO_LIMIT_BITS_PER_SECOND = 1e9;
const LIFTS = 30;
/** REMB goes out this often where it is all the sender has. */
const REMB_US = 500_000;

/** Shared scratch: everything written is handed to the outbox, which copies it, before the next is begun. */
const scratch = Buffer.alloc(2048);
const lost = new Uint16Array(MAX_NACKED);

/** No feedback takes more: what its chunks and deltas may need at the worst. */
function sizeOf({ count }: TransportCcFeedback): number {
  return 23 + 2 * Math.ceil(count / 7) + 2 * count;
}

export class RtcpSender {
  readonly #transport: TransportState;
  readonly #scheduler = new ReportScheduler({ maxIntervalUs: MAX_REPORT_INTERVAL_US.video });
  readonly #roundTripTime = new RoundTripTime();
  readonly #referenceTimes = new Map<number, { middle32: number; atUs: number }>();
  #echoesLeft = 0;
  #echoUs = Number.POSITIVE_INFINITY;
  #rttQueryUs = Number.NEGATIVE_INFINITY;
  #rembUs = Number.NEGATIVE_INFINITY;
  #rembBitsPerSecond = Number.POSITIVE_INFINITY;
  #liftsLeft = 0;

  constructor(transport: TransportState, nowUs: number) {
    this.#transport = transport;
    this.#scheduler.start(nowUs, this.#random());
  }

  get nextTimeoutUs(): number {
    return Math.min(
      this.#transport.requestsDueUs,
      this.#scheduler.nextTimeoutUs,
      this.#transport.uplink.nextTimeoutUs,
      this.#echoUs,
    );
  }

  /** The peer's RRTR (RFC 3611 §4.4), to be answered with the next report. */
  answerReferenceTime(ssrc: number, middle32: number, nowUs: number): void {
    if (this.#referenceTimes.size >= MAX_REFERENCE_TIMES && !this.#referenceTimes.has(ssrc)) return;
    this.#referenceTimes.set(ssrc, { middle32, atUs: nowUs });
    if (this.#transport.nackPaceUs === undefined) return;
    this.#echoesLeft = ECHOES;
    this.#echoUs = nowUs;
    this.#transport.environment.wakeAt(nowUs);
  }

  /** The peer's answer to one of ours (§4.5). */
  referenceTimeEchoed(lastReport: number, delay: number, nowUs: number): void {
    const rttUs = this.#roundTripTime.echoed(lastReport, delay, nowUs);
    if (rttUs !== undefined) this.#transport.measuredRtt(rttUs);
  }

  handleTimeout(nowUs: number): void {
    this.#considerUplink(nowUs);
    this.#sendTransportFeedback(nowUs);
    if (nowUs >= this.#transport.requestsDueUs) {
      this.#transport.requestsDueUs = Number.POSITIVE_INFINITY;
      for (const producer of this.#transport.producers) {
        for (const encoding of producer.encodings) {
          if (encoding.ssrc === undefined) continue;
          this.#sendRequests(encoding, nowUs);
          this.#transport.consider(encoding);
        }
      }
    }
    if (this.#scheduler.due(nowUs, this.#random())) this.#sendReports(nowUs);
    if (nowUs >= this.#echoUs) this.#echo(nowUs);
  }

  #echo(nowUs: number): void {
    this.#echoesLeft -= 1;
    this.#echoUs = this.#echoesLeft > 0 ? nowUs + ECHO_US : Number.POSITIVE_INFINITY;
    const ssrc = this.#transport.localSsrc;
    const delays = this.#delays(nowUs);
    if (this.#echoesLeft === 0) this.#referenceTimes.clear();
    if (delays.length === 0) return;
    const at = writeReceiverReport(scratch, 0, { ssrc, reports: [] });
    this.#flush(writeExtendedReport(scratch, at, { ssrc, receiverReferenceTime: undefined, delays }));
  }

  /** Four times a second while something comes: what was lost, and what follows for NACKs and the sender's rate. */
  #considerUplink(nowUs: number): void {
    const transport = this.#transport;
    const { uplink } = transport;
    const wasTesting = uplink.capBitsPerSecond !== undefined;
    if (nowUs < uplink.nextTimeoutUs) return;
    uplink.handleTimeout(this.#receivedTotals(), transport.rttUs, nowUs);
    const isRestrained = uplink.restrainsRepair(nowUs);
    // The round-trip time is measured once a second; a queue grows faster, and answers wait in it.
    const queueUs = uplink.isCongested(nowUs) ? uplink.queueDelayUs : 0;
    for (const producer of transport.producers) {
      for (const { nack, keyFrames } of producer.encodings) {
        if (nack !== undefined) {
          nack.lossFraction = uplink.lossFraction;
          nack.isRestrained = isRestrained;
          if (transport.rttUs !== undefined) nack.rttUs = transport.rttUs + queueUs;
        }
        keyFrames.isLossy = uplink.isLossy;
      }
    }
    if (wasTesting && uplink.capBitsPerSecond === undefined) this.#liftsLeft = LIFTS;
    if (!uplink.hasTransportNumbers) this.#sendRemb(nowUs);
    if (transport.rttUs === undefined && transport.producers.length > 0) this.#queryRtt(nowUs);
  }

  #receivedTotals(): { expected: number; received: number } {
    const totals = { expected: 0, received: 0 };
    for (const producer of this.#transport.producers) {
      for (const { statistics } of producer.encodings) {
        totals.expected += statistics.expected;
        totals.received += statistics.packets;
      }
    }
    return totals;
  }

  /** As many feedbacks in one datagram as fit: omitting what was lost makes many small ones. */
  #sendTransportFeedback(nowUs: number): void {
    const { feedback, localSsrc, lastMediaSsrc } = this.#transport;
    let at = 0;
    for (let next = feedback.build(nowUs); next !== undefined; next = feedback.build(nowUs)) {
      if (at > 0 && at + sizeOf(next) > MAX_COMPOUND) at = this.#flush(at);
      at = writeTransportCc(scratch, at, localSsrc, lastMediaSsrc, next);
    }
    if (at > 0) this.#flush(this.#writeTestRemb(at));
  }

  /** What the peer may send at most, for a test's sake or its subscribers', repairs included; undefined: no bound. */
  get #capBitsPerSecond(): number | undefined {
    const { uplink, limitBitsPerSecond } = this.#transport;
    const cap = uplink.capBitsPerSecond;
    if (limitBitsPerSecond === undefined) return cap;
    return Math.min(
      cap ?? Number.POSITIVE_INFINITY,
      limitBitsPerSecond * (1 + redundancyFor(uplink.lossFraction)),
    );
  }

  /** libwebrtc heeds REMB, negotiated or not, as a bound on its own estimate (goog_cc_network_control.cc). */
  #writeTestRemb(at: number): number {
    const cap = this.#capBitsPerSecond;
    if (cap === undefined && this.#liftsLeft === 0) return at;
    this.#liftsLeft = cap === undefined ? this.#liftsLeft - 1 : LIFTS;
    const bitsPerSecond = cap ?? NO_LIMIT_BITS_PER_SECOND;
    const { localSsrc, lastMediaSsrc } = this.#transport;
    const start = at + 24 > MAX_COMPOUND ? this.#flush(at) : at;
    return writeRemb(scratch, start, localSsrc, { bitsPerSecond, ssrcs: [lastMediaSsrc] });
  }

  /** For a sender without transport-wide numbers: what it may send. */
  #sendRemb(nowUs: number): void {
    const { localSsrc, producers } = this.#transport;
    if (!producers.some((producer) => producer.codecs.some((codec) => codec.remb))) return;
    const bitsPerSecond = Math.min(
      this.#transport.uplink.estimateBitsPerSecond,
      this.#capBitsPerSecond ?? Number.POSITIVE_INFINITY,
    );
    if (nowUs - this.#rembUs < REMB_US && bitsPerSecond >= this.#rembBitsPerSecond * 0.97) return;
    this.#rembUs = nowUs;
    this.#rembBitsPerSecond = bitsPerSecond;
    const ssrcs: number[] = [];
    for (const producer of producers) {
      for (const { ssrc } of producer.encodings) {
        if (ssrc !== undefined && ssrcs.length < MAX_REPORT_BLOCKS) ssrcs.push(ssrc);
      }
    }
    this.#flush(writeRemb(scratch, 0, localSsrc, { bitsPerSecond, ssrcs }));
  }

  /** An RRTR of its own, until one was answered: NACKs are paced by the round-trip time. */
  #queryRtt(nowUs: number): void {
    if (nowUs - this.#rttQueryUs < RTT_QUERY_US) return;
    this.#rttQueryUs = nowUs;
    const ssrc = this.#transport.localSsrc;
    const unixUs = nowUs + this.#transport.environment.wallClockOffsetUs;
    const seconds = ntpSeconds(unixUs);
    const fraction = ntpFraction(unixUs);
    const receiverReferenceTime = { ntpSeconds: seconds, ntpFraction: fraction };
    const at = writeReceiverReport(scratch, 0, { ssrc, reports: [] });
    this.#flush(writeExtendedReport(scratch, at, { ssrc, receiverReferenceTime, delays: [] }));
    this.#roundTripTime.sent(ntpMiddle32(seconds, fraction), nowUs);
  }

  #sendRequests(encoding: Encoding, nowUs: number): void {
    const { localSsrc } = this.#transport;
    const ssrc = encoding.ssrc!;
    if (encoding.nack !== undefined) {
      const count = encoding.nack.due(nowUs, lost);
      if (count > 0) this.#flush(writeNack(scratch, 0, localSsrc, ssrc, lost, count));
      if (encoding.nack.takeKeyFrameNeeded() && encoding.isVideo) encoding.keyFrames.request(nowUs);
    }
    if (!encoding.keyFrames.due(nowUs)) return;
    if (encoding.supportsPli) {
      this.#flush(writePli(scratch, 0, localSsrc, ssrc));
    } else {
      const sequenceNumber = encoding.keyFrames.firSequenceNumber;
      this.#flush(writeFir(scratch, 0, localSsrc, { ssrc, sequenceNumber }));
    }
  }

  /** SR and SDES for each consumer that sent something, RR for what is received, XR; in as many datagrams as needed. */
  #sendReports(nowUs: number): void {
    const transport = this.#transport;
    const blocks = this.#reportBlocks(nowUs);
    const unixUs = nowUs + transport.environment.wallClockOffsetUs;
    const seconds = ntpSeconds(unixUs);
    const fraction = ntpFraction(unixUs);
    let at = 0;
    for (const consumer of transport.consumers) {
      if (at + ROOM_FOR_ONE > MAX_COMPOUND) at = this.#flush(at);
      at = this.#writeSenderReport(at, consumer, seconds, fraction, nowUs);
    }
    if (blocks.length > 0) {
      if (at + 8 + blocks.length * 24 > MAX_COMPOUND) at = this.#flush(at);
      at = writeReceiverReport(scratch, at, { ssrc: transport.localSsrc, reports: blocks });
    }
    const delays = this.#delays(nowUs);
    if (this.#echoesLeft === 0) this.#referenceTimes.clear();
    if (transport.producers.length > 0 || delays.length > 0) {
      if (at + 20 + delays.length * 12 > MAX_COMPOUND) at = this.#flush(at);
      if (at === 0) at = writeReceiverReport(scratch, at, { ssrc: transport.localSsrc, reports: [] });
      at = writeExtendedReport(scratch, at, {
        ssrc: transport.localSsrc,
        receiverReferenceTime: { ntpSeconds: seconds, ntpFraction: fraction },
        delays,
      });
      this.#roundTripTime.sent(ntpMiddle32(seconds, fraction), nowUs);
    }
    this.#flush(at);
  }

  #writeSenderReport(
    at: number,
    consumer: TransportConsumer,
    seconds: number,
    fraction: number,
    nowUs: number,
  ): number {
    const timestamp = consumer.timestampAt(nowUs);
    if (timestamp === undefined || consumer.statistics.packets === 0) return at;
    const { ssrc, statistics } = consumer;
    const end = writeSenderReport(scratch, at, {
      ssrc,
      ntpSeconds: seconds,
      ntpFraction: fraction,
      rtpTimestamp: timestamp,
      packetCount: statistics.packets,
      octetCount: statistics.octets,
      reports: [],
    });
    statistics.sendReport(ntpMiddle32(seconds, fraction), nowUs);
    return writeCname(scratch, end, ssrc, consumer.cname);
  }

  #reportBlocks(nowUs: number): ReportBlock[] {
    const blocks: ReportBlock[] = [];
    const { rttUs = 0 } = this.#transport;
    const hiddenRttUs = this.#transport.uplink.isLossy ? Math.max(0, rttUs - LOSSY_RTT_US) : 0;
    for (const producer of this.#transport.producers) {
      for (const { ssrc, statistics, nack } of producer.encodings) {
        if (ssrc === undefined || blocks.length === MAX_REPORT_BLOCKS) continue;
        const block = statistics.report(ssrc, nowUs, { pending: nack?.missing ?? 0, hiddenRttUs });
        if (block !== undefined) blocks.push(block);
      }
    }
    return blocks;
  }

  #delays(nowUs: number): DelaySinceLastReceiverReport[] {
    const delays: DelaySinceLastReceiverReport[] = [];
    const { rttUs, nackPaceUs } = this.#transport;
    const hiddenUs = rttUs === undefined || nackPaceUs === undefined ? 0 : Math.max(0, rttUs - nackPaceUs);
    for (const [ssrc, { middle32, atUs }] of this.#referenceTimes) {
      delays.push({
        ssrc,
        lastReceiverReport: middle32,
        delay: Math.round((nowUs - atUs + hiddenUs) * 0.065536),
      });
    }
    return delays;
  }

  /** Sends what was written up to `end`, if anything; returns where the next begins. */
  #flush(end: number): 0 {
    if (end > 0)
      this.#transport.environment.outbox.sendRtcp(this.#transport.transportId, scratch.subarray(0, end));
    return 0;
  }

  #random(): number {
    return this.#transport.environment.random() / 0x1_0000_0000;
  }
}
