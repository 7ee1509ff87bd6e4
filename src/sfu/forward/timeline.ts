import { add32, diff32 } from '../../base/serial-number.ts';

/** A mapped timestamp this far from where the arrival puts it is not believed: a sender's clock was set or restarted. */
const MAX_DISAGREEMENT_SECONDS = 3;
/** Two frames are at least so far apart after a switch. */
const MIN_STEP_SECONDS = 0.001;
/** Longest step forward, so that a receiver never takes it for one back. */
const MAX_STEP_TICKS = 2 ** 30;

/**
 * The subscriber's one line of RTP timestamps over sources that each have a random offset of their own. Within one
 * source the publisher's steps are kept exactly; where one source follows another, the step is taken from the sender
 * reports' common clock if it is known for both, else from the time between the arrivals. Always forward.
 * @see RFC 3550 §5.1 (random offsets) and §6.4.1 (the NTP/RTP pair)
 */
export class Timeline {
  readonly #clockRate: number;
  /** By encoding: RTP timestamp at the common clock's origin; NaN: not told. */
  readonly #mappings: Float64Array;
  /** Our timestamp at the common clock's origin; NaN: not known yet. */
  #reference = Number.NaN;
  #started = false;
  /** -1: the source of the last frame is gone. */
  #encoding = -1;
  #offset: number;
  #last = 0;
  #lastUs = 0;

  /** `offset`: added to the first source's timestamps, 32 bits. */
  constructor(clockRate: number, encodings: number, offset: number) {
    this.#clockRate = clockRate;
    this.#mappings = new Float64Array(encodings).fill(Number.NaN);
    this.#offset = offset >>> 0;
  }

  setClockMapping(encoding: number, timestampAtOrigin: number): void {
    // Clocks drift, and the source being forwarded takes the subscriber's line with it.
    const moved = encoding === this.#encoding ? diff32(timestampAtOrigin, this.#mappings[encoding]!) : 0;
    if (!Number.isNaN(this.#mappings[encoding])) this.#reference += moved;
    this.#mappings[encoding] = timestampAtOrigin >>> 0;
  }

  /** The source of this encoding began anew: its offset and mapping mean nothing any more. */
  forget(encoding: number): void {
    if (this.#encoding === encoding) {
      // The reference is made of both; once made it outlives them.
      this.#takeReference();
      this.#encoding = -1;
    }
    this.#mappings[encoding] = Number.NaN;
  }

  /** Begins (or goes on) with a source at its frame of `timestamp`; returns what to add to its timestamps. */
  begin(encoding: number, timestamp: number, nowUs: number): number {
    if (this.#started) {
      const arrival = add32(this.#last, this.#ticksSinceLast(nowUs));
      let placed = this.#mapped(encoding, timestamp);
      if (Number.isNaN(placed)) {
        placed = arrival;
      } else if (Math.abs(diff32(placed, arrival)) > MAX_DISAGREEMENT_SECONDS * this.#clockRate) {
        placed = arrival;
        this.#reference = Number.NaN;
      }
      const earliest = add32(this.#last, Math.ceil(MIN_STEP_SECONDS * this.#clockRate));
      if (diff32(placed, earliest) < 0) placed = earliest;
      this.#offset = (placed - timestamp) >>> 0;
    }
    this.#started = true;
    this.#encoding = encoding;
    this.#last = add32(timestamp, this.#offset);
    this.#lastUs = nowUs;
    return this.#offset;
  }

  /** A packet with this timestamp (ours) was forwarded or left out; what comes before it may still come late. */
  passed(timestamp: number, nowUs: number): void {
    if (diff32(timestamp, this.#last) <= 0) return;
    this.#last = timestamp;
    this.#lastUs = nowUs;
  }

  #ticksSinceLast(nowUs: number): number {
    const ticks = Math.round(((nowUs - this.#lastUs) * this.#clockRate) / 1e6);
    return Math.max(0, Math.min(ticks, MAX_STEP_TICKS));
  }

  /** Where the common clock, or the source's own going on, puts the frame; NaN if neither can tell. */
  #mapped(encoding: number, timestamp: number): number {
    this.#takeReference();
    const origin = this.#mappings[encoding]!;
    const mapped = timestamp - origin + this.#reference;
    if (!Number.isNaN(mapped)) return mapped >>> 0;
    return encoding === this.#encoding ? add32(timestamp, this.#offset) : Number.NaN;
  }

  #takeReference(): void {
    if (this.#encoding < 0 || !Number.isNaN(this.#reference)) return;
    this.#reference = this.#mappings[this.#encoding]! + this.#offset;
  }
}
