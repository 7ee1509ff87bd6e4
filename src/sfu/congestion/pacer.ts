import { type ProbeCluster, ProbeSchedule } from './pacer-probe.ts';
import { type PacketPool, PacketQueue } from './pacer-queue.ts';
import { PACKET_KIND, type PacketKind } from './packet-kind.ts';

/** Where a pacer puts the packets whose time has come. The sink stamps the transport-wide number, then sends. */
export interface PacketSink {
  /**
   * `packet` is borrowed for the length of the call; `transportCcOffset` is where its transport-wide number goes, 0 if it
   * has none; `mediaSsrc` and `mediaSequenceNumber` as in `FeedbackOutcome`; `nowUs` is the time it really leaves;
   * `probeClusterId` is the probe it is part of, -1: none.
   */
  sendPaced(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
    probeClusterId: number,
  ): void;
  /** Makes about `bytes` of padding and enqueues it as such before it returns. Returns the bytes made, 0: cannot. */
  makePadding(bytes: number, nowUs: number): number;
}

/** What may leave at once, of what the rate allows: shorter than a timer is exact, longer than a frame's packets take. */
const BURST_US = 8_000;
/** Everything that waits leaves within this, whatever the rate: later it would be of no use to a call. */
const MAX_WAIT_US = 400_000;
/** Packets that wait at most; one more pushes the first one out to the wire. */
const MAX_WAITING = 1024;
/** Padding comes in portions of this long. */
const PADDING_STEP_US = 5_000;
/** An hour at rest would otherwise be a large number times a small one. */
const MAX_ELAPSED_US = 1_000_000;

/**
 * Decides when packets to one subscriber leave. Without a rate each leaves in the call that brings it. With one, so does
 * all that fits into a burst of 8 ms, uncopied; the rest waits in its own copy, retransmissions before video, padding
 * last. Audio never waits, though what it takes is counted. Nothing is thrown away: the rate rises so that no packet
 * waits longer than 400 ms.
 * @see libwebrtc modules/pacing/pacing_controller.cc
 */
export class Pacer {
  readonly #sink: PacketSink;
  readonly #queue: PacketQueue;
  readonly #probes = new ProbeSchedule();
  /** Infinity: not paced. */
  #bytesPerUs = Number.POSITIVE_INFINITY;
  #paddingBytesPerUs = 0;
  /** Bytes sent beyond what the rate allowed by `#debtUs`. */
  #debtBytes = 0;
  #debtUs = Number.NEGATIVE_INFINITY;
  #paddingDueUs = Number.POSITIVE_INFINITY;
  /** There was neither media nor padding to begin a probe with. */
  #probeWaits = false;
  #makingPadding = false;
  /** When `process` has something to do next; Infinity: nothing waits. */
  nextTimeoutUs = Number.POSITIVE_INFINITY;

  constructor(sink: PacketSink, pool: PacketPool) {
    this.#sink = sink;
    this.#queue = new PacketQueue(pool);
  }

  get queuedPackets(): number {
    return this.#queue.count;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  get probesDone(): number {
    return this.#probes.done;
  }

