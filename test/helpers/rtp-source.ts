/** Makes RTP packets as a browser would: VP8 pictures with picture ids, or Opus; with mid, rid and transport-cc. */
import { EXTENSION_IDS } from './router-fixture.ts';

export interface RtpSourceOptions {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly mid?: string;
  readonly rid?: string;
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
  /** Pixels of a key frame's header. */
  readonly width?: number;
  readonly height?: number;
}

export interface PacketFields {
  readonly marker?: boolean;
  readonly transportCc?: number;
  readonly audioLevel?: number;
}

export class RtpSource {
  readonly options: RtpSourceOptions;
  sequenceNumber: number;
  timestamp: number;
  #pictureId = 0x7ffe;
  #tl0PicIdx = 254;

  constructor(options: RtpSourceOptions) {
    this.options = options;
    this.sequenceNumber = options.sequenceNumber ?? 65_530;
    this.timestamp = options.timestamp ?? 0xffff_0000;
  }

  /** One packet with this payload, at the current timestamp; the sequence number goes on. */
  packet(payload: Buffer, fields: PacketFields = {}): Buffer {
    const { mid, rid } = this.options;
    const elements: Buffer[] = [];
    const add = (id: number, data: Buffer): void => {
      elements.push(Buffer.from([(id << 4) | (data.length - 1)]), data);
    };
    if (mid !== undefined) add(EXTENSION_IDS.mid, Buffer.from(mid));
    if (rid !== undefined) add(EXTENSION_IDS.rid, Buffer.from(rid));
    if (fields.transportCc !== undefined) {
      add(EXTENSION_IDS.transportCc, Buffer.from([fields.transportCc >> 8, fields.transportCc & 0xff]));
    }
    if (fields.audioLevel !== undefined) add(EXTENSION_IDS.audioLevel, Buffer.from([fields.audioLevel]));
    const block = Buffer.concat(elements);
    const padded = Buffer.alloc(Math.ceil(block.length / 4) * 4);
    block.copy(padded);
    const head = Buffer.alloc(16);
    head[0] = 0x90;
    head[1] = (fields.marker === true ? 0x80 : 0) | this.options.payloadType;
    head.writeUInt16BE(this.sequenceNumber, 2);
    head.writeUInt32BE(this.timestamp, 4);
    head.writeUInt32BE(this.options.ssrc, 8);
    head.writeUInt16BE(0xbede, 12);
    head.writeUInt16BE(padded.length / 4, 14);
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    return Buffer.concat([head, padded, payload]);
  }

  /**
   * The packets of one VP8 picture (RFC 7741), `count` of them with `bytes` each, and moves media time on by `ticks`. `temporalLayer`
   * above 0 makes it a picture nothing in layer 0 depends on, with the layer sync bit.
   */
  vp8(
    count: number,
    options: {
      keyFrame?: boolean;
      temporalLayer?: number;
      ticks?: number;
      transportCc?: number;
      bytes?: number;
    } = {},
  ): Buffer[] {
    const { keyFrame = false, temporalLayer = 0, ticks = 3000, bytes = 100 } = options;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    if (temporalLayer === 0) this.#tl0PicIdx = (this.#tl0PicIdx + 1) & 0xff;
    const packets: Buffer[] = [];
    for (let index = 0; index < count; index += 1) {
      const descriptor = Buffer.from([
        0x80 | (temporalLayer > 0 ? 0x20 : 0) | (index === 0 ? 0x10 : 0),
        0xe0,
        0x80 | (this.#pictureId >> 8),
        this.#pictureId & 0xff,
        this.#tl0PicIdx,
        (temporalLayer << 6) | (temporalLayer > 0 ? 0x20 : 0),
      ]);
      const body = Buffer.alloc(bytes, index + 1);
      if (index === 0) {
        body[0] = keyFrame ? 0x10 : 0x11;
        if (keyFrame) {
          Buffer.from([0x9d, 0x01, 0x2a]).copy(body, 3);
          body.writeUInt16LE(this.options.width ?? 640, 6);
          body.writeUInt16LE(this.options.height ?? 360, 8);
        }
      }
      const transportCc =
        options.transportCc === undefined ? undefined : (options.transportCc + index) & 0xffff;
      packets.push(
        this.packet(Buffer.concat([descriptor, body]), {
          marker: index === count - 1,
          ...(transportCc === undefined ? {} : { transportCc }),
        }),
      );
    }
    this.timestamp = (this.timestamp + ticks) >>> 0;
    return packets;
  }

  /** One Opus packet of 20 ms. */
  opus(fields: PacketFields = {}): Buffer {
    const packet = this.packet(Buffer.concat([Buffer.from([0x78]), Buffer.alloc(79, 0x55)]), fields);
    this.timestamp = (this.timestamp + 960) >>> 0;
    return packet;
  }
}
