/** One VP8 encoding as a browser sends it: frames of some packets, three temporal layers, its own random numbers. */
import type { RtpPacket } from '../../src/rtp/rtp-packet.ts';
import { mediaPacket, vp8Payload } from './codec-packets.ts';

/** libvpx' three layers; the first cycle after a key frame depends on layer 0 only. */
const PATTERN = [0, 2, 1, 2] as const;

export interface Vp8PublisherOptions {
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
  readonly pictureId?: number;
  readonly tl0PicIdx?: number;
  readonly temporalLayers?: boolean;
  readonly shortPictureIds?: boolean;
}

export class Vp8Publisher {
  sequenceNumber: number;
  timestamp: number;
  pictureId: number;
  tl0PicIdx: number;
  readonly #temporalLayers: boolean;
  readonly #shortPictureIds: boolean;
  #position = 0;

  constructor(options: Vp8PublisherOptions = {}) {
    this.sequenceNumber = options.sequenceNumber ?? 0;
    this.timestamp = options.timestamp ?? 0;
    this.pictureId = options.pictureId ?? 0;
    this.tl0PicIdx = options.tl0PicIdx ?? 0;
    this.#temporalLayers = options.temporalLayers ?? false;
    this.#shortPictureIds = options.shortPictureIds ?? false;
  }

  /** The next frame's packets; 3000 ticks after the one before. */
  frame(packets = 1, keyFrame = false): RtpPacket[] {
    if (keyFrame) this.#position = 0;
    const cycle = this.#position % 8;
    const temporalLayer = this.#temporalLayers ? PATTERN[cycle % 4]! : 0;
    if (temporalLayer === 0) this.tl0PicIdx = (this.tl0PicIdx + 1) & 0xff;
    const result = Array.from({ length: packets }, (_, index) => {
      const packet = mediaPacket({
        sequenceNumber: this.sequenceNumber,
        timestamp: this.timestamp,
        marker: index === packets - 1,
        payload: vp8Payload({
          start: index === 0,
          keyFrame,
          pictureId: this.pictureId,
          shortPictureId: this.#shortPictureIds,
          tl0PicIdx: this.tl0PicIdx,
          temporalLayer,
          sync: temporalLayer > 0 && cycle < 3,
          fill: index,
        }),
      });
      this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
      return packet;
    });
    this.pictureId = (this.pictureId + 1) & (this.#shortPictureIds ? 0x7f : 0x7fff);
    this.timestamp = (this.timestamp + 3000) >>> 0;
    this.#position += 1;
    return result;
  }

  /** A packet of padding alone, as browsers send to probe. */
  padding(): RtpPacket {
    const packet = mediaPacket({
      sequenceNumber: this.sequenceNumber,
      timestamp: this.timestamp,
      payload: Buffer.alloc(0),
    });
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    return packet;
  }
}
