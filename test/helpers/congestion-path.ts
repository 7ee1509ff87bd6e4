import type { TransportCcFeedback } from '../../src/rtp/rtcp/transport-cc.ts';
import { CongestionController } from '../../src/sfu/congestion/congestion-controller.ts';
import type { Probe } from '../../src/sfu/congestion/probe-controller.ts';
import { SendHistory } from '../../src/sfu/congestion/send-history.ts';
import { TransportFeedbackGenerator } from '../../src/sfu/congestion/transport-feedback-generator.ts';
import { type Conditions, Netem } from './netem.ts';

export interface CongestionPathOptions {
  readonly down: Conditions;
  /** What feedback goes through; default: 25 ms and nothing else. */
  readonly up?: Conditions;
  readonly seed: number;
  /** What the application sends, bit/s, given the target (undefined: none yet). */
  readonly sends: (target: number | undefined, nowUs: number) => number;
  /** What it would like, bit/s. Default 2.5 Mbit/s. */
  readonly demand?: number;
  readonly start?: number;
  readonly max?: number;
}

/** One moment in ten milliseconds. */
export interface Sample {
  readonly ms: number;
  readonly target: number | undefined;
  readonly sentBytes: number;
  readonly arrivedBytes: number;
  readonly lostPackets: number;
  readonly sentPackets: number;
  readonly queueMs: number;
  readonly state: string;
}

const STEP_US = 1_000;
const PACKET_BYTES = 1_200;
const FRAME_US = 33_333;
/** Between the clocks of the two sides. */
const SKEW_US = 7_000_123;

/**
 * A sender under a `CongestionController`, a path, and a browser-like receiver's feedback, in virtual time: pictures are
 * cut into packets, paced as told, probes filled up with padding. What it records is the truth, not what anyone believes.
 */
export class CongestionPath {
  readonly controller: CongestionController;
  readonly down: Netem<{ number: number; bytes: number }>;
  readonly up: Netem<TransportCcFeedback>;
  readonly history = new SendHistory(65_000);
  readonly samples: Sample[] = [];
  readonly probes: Probe[] = [];
  readonly #options: CongestionPathOptions;
  readonly #receiver = new TransportFeedbackGenerator();
  #nowUs = 1_000_000;
  #nextFrameUs = 1_000_000;
  #queuedBytes = 0;
  #creditBytes = 0;
  #probe: { readonly probe: Probe; bytes: number; packets: number; credit: number } | undefined;
  sentBytes = 0;
  arrivedBytes = 0;
  sentPackets = 0;
  /** Feedback is thrown away while this says so. */
  feedbackBlocked = false;

