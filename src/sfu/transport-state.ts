/**
 * What producers, consumers and RTCP share of one peer: the streams it sends and gets, and the books that are kept per
 * peer and not per stream: transport-wide arrival and send history, round-trip time.
 */

import { ExtensionReader } from '../rtp/extension-reader.ts';
import type { ExtensionIds } from '../rtp/header-extension.ts';
import { parseRtpPacket, type RtpPacket } from '../rtp/rtp-packet.ts';
import type { PacketPool } from './congestion/pacer-queue.ts';
import type { PacketKind } from './congestion/packet-kind.ts';
import { TransportFeedbackGenerator } from './congestion/transport-feedback-generator.ts';
import { Downlink, type DownlinkConsumer } from './downlink.ts';
import type { RouterDrops } from './drops.ts';
import type { Encoding } from './encoding.ts';
import type { Outbox } from './outbox.ts';
import { nackPaceUs } from './repair/nack-pace.ts';
import { PlayoutDelay } from './repair/playout-delay.ts';
import { type ListenedProducer, type ListenedStream, RtpListener } from './rtp-listener.ts';
import { PublisherTimeline } from './stream/publisher-timeline.ts';
import type { SendStatistics } from './stream/send-statistics.ts';
import { Uplink } from './uplink.ts';

/** What all transports of a router share. */
export interface TransportEnvironment {
  readonly outbox: Outbox;
  readonly drops: RouterDrops;
  /** For packets that wait in pacers. */
  readonly packetPool: PacketPool;
  /** Uniform 32-bit integers. */
  random(): number;
  /** Unix time in µs is `nowUs` plus this. */
  readonly wallClockOffsetUs: number;
  /** Something is due at `atUs`, perhaps sooner than the router knew. */
  wakeAt(atUs: number): void;
}

/** A producer as its transport needs it. */
export interface TransportProducer extends ListenedProducer<Encoding> {
  /** Takes one packet of `stream` in; `extensions` were read from it. */
  receive(
    stream: ListenedStream<Encoding, TransportProducer>,
    packet: RtpPacket,
    extensions: ExtensionReader,
    nowUs: number,
  ): void;
  /** A sender report about `encoding` came. */
  clockReported(encoding: Encoding): void;
}

/** A consumer as its transport needs it. */
export interface TransportConsumer extends DownlinkConsumer {
  readonly rtxSsrc: number | undefined;
  readonly cname: string;
  readonly statistics: SendStatistics;
  /** Command sequence number of the subscriber's last FIR. */
  lastFir: number;
  /** The RTP timestamp that goes with server time `nowUs`; undefined while it cannot be told. */
  timestampAt(nowUs: number): number | undefined;
  /** The transport negotiated other header extensions. */
  extensionsChanged(): void;
  /** The transport was suspended, or goes on. */
  rest(): void;
  goOn(nowUs: number): void;
  handleNack(sequenceNumbers: readonly number[], nowUs: number): void;
  requestKeyFrame(nowUs: number): void;
  /** When a copy is due, µs; Infinity: none is planned. */
  readonly nextTimeoutUs: number;
  handleTimeout(nowUs: number): void;
}

export class TransportState {
  readonly transportId: string;
  readonly environment: TransportEnvironment;
  readonly listener = new RtpListener<Encoding, TransportProducer>();
  readonly timeline = new PublisherTimeline();
  readonly feedback = new TransportFeedbackGenerator();
  /** What is known of the peer's way in. */
  readonly uplink = new Uplink(this.feedback);
  /** What is known of the way out to the peer, and what leaves when. */
  readonly downlink: Downlink;
  readonly producers: TransportProducer[] = [];
  readonly consumers: TransportConsumer[] = [];
  /** Our own SSRC in RTCP towards this peer, where no consumer's is meant. */
  readonly localSsrc: number;
  extensionIds: ExtensionIds;
  mixedExtensions: boolean;
  /** The peer cannot be sent to: its consumers rest. */
  suspended = false;
  /**
   * What this peer need not exceed in sending, bit/s: none of those who see it can take more, and it sends no smaller
   * picture. Undefined: no bound.
   */
  limitBitsPerSecond: number | undefined;
  /** Of the last media packet; transport-cc must name some media source. */
  lastMediaSsrc = 0;
  /** When the next NACK or key-frame request of a producer is due, µs; may be early, never late. */
  requestsDueUs = Number.POSITIVE_INFINITY;

  /** For stored packets that are sent again: they may be of another transport's namespace than is being read now. */
  readonly #storedExtensions: ExtensionReader;
  readonly #playoutDelays = new WeakMap<TransportState, PlayoutDelay>();
  #rttUs: number | undefined;

