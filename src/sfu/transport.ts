/**
 * One peer as the router sees it: the streams it sends and gets, and the books that are kept per peer and not per
 * stream: transport-wide arrival and send history, round-trip time, reports. ICE, DTLS and sockets are elsewhere.
 */

import { ExtensionReader } from '../rtp/extension-reader.ts';
import type { ExtensionIds } from '../rtp/header-extension.ts';
import { parseRtpPacket, type RtpPacket } from '../rtp/rtp-packet.ts';
import { type PacketSink, PassThroughPacer } from './congestion/pacer.ts';
import type { PacketKind } from './congestion/packet-kind.ts';
import { SendHistory } from './congestion/send-history.ts';
import { TransportFeedbackGenerator } from './congestion/transport-feedback-generator.ts';
import type { Consumer } from './consumer.ts';
import type { RouterDrops } from './drops.ts';
import type { Encoding } from './encoding.ts';
import type { TransportStats } from './events.ts';
import type { Outbox } from './outbox.ts';
import type { Producer } from './producer.ts';
import { RtcpReceiver } from './rtcp-receiver.ts';
import { RtcpSender } from './rtcp-sender.ts';
import { RtpListener } from './rtp-listener.ts';
import { PublisherTimeline } from './stream/publisher-timeline.ts';

/** A longer RTP packet than any path carries; it would not fit the send buffers with our header. */
export const MAX_RTP_LENGTH = 1700;

/** What all transports of a router share. */
export interface TransportEnvironment {
  readonly outbox: Outbox;
  readonly drops: RouterDrops;
  /** Uniform 32-bit integers. */
  random(): number;
  /** Unix time in µs is `nowUs` plus this. */
  readonly wallClockOffsetUs: number;
  /** Something is due at `atUs`, perhaps sooner than the router knew. */
  wakeAt(atUs: number): void;
}

export class Transport implements PacketSink {
  readonly transportId: string;
  readonly environment: TransportEnvironment;
  readonly listener = new RtpListener<Encoding, Producer>();
  readonly timeline = new PublisherTimeline();
  readonly feedback = new TransportFeedbackGenerator();
  readonly sendHistory: SendHistory;
  readonly pacer = new PassThroughPacer(this);
  readonly producers: Producer[] = [];
  readonly consumers: Consumer[] = [];
  /** Our own SSRC in RTCP towards this peer, where no consumer's is meant. */
  readonly localSsrc: number;
  extensionIds: ExtensionIds;
  mixedExtensions: boolean;
  /** Of the last media packet; transport-cc must name some media source. */
  lastMediaSsrc = 0;

  readonly #extensions: ExtensionReader;
  /** For stored packets that are sent again: they may be of another transport's namespace than is being read now. */
  readonly #storedExtensions: ExtensionReader;
  readonly #receiver: RtcpReceiver;
  readonly #sender: RtcpSender;
  #rttUs: number | undefined;
  #packetsReceived = 0;
  #bytesReceived = 0;
  #packetsSent = 0;
  #bytesSent = 0;

  constructor(
    transportId: string,
    extensionIds: ExtensionIds,
    mixedExtensions: boolean,
    environment: TransportEnvironment,
    nowUs: number,
  ) {
    this.transportId = transportId;
    this.environment = environment;
    this.extensionIds = extensionIds;
    this.mixedExtensions = mixedExtensions;
    this.#extensions = new ExtensionReader(extensionIds);
    this.#storedExtensions = new ExtensionReader(extensionIds);
    this.sendHistory = new SendHistory(environment.random() & 0xffff);
    this.localSsrc = environment.random() >>> 0;
    this.#receiver = new RtcpReceiver(this);
    this.#sender = new RtcpSender(this, nowUs);
  }

  /** New ids after a renegotiation; consumers made from now on use them, and so does everything that comes in. */
  update(extensionIds: ExtensionIds, mixedExtensions: boolean): void {
    this.extensionIds = extensionIds;
    this.mixedExtensions = mixedExtensions;
    this.#extensions.setIds(extensionIds);
    this.#storedExtensions.setIds(extensionIds);
  }

