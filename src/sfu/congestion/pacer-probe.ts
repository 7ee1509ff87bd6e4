/** A burst that asks the path whether it carries `bitsPerSecond`. */
export interface ProbeCluster {
  /** 0..32767; comes back in `FeedbackOutcome.probeClusterIds`. */
  readonly clusterId: number;
  readonly bitsPerSecond: number;
  /** It is over when both are reached. */
  readonly minBytes: number;
  readonly minPackets: number;
}

/** Packets of a probe leave in steps this far apart (libwebrtc modules/pacing/bitrate_prober.cc). */
const STEP_US = 2_000;
/** A step this late would not show the rate that was asked for: the probe is given up (same file). */
const MAX_LATE_US = 20_000;
/** Probes that wait for their turn; more are forgotten. */
const MAX_WAITING = 5;

/** Times the packets of probes, one probe after the other. It begins with the first packet there is to send. */
export class ProbeSchedule {
  readonly #waiting: ProbeCluster[] = [];
  #cluster: ProbeCluster | undefined;
  #sentBytes = 0;
  #sentPackets = 0;
  #startedUs = Number.NaN;
  /** When the next step is due, µs; Infinity: nothing to probe. While a probe has not begun, the time it was asked for. */
  nextUs = Number.POSITIVE_INFINITY;
  /** Probes sent whole, and given up. */
  done = 0;
  abandoned = 0;

  /** The probe that is on; -1: none. */
  get clusterId(): number {
    return this.#cluster === undefined ? -1 : this.#cluster.clusterId;
  }

  /** One with an absurd rate is passed over. */
  add(cluster: ProbeCluster, nowUs: number): void {
    if (!(cluster.bitsPerSecond > 0) || this.#waiting.length >= MAX_WAITING) {
      this.abandoned += 1;
      return;
    }
    this.#waiting.push(cluster);
    if (this.#cluster === undefined) this.#begin(nowUs);
  }

  /** Bytes to send in the step that is due now; 0: none is. A probe that is too late is given up. */
  due(nowUs: number): number {
    if (!Number.isNaN(this.#startedUs) && nowUs - this.nextUs > MAX_LATE_US) {
      this.abandoned += 1;
      this.#begin(nowUs);
    }
    const cluster = this.#cluster;
    if (cluster === undefined || nowUs < this.nextUs) return 0;
    return Math.max(1, Math.ceil((cluster.bitsPerSecond * STEP_US) / 8e6));
  }

  /** A packet of the probe left. Returns whether the probe goes on. */
  sent(bytes: number, nowUs: number): boolean {
    const cluster = this.#cluster;
    if (cluster === undefined) return false;
    if (Number.isNaN(this.#startedUs)) this.#startedUs = nowUs;
    this.#sentBytes += bytes;
    this.#sentPackets += 1;
    this.nextUs = this.#startedUs + (this.#sentBytes * 8e6) / cluster.bitsPerSecond;
    if (this.#sentBytes < cluster.minBytes || this.#sentPackets < cluster.minPackets) return true;
    this.done += 1;
    this.#begin(nowUs);
    return false;
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#begin(0);
  }

  #begin(nowUs: number): void {
    this.#cluster = this.#waiting.shift();
    this.#sentBytes = 0;
    this.#sentPackets = 0;
    this.#startedUs = Number.NaN;
    this.nextUs = this.#cluster === undefined ? Number.POSITIVE_INFINITY : nowUs;
  }
}