  constructor(
    transportId: string,
    extensionIds: ExtensionIds,
    mixedExtensions: boolean,
    environment: TransportEnvironment,
  ) {
    this.transportId = transportId;
    this.environment = environment;
    this.extensionIds = extensionIds;
    this.mixedExtensions = mixedExtensions;
    this.#storedExtensions = new ExtensionReader(extensionIds);
    this.downlink = new Downlink(this);
    this.localSsrc = environment.random() >>> 0;
  }

  /** New ids after a renegotiation, for all that comes in and goes out from now on. */
  update(extensionIds: ExtensionIds, mixedExtensions: boolean): void {
    this.extensionIds = extensionIds;
    this.mixedExtensions = mixedExtensions;
    this.#storedExtensions.setIds(extensionIds);
    for (const consumer of this.consumers) consumer.extensionsChanged();
  }

  suspend(): void {
    this.suspended = true;
    this.downlink.pacer.clear();
    for (const consumer of this.consumers) consumer.rest();
  }

  resume(nowUs: number): void {
    if (!this.suspended) return;
    this.suspended = false;
    for (const consumer of this.consumers) consumer.goOn(nowUs);
  }

  /** Reads where the extensions of a packet stand that this peer sent some time ago. Borrowed until the next call. */
  readStoredExtensions(buffer: Buffer): { packet: RtpPacket; extensions: ExtensionReader } | undefined {
    const packet = parseRtpPacket(buffer);
    if (packet === undefined) return undefined;
    this.#storedExtensions.read(packet);
    return { packet, extensions: this.#storedExtensions };
  }

  /**
   * Sends a packet of a consumer, now or when the pacer lets it. `transportCcOffset`: where its transport-wide number
   * goes, 0 if it has none; `mediaSsrc` and `mediaSequenceNumber`: what it carries, see `FeedbackOutcome`. The packet is
   * borrowed.
   */
  send(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
  ): void {
    this.downlink.send(packet, transportCcOffset, kind, mediaSsrc, mediaSequenceNumber, nowUs);
  }

  /** Share of what is sent to this peer that the network takes, before repair; 0..1. */
  get lossFraction(): number {
    return this.downlink.lossFraction;
  }

  /** Whether `bytes` may go out that the subscriber could do without: FEC. */
  takeRedundancy(bytes: number, nowUs: number): boolean {
    return this.downlink.redundancy.take(bytes, nowUs);
  }

  /** The same for one more copy of what was asked for, and for RED of the past. */
  takeCopy(bytes: number, nowUs: number): boolean {
    return this.downlink.redundancy.takeCopy(bytes, nowUs);
  }

  /** The same for the first answer to a NACK, which is the last to be refused. */
  takeAnswer(bytes: number, nowUs: number): boolean {
    return this.downlink.redundancy.takeAnswer(bytes, nowUs);
  }

  /** The round-trip time that this peer is to believe in, see `nackPaceUs`; undefined: the true one. */
  get nackPaceUs(): number | undefined {
    return nackPaceUs(this.lossFraction, this.#rttUs);
  }

  /** How long this peer is to hold back all pictures of `publisher`. */
  playoutDelayOf(publisher: TransportState): PlayoutDelay {
    let delay = this.#playoutDelays.get(publisher);
    if (delay === undefined) {
      delay = new PlayoutDelay();
      this.#playoutDelays.set(publisher, delay);
    }
    return delay;
  }

  /** Smoothed, undefined before the first measurement. */
  get rttUs(): number | undefined {
    return this.#rttUs;
  }

  /** A round-trip time was measured by a report's echo. */
  measuredRtt(rttUs: number): void {
    this.#rttUs = this.#rttUs === undefined ? rttUs : this.#rttUs + (rttUs - this.#rttUs) / 8;
    this.downlink.congestion.measuredRtt(this.#rttUs);
    for (const producer of this.producers) this.applyRtt(producer);
  }

  /** Gives a producer of this peer the round-trip time known so far. */
  applyRtt(producer: TransportProducer): void {
    if (this.#rttUs === undefined) return;
    for (const { nack, keyFrames } of producer.encodings) {
      if (nack !== undefined) nack.rttUs = this.#rttUs;
      keyFrames.rttUs = this.#rttUs;
    }
  }

  consumerOf(ssrc: number): TransportConsumer | undefined {
    for (const consumer of this.consumers)
      if (consumer.ssrc === ssrc || consumer.rtxSsrc === ssrc) return consumer;
    return undefined;
  }

  /** A packet came or a key frame was asked for: `encoding` may have something due sooner than is planned. */
  consider(encoding: Encoding): void {
    const { nack, keyFrames } = encoding;
    if (nack !== undefined && nack.nextTimeoutUs < this.requestsDueUs)
      this.requestsDueUs = nack.nextTimeoutUs;
    if (keyFrames.nextTimeoutUs < this.requestsDueUs) this.requestsDueUs = keyFrames.nextTimeoutUs;
    this.environment.wakeAt(this.requestsDueUs);
  }
}