  /** Both in bit/s; `pacing` undefined: packets leave as they come; `padding` fills up to that rate while nothing waits. */
  setRates(pacing: number | undefined, padding: number, nowUs: number): void {
    this.#repay(nowUs);
    this.#bytesPerUs = pacing === undefined ? Number.POSITIVE_INFINITY : Math.max(pacing, 8_000) / 8e6;
    this.#paddingBytesPerUs = pacing === undefined ? 0 : padding / 8e6;
    if (this.#paddingBytesPerUs <= 0) this.#paddingDueUs = Number.POSITIVE_INFINITY;
    else if (this.#paddingDueUs === Number.POSITIVE_INFINITY) this.#paddingDueUs = nowUs;
    this.#plan(nowUs);
  }

  /** Sends packets at the probe's rate as soon as there are any, padding where media does not do. */
  probe(cluster: ProbeCluster, nowUs: number): void {
    this.#probes.add(cluster, nowUs);
    this.#probeWaits = false;
    this.#plan(nowUs);
  }

  /** Takes a packet to send now or later; it is borrowed. Arguments as of `PacketSink.sendPaced`. */
  enqueue(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
  ): void {
    const free = this.#bytesPerUs === Number.POSITIVE_INFINITY && this.nextTimeoutUs === this.#bytesPerUs;
    if (free || kind === PACKET_KIND.audio || this.#makingPadding || this.#mayLeave(nowUs)) {
      if (!free) this.#debtBytes += packet.length;
      const probeClusterId = this.#makingPadding ? this.#probes.clusterId : -1;
      this.#sink.sendPaced(
        packet,
        transportCcOffset,
        kind,
        mediaSsrc,
        mediaSequenceNumber,
        nowUs,
        probeClusterId,
      );
      return;
    }
    if (this.#queue.count >= MAX_WAITING) this.#sendNext(nowUs, -1);
    this.#queue.push(packet, transportCcOffset, kind, mediaSsrc, mediaSequenceNumber, nowUs);
    if (this.#probeWaits) {
      this.#probeWaits = false;
      this.#sendDue(nowUs);
    } else if (this.#queue.count === 1) {
      this.#plan(nowUs);
    }
  }

  /** Sends what is due. */
  process(nowUs: number): void {
    if (nowUs >= this.nextTimeoutUs) this.#sendDue(nowUs);
  }

  /** Forgets what waits: the subscriber cannot be sent to. */
  clear(): void {
    this.#queue.clear();
    this.#probes.clear();
    this.#debtBytes = 0;
    this.#plan(this.#debtUs);
  }

  #sendDue(nowUs: number): void {
    this.#repay(nowUs);
    this.#probe(nowUs);
    if (this.#probes.clusterId < 0 || this.#probeWaits) {
      const burst = this.#burstBytes();
      while (this.#queue.count > 0 && this.#debtBytes < burst) this.#sendNext(nowUs, -1);
    }
    if (nowUs >= this.#paddingDueUs) this.#pad(nowUs);
    this.#plan(nowUs);
  }

  #mayLeave(nowUs: number): boolean {
    if (this.#queue.count > 0 || this.#probes.clusterId >= 0) return false;
    this.#repay(nowUs);
    return this.#debtBytes < this.#burstBytes();
  }

  #burstBytes(): number {
    return Math.max(1, this.#bytesPerUs * BURST_US);
  }

  /** Time has paid off some debt. While packets wait the timer's lateness is made up for, up to a burst. */
  #repay(nowUs: number): void {
    const elapsedUs = Math.max(0, Math.min(MAX_ELAPSED_US, nowUs - this.#debtUs));
    if (nowUs > this.#debtUs) this.#debtUs = nowUs;
    if (this.#bytesPerUs === Number.POSITIVE_INFINITY) {
      this.#debtBytes = 0;
      return;
    }
    const floor = this.#queue.count > 0 ? -this.#burstBytes() : 0;
    this.#debtBytes = Math.max(floor, this.#debtBytes - elapsedUs * this.#drainBytesPerUs(nowUs));
  }

  /** The rate, or what empties the queue in time if that is more. */
  #drainBytesPerUs(nowUs: number): number {
    const { count, bytes } = this.#queue;
    if (count === 0) return this.#bytesPerUs;
    const leftUs = Math.max(BURST_US, MAX_WAIT_US - (nowUs - this.#queue.oldestUs));
    return Math.max(this.#bytesPerUs, bytes / leftUs);
  }

  #probe(nowUs: number): void {
    const bytes = this.#probes.due(nowUs);
    if (bytes === 0) return;
    const { clusterId } = this.#probes;
    for (let sent = 0; sent < bytes && this.#probes.clusterId === clusterId; ) {
      const before = this.#debtBytes;
      if (this.#queue.count > 0) this.#sendNext(nowUs, clusterId);
      else if (!this.#makePadding(bytes - sent, nowUs)) {
        this.#probeWaits = true;
        return;
      }
      const step = this.#debtBytes - before;
      if (step <= 0) return;
      sent += step;
      this.#probes.sent(step, nowUs);
    }
  }

  #pad(nowUs: number): void {
    this.#paddingDueUs = nowUs + PADDING_STEP_US;
    // Media under way does what padding would.
    if (this.#queue.count > 0 || this.#probes.clusterId >= 0 || this.#debtBytes > 0) return;
    const bytes = this.#paddingBytesPerUs * PADDING_STEP_US;
    const before = this.#debtBytes;
    if (!this.#makePadding(bytes, nowUs)) return;
    const sent = this.#debtBytes - before;
    this.#paddingDueUs = nowUs + Math.max(PADDING_STEP_US, sent / this.#paddingBytesPerUs);
  }

  /** Padding passes by the queue: it is made when its time has come. */
  #makePadding(bytes: number, nowUs: number): boolean {
    this.#makingPadding = true;
    const made = this.#sink.makePadding(Math.ceil(bytes), nowUs);
    this.#makingPadding = false;
    return made > 0;
  }

  #sendNext(nowUs: number, probeClusterId: number): void {
    const packet = this.#queue.shift();
    if (packet === undefined) return;
    const { slot, length, transportCcOffset, kind, mediaSsrc, mediaSequenceNumber } = packet;
    this.#debtBytes += length;
    const bytes = slot.subarray(0, length);
    this.#sink.sendPaced(
      bytes,
      transportCcOffset,
      kind,
      mediaSsrc,
      mediaSequenceNumber,
      nowUs,
      probeClusterId,
    );
    this.#queue.release(packet);
  }

  #plan(nowUs: number): void {
    let nextUs = this.#paddingDueUs;
    if (this.#probes.clusterId >= 0 && !this.#probeWaits) nextUs = Math.min(nextUs, this.#probes.nextUs);
    else if (this.#queue.count > 0) {
      nextUs = Math.min(nextUs, nowUs + Math.max(0, this.#debtBytes) / this.#drainBytesPerUs(nowUs));
    }
    this.nextTimeoutUs = nextUs;
  }
}
