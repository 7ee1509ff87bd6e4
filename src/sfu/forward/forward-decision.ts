/** Below every extended sequence number. */
export const NOTHING_TO_REPLAY = Number.NEGATIVE_INFINITY;

/**
 * What becomes of a forwarded packet, in the subscriber's numbering. Filled in place, used again for every packet. The
 * first five are all it takes to write the packet once more from the stored original.
 */
export class ForwardDecision {
  /** 16 bits. */
  sequenceNumber = 0;
  /** 32 bits, unsigned. */
  timestamp = 0;
  marker = false;
  /**
   * VP8 and VP9: 0..32767, or 0..127 where the publisher's is short. Where the
   * dependency descriptor is used (`usesDependencyDescriptor`): its frame_number, for `writeFrameNumber`, 0..65535. -1: the packet has none.
   */
  pictureId = -1;
  /** 0..255, -1: the packet has none. */
  tl0PicIdx = -1;
  /** With this packet the first whole picture of another layer than before has been forwarded. */
  layerChanged = false;
  /**
   * Forwarding has begun with a packet that came after some of its successors, which were turned away. Those, up to this
   * extended sequence number, are to be offered again, in order, from the store. -Infinity: nothing to do. (Extended
   * numbers may be below zero.)
   */
  replayThrough = NOTHING_TO_REPLAY;
}
