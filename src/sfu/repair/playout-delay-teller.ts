import { diff16 } from '../../base/serial-number.ts';
import type { PlayoutDelay } from './playout-delay.ts';

/**
 * Whether a packet of one stream is to bear the playout delay: while there is one, each does, as libwebrtc heeds only that
 * of a frame's first packet, and that one may be the lost one; that there is none any more is told until a packet that
 * bore it is known to have arrived, and by key frames, as a receiver may begin with them.
 */
export class PlayoutDelayTeller {
  /** The version told last, and acknowledged. */
  #toldVersion = 0;
  #knownVersion = 0;
  /** First packet, 16 bits, that bore `#toldVersion`. */
  #sinceNumber = 0;

  /** The extension's value for the packet `sequenceNumber`, -1: none. */
  valueFor(delay: PlayoutDelay, sequenceNumber: number, isKeyFrame: boolean): number {
    const { version } = delay;
    if (version === 0) return -1;
    if (delay.minMs === 0 && version === this.#knownVersion && !isKeyFrame) return -1;
    if (version !== this.#toldVersion) {
      this.#toldVersion = version;
      this.#sinceNumber = sequenceNumber;
    }
    return delay.value;
  }

  /** `sequenceNumber` arrived. */
  acknowledged(sequenceNumber: number): void {
    if (this.#knownVersion !== this.#toldVersion && diff16(sequenceNumber, this.#sinceNumber) >= 0)
      this.#knownVersion = this.#toldVersion;
  }
}
