import { diff16, diff32 } from '../../base/serial-number.ts';
import type { ReportBlock } from '../../rtp/rtcp/report-block.ts';
import { ntpMiddle32 } from './ntp-time.ts';

/** Returned for a packet from so far back that it is either very late or the start of a new numbering: do not use it. */
export const HELD_BACK = -1;

/**
 * RFC 3550 appendix A.1: a larger gap forward is no loss but a new start, as after an outage. It needs no second packet to
 * prove it: SRTP proved the first one, which may be that of a key frame.
 */
const MAX_DROPOUT = 3000;
/**
 * How far back a packet may be and still be a late one. Larger than the 100 of RFC 3550 A.1, for a retransmission sent
 * as it was (no RTX) is as late as the retransmission history of the sender: a second at about 1,000 packets/s.
 */
const MAX_MISORDER = 1000;
/** How close behind a held-back packet the next must follow to confirm a restart; more than 1, as packets get lost. */
const CONFIRM_WITHIN = 16;
/** Packets remembered to tell duplicates, at least MAX_MISORDER; a power of two. */
const SEEN_WINDOW = 2048;
/** As libwebrtc's StreamStatistician: a transit change beyond this (450,000 ticks at 90 kHz) is a clock jump. */
const MAX_JITTER_SAMPLE_SECONDS = 5;

export interface ReceiveStatisticsOptions {
  /** Hz. */
  readonly clockRate: number;
  /** Report loss as it is after retransmission (default: before it, as RFC 3550 counts). */
  readonly reportAfterRepair?: boolean;
}

/**
 * The receive side's bookkeeping of one SSRC: extended sequence numbers, loss before and after repair, jitter, and the
 * numbers of its report block. There is no probation: SRTP has already proved the packets genuine.
 *
 * Extended numbers keep `extended & 0xffff === sequenceNumber`, start in cycle 1 (so that reordered early packets stay
 * positive) and never fall back: a sender that restarts its numbering is placed in a later cycle.
 * @see RFC 3550 §6.4.1, appendix A.1, A.3, A.8
 */
export class ReceiveStatistics {
  readonly #clockRate: number;
  readonly #reportAfterRepair: boolean;
  readonly #seen = new Float64Array(SEEN_WINDOW).fill(-1);
  #started = false;
  #highest = 0;
  #base = 0;
  #expectedBeforeRestart = 0;
  #suspect = -1;
  #restartExpected = false;

  /** Distinct packets that came as first sent, or as a plain copy nobody told us is a repair. */
  packets = 0;
  /** Payload bytes of those. */
  bytes = 0;
  duplicates = 0;
  /** Distinct packets that came by retransmission only. */
  repaired = 0;
  /** Packets not used because they might have been a restart. */
  heldBack = 0;
  /** Times the sender's numbering was seen to start afresh; whoever keeps extended numbers starts afresh too. */
  restarts = 0;

  #jitter = 0;
  #lastTimestamp = 0;
  #lastArrivalUs = Number.NaN;

  #expectedPrior = 0;
  #lostPrior = 0;
  #lastSenderReport = 0;
  #lastSenderReportUs = 0;

  constructor(options: ReceiveStatisticsOptions) {
    this.#clockRate = options.clockRate;
    this.#reportAfterRepair = options.reportAfterRepair ?? false;
  }

  /**
   * Counts a packet of this SSRC, padding-only ones included, and returns its extended sequence number, or HELD_BACK.
   * `timestamp` in RTP units, `payloadBytes` without header and padding.
   */
  receive(sequenceNumber: number, timestamp: number, payloadBytes: number, nowUs: number): number {
    const extended = this.#extend(sequenceNumber);
    if (extended === HELD_BACK) return HELD_BACK;
    const inOrder = extended === this.#highest;
    if (!this.#markSeen(extended)) {
      this.duplicates += 1;
      return extended;
    }
    this.packets += 1;
    this.bytes += payloadBytes;
    if (inOrder) this.#updateJitter(timestamp, nowUs);
    return extended;
  }

