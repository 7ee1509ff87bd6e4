import { add32, diff32 } from '../../base/serial-number.ts';
import type { PublisherTimeline } from './publisher-timeline.ts';

/**
 * A publisher that sends no sender report for this long is taken at its packets' arrival: good to the difference in
 * encoding and pacing time between its streams. Until then subscribers get no report: better none than a wrong one.
 */
const FALLBACK_AFTER_US = 3_000_000;
/** The earliest arrival, against media time, is looked for anew this often, so that drift is followed. */
const FALLBACK_WINDOW_US = 10_000_000;
/** A sender report that jumps further than this from what the ones before say is the sender's new timestamp base. */
const SAME_BASE_US = 1_000_000;

/**
 * Media time of one incoming SSRC ↔ the server's time, for the SRs of its subscribers and for lining up the timestamps
 * of simulcast encodings. Anchored at the last sender report, already translated by the publisher's one timeline, and
 * extrapolated at the nominal clock rate: clock drift of 100 ppm is 0.5 ms over the 5 s between reports. Wraps of the
 * RTP timestamp need no care, as only distances from the anchor count.
 *
 * Server time is the monotonic µs of `nowUs`; whoever writes an SR adds the wall clock's offset.
 * @see RFC 3550 §6.4.1
 */
export class ReportClock {
  readonly #clockRate: number;
  readonly #timeline: PublisherTimeline;
  #anchorUs = 0;
  #anchorTimestamp = 0;
  #state: 'none' | 'packets' | 'reports' = 'none';
  #firstPacketUs = Number.NaN;
  #windowUs = 0;
  #earlyUs = 0;
  #earlyTimestamp = 0;

  /** Times the sender's timestamps were seen to start from another base. */
  jumps = 0;

  /** `clockRate` in Hz; `timeline` is shared by all streams of the publisher. */
  constructor(clockRate: number, timeline: PublisherTimeline) {
    this.#clockRate = clockRate;
    this.#timeline = timeline;
  }

  /** Whether a sender report was seen, that is, whether the mapping is the publisher's own word. */
  get isReported(): boolean {
    return this.#state === 'reports';
  }

  /** Another SSRC took this one's place: its timestamps have a base of their own, which nothing is known of yet. */
  restart(): void {
    this.#state = 'none';
    this.#firstPacketUs = Number.NaN;
  }

  /** Takes in the publisher's SR about this SSRC: its NTP time in µs since 1970, and its RTP timestamp. */
  receiveSenderReport(publisherUnixUs: number, timestamp: number, nowUs: number): void {
    this.#timeline.receiveSenderReport(publisherUnixUs, nowUs);
    const serverUs = this.#timeline.serverUs(publisherUnixUs)!;
    const expectedUs = this.#state === 'reports' ? this.timeOf(timestamp)! : serverUs;
    if (Math.abs(expectedUs - serverUs) > SAME_BASE_US) this.jumps += 1;
    this.#state = 'reports';
    this.#anchorUs = serverUs;
    this.#anchorTimestamp = timestamp >>> 0;
  }

  /** Takes in a packet's timestamp, for publishers that send no SR. Retransmissions must not come here. */
  receivePacket(timestamp: number, nowUs: number): void {
    if (this.#state === 'reports') return;
    if (Number.isNaN(this.#firstPacketUs)) {
      this.#firstPacketUs = nowUs;
      this.#windowUs = nowUs;
      this.#earlyUs = nowUs;
      this.#earlyTimestamp = timestamp;
    }
    const mediaUs = (diff32(timestamp, this.#earlyTimestamp) * 1e6) / this.#clockRate;
    const newWindow = nowUs - this.#windowUs > FALLBACK_WINDOW_US;
    if (newWindow || nowUs - this.#earlyUs <= mediaUs) {
      this.#earlyUs = nowUs;
      this.#earlyTimestamp = timestamp;
      if (newWindow) this.#windowUs = nowUs;
      if (this.#state === 'packets') this.#anchorAtEarliest();
    }
    if (this.#state === 'none' && nowUs - this.#firstPacketUs >= FALLBACK_AFTER_US) {
      this.#state = 'packets';
      this.#anchorAtEarliest();
    }
  }

  /** The RTP timestamp that belongs to server time `serverUs`; undefined while nothing is known. */
  timestampAt(serverUs: number): number | undefined {
    if (this.#state === 'none') return undefined;
    return add32(this.#anchorTimestamp, Math.round(((serverUs - this.#anchorUs) * this.#clockRate) / 1e6));
  }

  /** The server time of an RTP timestamp, within half a wrap of the anchor; undefined while nothing is known. */
  timeOf(timestamp: number): number | undefined {
    if (this.#state === 'none') return undefined;
    return this.#anchorUs + (diff32(timestamp, this.#anchorTimestamp) * 1e6) / this.#clockRate;
  }

  #anchorAtEarliest(): void {
    this.#anchorUs = this.#earlyUs;
    this.#anchorTimestamp = this.#earlyTimestamp >>> 0;
  }
}
