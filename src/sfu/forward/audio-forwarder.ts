import type { RtpPacket } from '../../rtp/rtp-packet.ts';
import { type ForwardDecision, NOTHING_TO_REPLAY } from './forward-decision.ts';
import { Renumbering } from './renumbering.ts';
import { RESTARTED, SEQUENCE_WINDOW, SourceTracker, STRAY } from './source-tracker.ts';
import { Timeline } from './timeline.ts';

export interface AudioForwarderOptions {
  /** Hz. */
  readonly clockRate: number;
  /** The first sequence number, 16 bits. */
  readonly sequenceNumber: number;
  /** Added to the first source's timestamps, 32 bits. */
  readonly timestampOffset: number;
}

/**
 * One audio subscription: every packet passes, renumbered so that pauses and restarts of the source leave no break.
 * The first packet after a pause bears the marker bit, as the start of a talkspurt (RFC 3551 §4.1).
 */
export class AudioForwarder {
  readonly #sources = new SourceTracker(1);
  readonly #timeline: Timeline;
  readonly #sequence = new Renumbering(SEQUENCE_WINDOW, 16);
  #timestampOffset = 0;
  #paused = false;
  /** A segment is under way: `#sequence` holds numbers of this source. */
  #open = false;

  constructor(options: AudioForwarderOptions) {
    this.#timeline = new Timeline(options.clockRate, 1, options.timestampOffset);
    this.#sequence.start(0, options.sequenceNumber);
  }

  /** While paused nothing passes. */
  setPaused(paused: boolean): void {
    if (paused) this.#open = false;
    this.#paused = paused;
  }

  /** What is added to the source's timestamps, for translating its sender reports; 32 bits. */
  get timestampOffset(): number {
    return this.#timestampOffset;
  }

  /** See Forwarder.setClockMapping. */
  setClockMapping(timestampAtOrigin: number): void {
    this.#timeline.setClockMapping(0, timestampAtOrigin);
  }

  /** The source begins anew with numbers unlike before. */
  restart(): void {
    this.#sources.forget(0);
    this.#endSource();
  }

  /** Decides about one packet, each offered once, as `Forwarder.forward` does; fills `out` if it returns true. */
  forward(packet: RtpPacket, sequence: number, nowUs: number, out: ForwardDecision): boolean {
    out.layerChanged = false;
    out.replayThrough = NOTHING_TO_REPLAY;
    const standing = this.#sources.place(0, sequence, nowUs);
    if (standing === STRAY || this.#paused) return false;
    if (standing === RESTARTED) this.#endSource();
    const begins = !this.#open;
    if (begins) {
      if (packet.payloadLength === 0 || sequence < this.#sources.highest(0)) return false;
      this.#timestampOffset = this.#timeline.begin(0, packet.timestamp, nowUs);
      this.#sequence.start(sequence, this.#sequence.next);
      this.#open = true;
    }
    const late = sequence <= this.#sequence.highest;
    const keep = packet.payloadLength > 0;
    const sequenceNumber = late ? this.#sequence.of(sequence) : this.#sequence.place(sequence, keep, false);
    if (!keep || sequenceNumber < 0) return false;
    out.sequenceNumber = sequenceNumber;
    out.timestamp = (packet.timestamp + this.#timestampOffset) >>> 0;
    out.marker = packet.marker || begins;
    out.pictureId = -1;
    out.tl0PicIdx = -1;
    this.#timeline.passed(out.timestamp, nowUs);
    return true;
  }

  #endSource(): void {
    this.#timeline.forget(0);
    this.#open = false;
  }
}
