/**
 * The way to one peer: what goes out when, what its feedback tells of it, how much it carries, and how much of that
 * redundancy may take. Composes the leaves of `congestion`; knows packets only by kind and size.
 */
import type { TransportCcFeedback } from '../rtp/rtcp/transport-cc.ts';
import { CongestionController } from './congestion/congestion-controller.ts';
import { Pacer, type PacketSink } from './congestion/pacer.ts';
import type { PacketPool } from './congestion/pacer-queue.ts';
import { PACKET_KIND, type PacketKind } from './congestion/packet-kind.ts';
import { RedundancyBudget } from './congestion/redundancy-budget.ts';
import { type FeedbackOutcome, SendHistory } from './congestion/send-history.ts';
import type { RouterDrops } from './drops.ts';
import type { DownlinkStats } from './events.ts';
import type { Outbox } from './outbox.ts';
import { CountedRate } from './stream/counted-rate.ts';
import { RateMeter } from './stream/rate-meter.ts';

/** Before anything is known: a middle layer and its sound, probed upwards at once. */
const START_BITS_PER_SECOND = 1_000_000;
/** Sound and the smallest picture; below it nothing is worth sending, so no report brings the estimate lower. */
const MIN_BITS_PER_SECOND = 50_000;
const MAX_BITS_PER_SECOND = 50_000_000;
/** Of each receiver report's loss, where there is nothing better, this part counts. */
const REPORT_PART = 0.25;
/** A queue longer than this, and not chance, is taken for the reason of loss. */
const QUEUE_US = 60_000;
/** The layers are looked at when the estimate falls by more than this; else they are often enough. */
const FALL = 0.95;

/** A subscription as the way to its subscriber needs it. */
export interface DownlinkConsumer {
  readonly ssrc: number;
  /** Transport-wide feedback says this packet of ours arrived, itself or in a repair, or that one such was lost. */
  acknowledged(mediaSequenceNumber: number, nowUs: number): void;
  reportedLost(mediaSequenceNumber: number, nowUs: number): void;
  /**
   * Sends about `bytes` of padding at once by `TransportState.send`, without asking for redundancy: the pacer has. Returns
   * the bytes sent, 0: it cannot.
   */
  sendPadding(bytes: number, nowUs: number): number;
}

export interface DownlinkPeer {
  readonly transportId: string;
  readonly suspended: boolean;
  readonly consumers: readonly DownlinkConsumer[];
  readonly environment: {
    readonly outbox: Outbox;
    readonly drops: RouterDrops;
    readonly packetPool: PacketPool;
    random(): number;
    wakeAt(atUs: number): void;
  };
}

export class Downlink implements PacketSink {
  readonly history: SendHistory;
  readonly pacer: Pacer;
  readonly redundancy = new RedundancyBudget();
  readonly congestion = new CongestionController({
    startBitsPerSecond: START_BITS_PER_SECOND,
    minBitsPerSecond: MIN_BITS_PER_SECOND,
    maxBitsPerSecond: MAX_BITS_PER_SECOND,
  });
  packetsSent = 0;
  bytesSent = 0;

  readonly #peer: DownlinkPeer;
  readonly #audio = new RateMeter();
  #redundantBytes = 0;
  readonly #sentRate = new CountedRate();
  readonly #redundantRate = new CountedRate();
  #reportedLoss = 0;
  /** The estimate by which the layers were last called for; NaN: there was none. */
  #toldTarget = Number.NaN;

  constructor(peer: DownlinkPeer) {
    this.#peer = peer;
    const { environment } = peer;
    this.history = new SendHistory(environment.random() & 0xffff);
    this.pacer = new Pacer(this, environment.packetPool);
  }

  /** What the way carries, redundancy included, bit/s; undefined while the subscriber tells nothing of it. */
  get targetBitsPerSecond(): number | undefined {
    return this.congestion.targetBitsPerSecond;
  }

  /** Share of what is sent that the network takes, before repair; 0..1. */
  get lossFraction(): number {
    return this.history.ackedPackets > 0 ? this.congestion.lossFraction : this.#reportedLoss;
  }

  /** May be early, never late. */
  get nextTimeoutUs(): number {
    return Math.min(this.pacer.nextTimeoutUs, this.congestion.nextTimeoutUs);
  }

  audioBitsPerSecond(nowUs: number): number {
    return this.#audio.bitsPerSecond(nowUs);
  }

  /** Sends a packet, now or when the pacer lets it; see `TransportState.send`. */
  send(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
  ): void {
    if (kind === PACKET_KIND.video || kind === PACKET_KIND.audio) {
      this.redundancy.mediaSent(packet.length, nowUs);
      if (kind === PACKET_KIND.audio) this.#audio.add(packet.length, nowUs);
    }
    const { pacer } = this;
    pacer.enqueue(packet, transportCcOffset, kind, mediaSsrc, mediaSequenceNumber, nowUs);
    if (pacer.nextTimeoutUs !== Number.POSITIVE_INFINITY) {
      this.#peer.environment.wakeAt(pacer.nextTimeoutUs);
    }
  }

  sendPaced(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
    probeClusterId: number,
  ): void {
    const { length } = packet;
    if (transportCcOffset !== 0) {
      const number = this.history.send(length, mediaSsrc, mediaSequenceNumber, nowUs, probeClusterId);
      packet.writeUInt16BE(number, transportCcOffset);
      this.congestion.packetSent(length, probeClusterId, nowUs);
    }
    this.packetsSent += 1;
    this.bytesSent += length;
    if (kind !== PACKET_KIND.video && kind !== PACKET_KIND.audio) this.#redundantBytes += length;
    this.#peer.environment.outbox.sendRtp(this.#peer.transportId, packet);
  }

