/** Packets sent within this are one group; so long a burst of a pacer is. @see draft-ietf-rmcat-gcc-02 §5.2 */
const GROUP_US = 5_000;
/** A group that arrives as one burst goes on for no longer than this. */
const MAX_BURST_US = 100_000;
/** So many groups in a row that arrived before the one before them: the receiver's clock was set back. */
const MAX_BACKWARDS = 3;
/** Or one packet that arrived so long before those of its own group. */
const MAX_SETBACK_US = 1_000_000;
/** Arrivals further apart than their sendings by this: the receiver's clock was set forward. */
const MAX_JUMP_US = 3_000_000;

interface Group {
  size: number;
  firstSentUs: number;
  lastSentUs: number;
  firstArrivedUs: number;
  lastArrivedUs: number;
}

function emptyGroup(): Group {
  return { size: 0, firstSentUs: 0, lastSentUs: 0, firstArrivedUs: 0, lastArrivedUs: 0 };
}

/**
 * Gathers packets into groups that left together and tells, of each two consecutive groups, how far apart they left and
 * arrived. Told arrivals in order of arrival. Packets sent before the present group (reordered) are passed over.
 * @see draft-ietf-rmcat-gcc-02 §5.2; libwebrtc goog_cc/inter_arrival_delta.cc
 */
export class InterArrival {
  #current = emptyGroup();
  #previous = emptyGroup();
  /** How many of the two hold packets. */
  #groups = 0;
  #backwards = 0;

  /** Of the last two complete groups, µs; valid after `add` returned true. */
  sendDeltaUs = 0;
  arrivalDeltaUs = 0;
  /** When the receiver's clock jumped and all began anew. */
  resets = 0;

  /** A packet of `size` bytes left and arrived. True: a group is complete, and the deltas are new. */
  add(sentUs: number, arrivedUs: number, size: number): boolean {
    const current = this.#current;
    if (this.#groups === 0) {
      this.#begin(current, sentUs, arrivedUs, size);
      this.#groups = 1;
      return false;
    }
    if (arrivedUs < current.firstArrivedUs - MAX_SETBACK_US) {
      this.#reset();
      return this.add(sentUs, arrivedUs, size);
    }
    if (sentUs < current.firstSentUs) return false;
    if (sentUs - current.firstSentUs <= GROUP_US || this.#isBurst(sentUs, arrivedUs)) {
      current.lastSentUs = Math.max(current.lastSentUs, sentUs);
      current.lastArrivedUs = Math.max(current.lastArrivedUs, arrivedUs);
      current.size += size;
      return false;
    }
    const complete = this.#groups === 2 && this.#measure();
    if (this.#groups === 0) {
      this.#begin(this.#current, sentUs, arrivedUs, size);
      this.#groups = 1;
      return false;
    }
    const next = this.#previous;
    this.#previous = current;
    this.#current = next;
    this.#begin(next, sentUs, arrivedUs, size);
    this.#groups = 2;
    return complete;
  }

  /** Puts the deltas in place; false: they mean nothing. */
  #measure(): boolean {
    const current = this.#current;
    const previous = this.#previous;
    const sendDeltaUs = current.lastSentUs - previous.lastSentUs;
    const arrivalDeltaUs = current.lastArrivedUs - previous.lastArrivedUs;
    if (arrivalDeltaUs - sendDeltaUs >= MAX_JUMP_US) {
      this.#reset();
      return false;
    }
    if (arrivalDeltaUs < 0) {
      this.#backwards += 1;
      if (this.#backwards >= MAX_BACKWARDS) this.#reset();
      return false;
    }
    this.#backwards = 0;
    this.sendDeltaUs = sendDeltaUs;
    this.arrivalDeltaUs = arrivalDeltaUs;
    return true;
  }

  /** Packets that a queue on the way let go at once: they arrived closer together than they left. */
  #isBurst(sentUs: number, arrivedUs: number): boolean {
    const current = this.#current;
    const arrivalDeltaUs = arrivedUs - current.lastArrivedUs;
    const sendDeltaUs = sentUs - current.lastSentUs;
    if (sendDeltaUs === 0) return true;
    return (
      arrivalDeltaUs - sendDeltaUs < 0 &&
      arrivalDeltaUs <= GROUP_US &&
      arrivedUs - current.firstArrivedUs < MAX_BURST_US
    );
  }

  #begin(group: Group, sentUs: number, arrivedUs: number, size: number): void {
    group.size = size;
    group.firstSentUs = sentUs;
    group.lastSentUs = sentUs;
    group.firstArrivedUs = arrivedUs;
    group.lastArrivedUs = arrivedUs;
  }

  #reset(): void {
    this.#groups = 0;
    this.#backwards = 0;
    this.resets += 1;
  }
}
