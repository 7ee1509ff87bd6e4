import type { ExtensionReader } from './extension-reader.ts';
import type { ExtensionIds } from './header-extension.ts';
import { ONE_BYTE_PROFILE, RTP_FIXED_HEADER_LENGTH, TWO_BYTE_PROFILE } from './rtp-packet.ts';

/** The longest header `HeaderWriter` writes: fixed part, block header, and every element with a 255-byte descriptor. */
export const MAX_HEADER_LENGTH = 12 + 4 + (2 + 16) + (2 + 2) + (2 + 1) + (2 + 1) + (2 + 3) + (2 + 255) + 3;

/**
 * Writes the RTP header of one subscription: its own mid and a place for the transport-wide sequence number, then
 * those elements of the publisher's packet that mean something to the subscriber (audio level, video orientation,
 * playout delay, dependency descriptor), each under the subscriber's id. Nothing else of the publisher's header
 * extensions passes. RFC 8285; two-byte elements are used only where an id or a length needs them.
 */
export class HeaderWriter {
  /** Where in the last packet written the 16-bit transport-wide sequence number goes; 0: not negotiated. */
  transportCcOffset = 0;
  /** Where in the last packet written the dependency descriptor stands; 0: it has none. */
  dependencyDescriptorOffset = 0;
  /** The playout delay to tell: `min << 12 | max` in units of 10 ms; -1: what the publisher's packet says, if anything. */
  playoutDelay = -1;

  readonly #ids: ExtensionIds;
  readonly #mixed: boolean;
  readonly #mid: Buffer;
  #twoByte = false;

  /** `mid`: 1..16 bytes; longer ones are cut. `mixed`: two-byte elements are allowed (extmap-allow-mixed). */
  constructor(ids: ExtensionIds, mixed: boolean, mid: string) {
    this.#ids = ids;
    this.#mixed = mixed;
    this.#mid = Buffer.from(mid, 'utf8').subarray(0, 16);
  }

  /**
   * Writes the whole header at the start of `target` and returns where the payload goes. `source` and `from` are the
   * publisher's packet and where its elements stand (undefined: none are passed on).
   */
  write(
    target: Buffer,
    payloadType: number,
    marker: boolean,
    sequenceNumber: number,
    timestamp: number,
    ssrc: number,
    source: Buffer | undefined,
    from: ExtensionReader | undefined,
  ): number {
    target[0] = 0x80;
    target[1] = (marker ? 0x80 : 0) | payloadType;
    target[2] = sequenceNumber >> 8;
    target[3] = sequenceNumber & 0xff;
    target[4] = timestamp >>> 24;
    target[5] = timestamp >>> 16;
    target[6] = timestamp >>> 8;
    target[7] = timestamp;
    target[8] = ssrc >>> 24;
    target[9] = ssrc >>> 16;
    target[10] = ssrc >>> 8;
    target[11] = ssrc;
    const ids = this.#ids;
    const descriptor =
      source !== undefined && from !== undefined && from.dependencyDescriptorOffset !== 0
        ? from.dependencyDescriptorLength
        : 0;
    this.#twoByte = this.#mixed && (descriptor > 16 || this.#needsTwoByteIds());
    let at = RTP_FIXED_HEADER_LENGTH + 4;
    if (this.#mid.length > 0) at = this.#element(target, at, ids.mid, this.#mid, 0, this.#mid.length);
    this.transportCcOffset = 0;
    this.dependencyDescriptorOffset = 0;
    const beforeTransportCc = at;
    at = this.#head(target, at, ids.transportCc, 2);
    if (at !== beforeTransportCc) {
      this.transportCcOffset = at;
      target[at] = 0;
      target[at + 1] = 0;
      at += 2;
    }
    if (source !== undefined && from !== undefined) {
      if (from.audioLevelOffset !== 0)
        at = this.#element(target, at, ids.audioLevel, source, from.audioLevelOffset, 1);
      if (from.videoOrientationOffset !== 0) {
        at = this.#element(target, at, ids.videoOrientation, source, from.videoOrientationOffset, 1);
      }
      if (this.playoutDelay >= 0) {
        const before = at;
        at = this.#head(target, at, ids.playoutDelay, 3);
        if (at !== before) at = target.writeUIntBE(this.playoutDelay, at, 3);
      } else if (from.playoutDelayOffset !== 0) {
        at = this.#element(target, at, ids.playoutDelay, source, from.playoutDelayOffset, 3);
      }
      if (descriptor !== 0) {
        const before = at;
        at = this.#element(
          target,
          at,
          ids.dependencyDescriptor,
          source,
          from.dependencyDescriptorOffset,
          descriptor,
        );
        if (at !== before) this.dependencyDescriptorOffset = at - descriptor;
      }
    }
    if (at === RTP_FIXED_HEADER_LENGTH + 4) return RTP_FIXED_HEADER_LENGTH;
    while (at % 4 !== 0) {
      target[at] = 0;
      at += 1;
    }
    target[0] = 0x90;
    const profile = this.#twoByte ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE;
    const words = (at - RTP_FIXED_HEADER_LENGTH - 4) >> 2;
    target[12] = profile >> 8;
    target[13] = profile;
    target[14] = words >> 8;
    target[15] = words;
    return at;
  }

  #needsTwoByteIds(): boolean {
    const { mid, transportCc, audioLevel, videoOrientation, playoutDelay, dependencyDescriptor } = this.#ids;
    return (
      Math.max(
        mid ?? 0,
        transportCc ?? 0,
        audioLevel ?? 0,
        videoOrientation ?? 0,
        playoutDelay ?? 0,
        dependencyDescriptor ?? 0,
      ) > 14
    );
  }

  /** Writes an element's head; returns `at` unchanged if it cannot be sent: no id, or it does not fit the form. */
  #head(target: Buffer, at: number, id: number | undefined, length: number): number {
    if (id === undefined) return at;
    if (this.#twoByte) {
      target[at] = id;
      target[at + 1] = length;
      return at + 2;
    }
    if (id > 14 || length > 16) return at;
    target[at] = (id << 4) | (length - 1);
    return at + 1;
  }

  #element(
    target: Buffer,
    at: number,
    id: number | undefined,
    data: Buffer,
    offset: number,
    length: number,
  ): number {
    const start = this.#head(target, at, id, length);
    if (start === at) return at;
    for (let index = 0; index < length; index += 1) target[start + index] = data[offset + index]!;
    return start + length;
  }
}