  makePadding(bytes: number, nowUs: number): number {
    if (this.#peer.suspended || this.redundancy.credit < bytes) return 0;
    for (const consumer of this.#peer.consumers) {
      const made = consumer.sendPadding(bytes, nowUs);
      if (made === 0) continue;
      this.redundancy.paddingSent(made);
      return made;
    }
    return 0;
  }

  /** Takes transport-wide feedback in: first the estimate, so that repairs of what it reports lost keep to it. */
  handleFeedback(feedback: TransportCcFeedback, nowUs: number): void {
    const { history } = this;
    const { unknownStatuses } = history;
    const outcome = history.receive(feedback);
    this.#peer.environment.drops.feedbackNotSent += history.unknownStatuses - unknownStatuses;
    if (outcome.count === 0 && outcome.unreportedPackets === 0) return;
    this.congestion.handleFeedback(outcome, nowUs);
    this.#apply(nowUs);
    this.#tellConsumers(outcome, nowUs);
  }

  /** The subscriber says how much it can take, bit/s. */
  handleRemb(bitsPerSecond: number, nowUs: number): void {
    const within = bitsPerSecond >= MIN_BITS_PER_SECOND && bitsPerSecond <= MAX_BITS_PER_SECOND;
    if (!within) this.#peer.environment.drops.rembOutOfRange += 1;
    this.congestion.handleRemb(
      Math.min(MAX_BITS_PER_SECOND, Math.max(MIN_BITS_PER_SECOND, bitsPerSecond)),
      nowUs,
    );
    this.#apply(nowUs);
  }

  /** A receiver report tells of loss, 0..1: all there is to know where transport-cc is not negotiated. */
  noteReport(fractionLost: number): void {
    this.#reportedLoss += (fractionLost - this.#reportedLoss) * REPORT_PART;
  }

  /** What all subscriptions would take if nothing bounded them, bit/s. */
  setDemand(bitsPerSecond: number, nowUs: number): void {
    this.congestion.setDemand(bitsPerSecond, nowUs);
    this.#apply(nowUs);
  }

  handleTimeout(nowUs: number): void {
    if (nowUs >= this.congestion.nextTimeoutUs) {
      this.congestion.handleTimeout(nowUs);
      this.#apply(nowUs);
    }
    this.pacer.process(nowUs);
  }

  stats(nowUs: number): DownlinkStats {
    const { congestion } = this;
    const { targetBitsPerSecond } = congestion;
    return {
      packetsSent: this.packetsSent,
      bytesSent: this.bytesSent,
      estimateBitsPerSecond: targetBitsPerSecond === undefined ? undefined : Math.round(targetBitsPerSecond),
      sentBitsPerSecond: this.#sentRate.bitsPerSecond(this.bytesSent, nowUs),
      redundancyBitsPerSecond: this.#redundantRate.bitsPerSecond(this.#redundantBytes, nowUs),
      lossFraction: this.lossFraction,
      queueDelaySeconds: congestion.queueDelayUs / 1e6,
      congestionState: congestion.state,
    };
  }

  #apply(nowUs: number): void {
    const { congestion, pacer } = this;
    const target = congestion.targetBitsPerSecond;
    const pacing = target === undefined ? undefined : congestion.pacingBitsPerSecond;
    pacer.setRates(pacing, congestion.paddingBitsPerSecond, nowUs);
    this.redundancy.setTarget(target, nowUs);
    const { state, queueDelayUs, lossFraction } = congestion;
    const isCongested = state === 'lossLimited' || state === 'noFeedback' || queueDelayUs > QUEUE_US;
    this.redundancy.setLoss(lossFraction, isCongested);
    for (let probe = congestion.takeProbe(); probe !== undefined; probe = congestion.takeProbe()) {
      pacer.probe(probe, nowUs);
    }
    // The layers may have to be dealt anew, sooner than they would be anyway.
    const isUrgent = target !== undefined && !(target >= this.#toldTarget * FALL);
    if (isUrgent) this.#peer.environment.wakeAt(nowUs);
    this.#peer.environment.wakeAt(this.nextTimeoutUs);
    if (target !== undefined && (isUrgent || target > this.#toldTarget)) this.#toldTarget = target;
  }

  #tellConsumers(outcome: Readonly<FeedbackOutcome>, nowUs: number): void {
    const { count, mediaSsrcs, mediaSequenceNumbers, arrivedUs } = outcome;
    let consumer: DownlinkConsumer | undefined;
    for (let row = 0; row < count; row += 1) {
      const ssrc = mediaSsrcs[row]!;
      if (ssrc === 0) continue;
      if (consumer?.ssrc !== ssrc) consumer = this.#consumerOf(ssrc);
      if (consumer === undefined) continue;
      const number = mediaSequenceNumbers[row]!;
      if (Number.isNaN(arrivedUs[row]!)) consumer.reportedLost(number, nowUs);
      else consumer.acknowledged(number, nowUs);
    }
  }

  #consumerOf(ssrc: number): DownlinkConsumer | undefined {
    for (const consumer of this.#peer.consumers) if (consumer.ssrc === ssrc) return consumer;
    return undefined;
  }
}
