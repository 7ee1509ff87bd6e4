/** RFC 3550 §6.2: the reduced minimum interval is 360 s divided by the session bandwidth in kbit/s … */
const REDUCED_MINIMUM_SECONDS_KBIT = 360;
/** … which on a fast session would be more reports than anybody needs: no oftener than this (our choice). */
const FLOOR_US = 250_000;

export interface ReportSchedulerOptions {
  /** The longest mean interval. 1 s for video and 5 s for audio are what libwebrtc uses. */
  readonly maxIntervalUs: number;
}

/** Longest mean intervals between two reports, as in libwebrtc's rtcp_sender.cc. */
export const MAX_REPORT_INTERVAL_US = { audio: 5_000_000, video: 1_000_000 } as const;

/**
 * When the next regular RTCP compound packet (SR or RR, and SDES) is due: at the reduced minimum interval for the
 * bandwidth, spread by a random factor so that peers do not fall into step. There are two members on a transport, so
 * neither timer reconsideration nor its compensation (RFC 3550 §6.3.3) applies. Feedback (NACK, PLI, transport-cc) does
 * not wait for it: RFC 4585 §3.3 immediate mode.
 * @see RFC 3550 §6.2, §6.3.1
 */
export class ReportScheduler {
  readonly #maxIntervalUs: number;
  #intervalUs: number;
  #nextUs = Number.POSITIVE_INFINITY;

  constructor(options: ReportSchedulerOptions) {
    this.#maxIntervalUs = options.maxIntervalUs;
    this.#intervalUs = options.maxIntervalUs;
  }

  /** The bandwidth of the media reported on; the interval follows at the next report. */
  set bitsPerSecond(bitsPerSecond: number) {
    const reducedUs = bitsPerSecond > 0 ? (REDUCED_MINIMUM_SECONDS_KBIT * 1e9) / bitsPerSecond : Infinity;
    this.#intervalUs = Math.min(this.#maxIntervalUs, Math.max(FLOOR_US, reducedUs));
  }

  /** Infinity until started. */
  get nextTimeoutUs(): number {
    return this.#nextUs;
  }

  /** Begins: the first report comes after half an interval (RFC 3550 §6.2). `random` in [0, 1). */
  start(nowUs: number, random: number): void {
    this.#nextUs = nowUs + this.#spread(random) / 2;
  }

  /** Asks for a report at once, because something in it changed that the peer should know: a new source, a new layer. */
  expedite(nowUs: number): void {
    this.#nextUs = Math.min(this.#nextUs, nowUs);
  }

  /** Whether a report is due; if so the next is set, so send this one. `random` in [0, 1). */
  due(nowUs: number, random: number): boolean {
    if (nowUs < this.#nextUs) return false;
    this.#nextUs = nowUs + this.#spread(random);
    return true;
  }

  stop(): void {
    this.#nextUs = Number.POSITIVE_INFINITY;
  }

  /** RFC 3550 §6.3.1: uniformly between 0.5 and 1.5 of the interval. */
  #spread(random: number): number {
    return this.#intervalUs * (0.5 + random);
  }
}