  /** Reads where the extensions of a packet stand that this peer sent some time ago. Borrowed until the next call. */
  readStoredExtensions(buffer: Buffer): { packet: RtpPacket; extensions: ExtensionReader } | undefined {
    const packet = parseRtpPacket(buffer);
    if (packet === undefined) return undefined;
    this.#storedExtensions.read(packet);
    return { packet, extensions: this.#storedExtensions };
  }

  /** Takes one unprotected RTP packet in; the buffer is the router's from now on. */
  receiveRtp(buffer: Buffer, nowUs: number): void {
    const { drops } = this.environment;
    this.#packetsReceived += 1;
    this.#bytesReceived += buffer.length;
    if (buffer.length > MAX_RTP_LENGTH) {
      drops.rtpTooLong += 1;
      return;
    }
    const packet = parseRtpPacket(buffer);
    if (packet === undefined) {
      drops.rtpMalformed += 1;
      return;
    }
    const extensions = this.#extensions;
    extensions.read(packet);
    if (extensions.transportSequenceNumber >= 0)
      this.feedback.record(extensions.transportSequenceNumber, nowUs);
    const stream = this.listener.get(packet.ssrc) ?? this.listener.learn(packet, extensions);
    if (stream === undefined) {
      drops.streamUnknown += 1;
      return;
    }
    if (!stream.repair) this.lastMediaSsrc = packet.ssrc;
    stream.producer.receive(stream, packet, extensions, nowUs);
    this.#sender.consider(stream.encoding);
    this.environment.wakeAt(this.nextTimeoutUs);
  }

  /** Takes one unprotected compound RTCP packet in; borrowed for the call. */
  receiveRtcp(buffer: Buffer, nowUs: number): void {
    this.#receiver.receive(buffer, nowUs);
  }

  /**
   * Sends a packet of a consumer, now or when the pacer lets it. `transportCcOffset`: where its transport-wide number
   * goes, 0 if it has none. The packet is borrowed.
   */
  send(packet: Buffer, transportCcOffset: number, kind: PacketKind, nowUs: number): void {
    this.pacer.enqueue(packet, transportCcOffset, kind, nowUs);
  }

  sendPaced(packet: Buffer, transportCcOffset: number, kind: PacketKind, nowUs: number): void {
    if (transportCcOffset !== 0) {
      packet.writeUInt16BE(this.sendHistory.send(packet.length, kind, nowUs), transportCcOffset);
    }
    this.#packetsSent += 1;
    this.#bytesSent += packet.length;
    this.environment.outbox.sendRtp(this.transportId, packet);
  }

  /** Smoothed, undefined before the first measurement. */
  get rttUs(): number | undefined {
    return this.#rttUs;
  }

  /** A round-trip time was measured by a report's echo. */
  measuredRtt(rttUs: number): void {
    this.#rttUs = this.#rttUs === undefined ? rttUs : this.#rttUs + (rttUs - this.#rttUs) / 8;
    for (const producer of this.producers) this.applyRtt(producer);
  }

  /** Gives a producer of this peer the round-trip time known so far. */
  applyRtt(producer: Producer): void {
    if (this.#rttUs === undefined) return;
    for (const { nack, keyFrames } of producer.encodings) {
      if (nack !== undefined) nack.rttUs = this.#rttUs;
      keyFrames.rttUs = this.#rttUs;
    }
  }

  /** The peer's RRTR (RFC 3611 §4.4), to be answered with the next report. */
  receiveReferenceTime(ssrc: number, middle32: number, nowUs: number): void {
    this.#sender.answerReferenceTime(ssrc, middle32, nowUs);
  }

  /** The peer's answer to one of ours. */
  receiveReferenceTimeEcho(lastReport: number, delay: number, nowUs: number): void {
    this.#sender.referenceTimeEchoed(lastReport, delay, nowUs);
  }

  consumerOf(ssrc: number): Consumer | undefined {
    for (const consumer of this.consumers)
      if (consumer.ssrc === ssrc || consumer.rtxSsrc === ssrc) return consumer;
    return undefined;
  }

  /** Sends what is due: feedback, NACKs, key-frame requests, reports, paced packets. */
  handleTimeout(nowUs: number): void {
    this.pacer.process(nowUs);
    this.#sender.handleTimeout(nowUs);
  }

  /** When `handleTimeout` next has something to do, µs. May be early, never late. */
  get nextTimeoutUs(): number {
    return Math.min(this.#sender.nextTimeoutUs, this.feedback.nextTimeoutUs, this.pacer.nextTimeoutUs);
  }

  /** A key frame was asked for, or something else made an earlier time due for `encoding`. */
  considerTimeout(encoding: Encoding): void {
    this.#sender.consider(encoding);
    this.environment.wakeAt(this.nextTimeoutUs);
  }

  stats(): TransportStats {
    return {
      transportId: this.transportId,
      rttSeconds: this.#rttUs === undefined ? undefined : this.#rttUs / 1e6,
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      packetsSent: this.#packetsSent,
      bytesSent: this.#bytesSent,
    };
  }
}
