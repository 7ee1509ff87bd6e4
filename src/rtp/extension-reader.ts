import { type ExtensionIds, type ExtensionName, forEachExtension } from './header-extension.ts';
import type { RtpPacket } from './rtp-packet.ts';

const FIELD = {
  mid: 1,
  rid: 2,
  repairedRid: 3,
  transportCc: 4,
  absSendTime: 5,
  audioLevel: 6,
  videoOrientation: 7,
  playoutDelay: 8,
  dependencyDescriptor: 9,
} as const satisfies Record<ExtensionName, number>;

/**
 * Where one packet's header extensions stand, by name, read in one pass without allocation. One reader serves one
 * transport (one namespace of ids); its fields are about the packet of the last `read`. An offset of 0 means absent.
 */
export class ExtensionReader {
  midOffset = 0;
  midLength = 0;
  ridOffset = 0;
  ridLength = 0;
  repairedRidOffset = 0;
  repairedRidLength = 0;
  /** Transport-wide sequence number, 16 bits; -1 if absent. */
  transportSequenceNumber = -1;
  /** Three bytes: 6.18 fixed point seconds of the sender's clock. */
  absSendTimeOffset = 0;
  /** One byte, RFC 6464 §3. */
  audioLevelOffset = 0;
  /** One byte. */
  videoOrientationOffset = 0;
  /** Three bytes. */
  playoutDelayOffset = 0;
  dependencyDescriptorOffset = 0;
  dependencyDescriptorLength = 0;

  readonly #fieldOfId = new Uint8Array(256);
  #buffer: Buffer | undefined;

  constructor(ids: ExtensionIds) {
    this.setIds(ids);
  }

  /** Replaces the negotiated ids. Ids outside 1..255 are passed over. */
  setIds(ids: ExtensionIds): void {
    this.#fieldOfId.fill(0);
    for (const [name, id] of Object.entries(ids) as [ExtensionName, number][]) {
      if (id >= 1 && id <= 255) this.#fieldOfId[id] = FIELD[name];
    }
  }

  read(packet: RtpPacket): void {
    this.midOffset = 0;
    this.ridOffset = 0;
    this.repairedRidOffset = 0;
    this.transportSequenceNumber = -1;
    this.absSendTimeOffset = 0;
    this.audioLevelOffset = 0;
    this.videoOrientationOffset = 0;
    this.playoutDelayOffset = 0;
    this.dependencyDescriptorOffset = 0;
    if (packet.extensionLength === 0) return;
    this.#buffer = packet.buffer;
    forEachExtension(packet, ExtensionReader.#take, this);
    this.#buffer = undefined;
  }

  static #take(id: number, offset: number, length: number, reader: ExtensionReader): void {
    switch (reader.#fieldOfId[id]) {
      case FIELD.mid:
        reader.midOffset = offset;
        reader.midLength = length;
        break;
      case FIELD.rid:
        reader.ridOffset = offset;
        reader.ridLength = length;
        break;
      case FIELD.repairedRid:
        reader.repairedRidOffset = offset;
        reader.repairedRidLength = length;
        break;
      case FIELD.transportCc:
        if (length >= 2) reader.transportSequenceNumber = reader.#buffer!.readUInt16BE(offset);
        break;
      case FIELD.absSendTime:
        if (length >= 3) reader.absSendTimeOffset = offset;
        break;
      case FIELD.audioLevel:
        reader.audioLevelOffset = offset;
        break;
      case FIELD.videoOrientation:
        reader.videoOrientationOffset = offset;
        break;
      case FIELD.playoutDelay:
        if (length >= 3) reader.playoutDelayOffset = offset;
        break;
      case FIELD.dependencyDescriptor:
        reader.dependencyDescriptorOffset = offset;
        reader.dependencyDescriptorLength = length;
        break;
      default:
        break;
    }
  }
}