  constructor(options: CongestionPathOptions) {
    this.#options = options;
    this.down = new Netem({ ...options.down, seed: options.seed });
    this.up = new Netem({ delayUs: 25_000, ...options.up, seed: options.seed + 1 });
    this.controller = new CongestionController({
      startBitsPerSecond: options.start ?? 300_000,
      minBitsPerSecond: 30_000,
      maxBitsPerSecond: options.max ?? 20_000_000,
    });
    this.controller.setDemand(options.demand ?? 2_500_000, this.#nowUs);
  }

  get nowMs(): number {
    return this.#nowUs / 1000 - 1000;
  }

  /** The path, from `seconds` of the call on, is like this. */
  changeAt(seconds: number, to: Partial<Conditions>): void {
    this.down.changeAt((seconds + 1) * 1e6, to);
  }

  /** Lets the call go on for so long. */
  run(seconds: number): this {
    const endUs = this.#nowUs + seconds * 1e6;
    for (; this.#nowUs < endUs; this.#nowUs += STEP_US) this.#step(this.#nowUs);
    return this;
  }

  /** Samples of a span, in seconds of the call. */
  during(from: number, to: number): Sample[] {
    return this.samples.filter(({ ms }) => ms >= from * 1000 && ms < to * 1000);
  }

  /** bit/s that arrived in a span. */
  arrivedRate(from: number, to: number): number {
    const samples = this.during(from, to);
    return ((samples.at(-1)!.arrivedBytes - samples[0]!.arrivedBytes) * 8) / (to - from);
  }

  sentRate(from: number, to: number): number {
    const samples = this.during(from, to);
    return ((samples.at(-1)!.sentBytes - samples[0]!.sentBytes) * 8) / (to - from);
  }

  lossDuring(from: number, to: number): number {
    const samples = this.during(from, to);
    const first = samples[0]!;
    const last = samples.at(-1)!;
    return (last.lostPackets - first.lostPackets) / (last.sentPackets - first.sentPackets);
  }

  lowestTarget(from: number, to: number): number {
    return Math.min(...this.during(from, to).map(({ target }) => target ?? Number.POSITIVE_INFINITY));
  }

  highestTarget(from: number, to: number): number {
    return Math.max(...this.during(from, to).map(({ target }) => target ?? 0));
  }

  meanTarget(from: number, to: number): number {
    const samples = this.during(from, to);
    return samples.reduce((sum, { target }) => sum + (target ?? 0), 0) / samples.length;
  }

  meanQueueMs(from: number, to: number): number {
    const samples = this.during(from, to);
    return samples.reduce((sum, { queueMs }) => sum + queueMs, 0) / samples.length;
  }

  longestQueueMs(from: number, to: number): number {
    return Math.max(...this.during(from, to).map(({ queueMs }) => queueMs));
  }

  /** One line per second, to read when a test fails. */
  describe(): string {
    return this.samples
      .filter((_, index) => index % 100 === 99)
      .map(
        ({ ms, target, queueMs, state }) =>
          `${(ms / 1000).toFixed(0)} s: target ${((target ?? 0) / 1000).toFixed(0)} sent ${(this.sentRate(ms / 1000 - 1, ms / 1000) / 1000).toFixed(0)} kbit/s, loss ${this.lossDuring(ms / 1000 - 1, ms / 1000).toFixed(2)}, queue ${queueMs.toFixed(0)} ms, ${state}`,
      )
      .join('\n');
  }

  #step(nowUs: number): void {
    const { controller } = this;
    for (let got = this.down.receive(nowUs); got !== undefined; got = this.down.receive(nowUs)) {
      this.#receiver.record(got.number, nowUs + SKEW_US);
      this.arrivedBytes += got.bytes;
    }
    for (
      let made = this.#receiver.build(nowUs + SKEW_US);
      made !== undefined;
      made = this.#receiver.build(nowUs + SKEW_US)
    ) {
      const copy = { ...made, deltas: Array.from(made.deltas as ArrayLike<number>).slice(0, made.count) };
      if (!this.feedbackBlocked) this.up.send(copy as TransportCcFeedback, nowUs, 100);
    }
    for (let feedback = this.up.receive(nowUs); feedback !== undefined; feedback = this.up.receive(nowUs)) {
      controller.handleFeedback(this.history.receive(feedback), nowUs);
    }
    if (nowUs >= controller.nextTimeoutUs) controller.handleTimeout(nowUs);
    this.#media(nowUs);
    if (nowUs % 10_000 === 0) this.#sample(nowUs);
  }

  #media(nowUs: number): void {
    const { controller } = this;
    if (nowUs >= this.#nextFrameUs) {
      const rate = this.#options.sends(controller.targetBitsPerSecond, nowUs - 1_000_000);
      this.#queuedBytes += (rate * FRAME_US) / 8e6;
      this.#nextFrameUs += FRAME_US;
    }
    const probe = this.#probe === undefined ? controller.takeProbe() : undefined;
    if (probe !== undefined) {
      this.probes.push(probe);
      this.#probe = { probe, bytes: 0, packets: 0, credit: PACKET_BYTES };
    }
    if (this.#probe !== undefined) {
      const current = this.#probe;
      current.credit += (current.probe.bitsPerSecond * STEP_US) / 8e6;
      while (current.credit >= PACKET_BYTES && this.#probe !== undefined) {
        if (this.#queuedBytes >= PACKET_BYTES) this.#queuedBytes -= PACKET_BYTES;
        this.#send(PACKET_BYTES, current.probe.clusterId, nowUs);
        current.credit -= PACKET_BYTES;
        current.bytes += PACKET_BYTES;
        current.packets += 1;
        if (current.bytes >= current.probe.minBytes && current.packets >= current.probe.minPackets) {
          this.#probe = undefined;
        }
      }
      return;
    }
    const pacing = controller.pacingBitsPerSecond ?? Number.POSITIVE_INFINITY;
    this.#creditBytes = Math.min(this.#creditBytes + (pacing * STEP_US) / 8e6, 10 * PACKET_BYTES);
    while (this.#queuedBytes > 0 && this.#creditBytes > 0) {
      const bytes = Math.max(100, Math.min(PACKET_BYTES, Math.ceil(this.#queuedBytes)));
      this.#send(bytes, -1, nowUs);
      this.#queuedBytes = Math.max(0, this.#queuedBytes - bytes);
      this.#creditBytes -= bytes;
    }
  }

  #send(bytes: number, probeClusterId: number, nowUs: number): void {
    const number = this.history.send(bytes, 1, this.sentPackets & 0xffff, nowUs, probeClusterId);
    this.controller.packetSent(bytes, probeClusterId, nowUs);
    this.sentBytes += bytes;
    this.sentPackets += 1;
    this.down.send({ number, bytes }, nowUs, bytes);
  }

  #sample(nowUs: number): void {
    this.samples.push({
      ms: nowUs / 1000 - 1000,
      target: this.controller.targetBitsPerSecond,
      sentBytes: this.sentBytes,
      arrivedBytes: this.arrivedBytes,
      lostPackets: this.down.lost,
      sentPackets: this.sentPackets,
      queueMs: this.down.queueUs(nowUs) / 1000,
      state: this.controller.state,
    });
  }
}

/** Sends as much as the target allows, up to `most`, in bit/s; before there is a target `first`. */
export function greedy(most: number, first = 300_000): (target: number | undefined) => number {
  return (target) => Math.min((target ?? first) * 0.95, most);
}