  /**
   * Counts the original that an RTX packet carried (RFC 4588) and returns its extended sequence number, or HELD_BACK if
   * it belongs to no known part of the stream. It may be newer than all before: a probe can repair the last packet.
   */
  receiveRepaired(sequenceNumber: number): number {
    if (!this.#started) return HELD_BACK;
    const distance = diff16(sequenceNumber, this.#highest & 0xffff);
    const extended = this.#highest + distance;
    if (distance > MAX_DROPOUT || distance <= -MAX_MISORDER || extended < this.#base) {
      this.heldBack += 1;
      return HELD_BACK;
    }
    if (distance > 0) this.#highest = extended;
    if (this.#markSeen(extended)) this.repaired += 1;
    else this.duplicates += 1;
    return extended;
  }

  /** The packet just counted by `receive` was the answer to a NACK, sent again as it was for lack of RTX. */
  noteRepair(): void {
    this.packets -= 1;
    this.repaired += 1;
  }

  /** The sender changed its SSRC: its next packet starts a new numbering, wherever that is. */
  expectRestart(): void {
    this.#restartExpected = this.#started;
  }

  /** A packet of this number has come, by whichever way; false also for one too old to be remembered. */
  has(extended: number): boolean {
    return this.#seen[extended & (SEEN_WINDOW - 1)] === extended;
  }

  /** Notes the publisher's SR for LSR and DLSR. The two halves of its NTP time as on the wire. */
  receiveSenderReport(ntpSeconds: number, ntpFraction: number, nowUs: number): void {
    this.#lastSenderReport = ntpMiddle32(ntpSeconds, ntpFraction);
    this.#lastSenderReportUs = nowUs;
  }

  /** The highest extended number so far; undefined before the first packet. */
  get highest(): number | undefined {
    return this.#started ? this.#highest : undefined;
  }

  /** How many packets there should have been up to the highest number. */
  get expected(): number {
    return this.#started ? this.#expectedBeforeRestart + this.#highest - this.#base + 1 : 0;
  }

  /** Lost on the way, whether repaired or not. */
  get lost(): number {
    return Math.max(0, this.expected - this.packets);
  }

  /** Still missing after retransmission; those whose repair is under way are among them. */
  get unrepaired(): number {
    return Math.max(0, this.expected - this.packets - this.repaired);
  }

  /** Interarrival jitter in seconds. */
  get jitterSeconds(): number {
    return this.#jitter / this.#clockRate;
  }

  /**
   * The report block about `ssrc` now; undefined before the first packet. Closes the interval that `fractionLost`
   * speaks of, so call it once per report sent. `pending`: packets still being repaired, not lost yet where loss is
   * reported after repair. `hiddenRttUs` is added to the delay since the last SR: by so much shorter the sender believes
   * the round trip to be.
   */
  report(ssrc: number, nowUs: number, { pending = 0, hiddenRttUs = 0 } = {}): ReportBlock | undefined {
    if (!this.#started) return undefined;
    const expected = this.expected;
    const lost = this.#reportAfterRepair ? Math.max(0, this.unrepaired - pending) : this.lost;
    const expectedInterval = expected - this.#expectedPrior;
    const lostInterval = lost - this.#lostPrior;
    this.#expectedPrior = expected;
    this.#lostPrior = lost;
    const fraction =
      expectedInterval > 0 ? Math.floor((Math.max(0, lostInterval) * 256) / expectedInterval) : 0;
    const sinceSenderReportUs = nowUs - this.#lastSenderReportUs + hiddenRttUs;
    return {
      ssrc,
      fractionLost: Math.min(255, fraction),
      cumulativeLost: Math.min(lost, 0x7f_ffff),
      extendedHighestSequence: (this.#highest - 0x1_0000) >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport:
        this.#lastSenderReport === 0 ? 0 : Math.min(0xffff_ffff, Math.floor(sinceSenderReportUs * 0.065536)),
    };
  }

  #extend(sequenceNumber: number): number {
    if (!this.#started) {
      this.#started = true;
      this.#highest = 0x1_0000 + sequenceNumber;
      this.#base = this.#highest;
      return this.#highest;
    }
    if (this.#restartExpected) return this.#restart(sequenceNumber);
    const distance = diff16(sequenceNumber, this.#highest & 0xffff);
    if (distance <= MAX_DROPOUT && distance > -MAX_MISORDER) {
      this.#suspect = -1;
      const extended = this.#highest + distance;
      if (distance > 0) this.#highest = extended;
      // Reordered before the very first: the stream began earlier than we thought.
      else if (extended < this.#base && this.restarts === 0) this.#base = extended;
      return extended;
    }
    if (distance > 0) return this.#restart(sequenceNumber);
    const follows = this.#suspect < 0 ? 0 : diff16(sequenceNumber, this.#suspect);
    if (follows < 1 || follows > CONFIRM_WITHIN) {
      this.#suspect = sequenceNumber;
      this.heldBack += 1;
      return HELD_BACK;
    }
    return this.#restart(sequenceNumber);
  }

  #restart(sequenceNumber: number): number {
    this.#restartExpected = false;
    this.#expectedBeforeRestart += this.#highest - this.#base + 1;
    this.#highest = this.#highest - (this.#highest & 0xffff) + 0x1_0000 + sequenceNumber;
    this.#base = this.#highest;
    this.#suspect = -1;
    this.#lastArrivalUs = Number.NaN;
    this.restarts += 1;
    return this.#highest;
  }

  #markSeen(extended: number): boolean {
    const slot = extended & (SEEN_WINDOW - 1);
    if (this.#seen[slot]! >= extended) return false;
    this.#seen[slot] = extended;
    return true;
  }

  /** Once per media time: the packets of one video frame are paced by the sender, which is not jitter. */
  #updateJitter(timestamp: number, nowUs: number): void {
    const ticks = diff32(timestamp, this.#lastTimestamp);
    if (ticks === 0 && !Number.isNaN(this.#lastArrivalUs)) return;
    if (!Number.isNaN(this.#lastArrivalUs)) {
      const change = Math.abs(((nowUs - this.#lastArrivalUs) * this.#clockRate) / 1e6 - ticks);
      if (change < MAX_JITTER_SAMPLE_SECONDS * this.#clockRate) this.#jitter += (change - this.#jitter) / 16;
    }
    this.#lastTimestamp = timestamp;
    this.#lastArrivalUs = nowUs;
  }
}
