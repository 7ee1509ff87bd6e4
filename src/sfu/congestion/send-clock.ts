import { Unwrapper } from '../../base/unwrapper.ts';

const VIDEO_CLOCK_RATE = 90_000;
/** abs-send-time counts 2^-18 s in 24 bits, so it wraps every 64 s. */
const ABS_SEND_TIME_UNIT_US = 1e6 / 0x4_0000;

/**
 * When a packet left its sender, by the sender's own clock: from abs-send-time, stamped as the packet leaves the pacer;
 * where the sender has none, from the RTP timestamps of one stream, audio if there is any, as audio is not paced.
 * @see webrtc.org/experiments/rtp-hdrext/abs-send-time
 */
export class SendClock {
  readonly #absolute = new Unwrapper(24);
  readonly #timestamps = new Unwrapper(32);
  /** Goes up when times are of another origin from now on. */
  origin = 0;
  #hasAbsolute = false;
  #ssrc = -1;
  #isAudio = false;

  /** µs on the sender's clock, whose origin is any. `absSendTime`: 24 bits. */
  fromAbsSendTime(absSendTime: number): number {
    if (!this.#hasAbsolute) {
      this.#hasAbsolute = true;
      this.origin += 1;
    }
    return this.#absolute.unwrap(absSendTime) * ABS_SEND_TIME_UNIT_US;
  }

  /**
   * The same from an RTP timestamp of a packet that is no retransmission; NaN where abs-send-time is there, and for a
   * stream other than the one listened to.
   */
  fromTimestamp(ssrc: number, timestamp: number, clockRate: number): number {
    if (this.#hasAbsolute) return Number.NaN;
    const isAudio = clockRate !== VIDEO_CLOCK_RATE;
    if (this.#ssrc === -1 || (isAudio && !this.#isAudio)) {
      this.#ssrc = ssrc;
      this.#isAudio = isAudio;
      this.#timestamps.reset();
      this.origin += 1;
    }
    return ssrc === this.#ssrc ? (this.#timestamps.unwrap(timestamp) * 1e6) / clockRate : Number.NaN;
  }
}
