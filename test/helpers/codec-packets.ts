/** Payloads of each codec, made by hand as small as they can be, and RTP packets around them. */
import { parseRtpPacket, type RtpPacket } from '../../src/rtp/rtp-packet.ts';

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

export interface MediaPacket {
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
  readonly marker?: boolean;
  readonly payload: Buffer;
  /** Put before the payload in one element of id 1. */
  readonly descriptor?: Buffer;
}

export function mediaPacket(options: MediaPacket): RtpPacket {
  const { sequenceNumber = 0, timestamp = 0, marker = false, payload, descriptor } = options;
  const header = Buffer.alloc(12);
  header[0] = descriptor === undefined ? 0x80 : 0x90;
  header[1] = (marker ? 0x80 : 0) | 96;
  header.writeUInt16BE(sequenceNumber & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(0x1234, 8);
  if (descriptor === undefined) return parseRtpPacket(Buffer.concat([header, payload]))!;
  const words = Math.ceil((descriptor.length + 2) / 4);
  const block = Buffer.alloc(4 + words * 4);
  block.writeUInt16BE(0x1000, 0);
  block.writeUInt16BE(words, 2);
  block[4] = 1;
  block[5] = descriptor.length;
  descriptor.copy(block, 6);
  return parseRtpPacket(Buffer.concat([header, block, payload]))!;
}

/** Where `mediaPacket` puts the descriptor. */
export const DESCRIPTOR_OFFSET = 12 + 6;

export interface Vp8Fields {
  readonly start?: boolean;
  readonly keyFrame?: boolean;
  readonly pictureId?: number;
  readonly shortPictureId?: boolean;
  readonly tl0PicIdx?: number;
  readonly temporalLayer?: number;
  readonly sync?: boolean;
  /** Fills the payload, to tell packets apart. */
  readonly fill?: number;
}

export function vp8Payload(fields: Vp8Fields): Buffer {
  const { start = true, keyFrame = false, pictureId, tl0PicIdx, temporalLayer, fill = 0 } = fields;
  const bytes = [
    0x80 | (start ? 0x10 : 0),
    (pictureId === undefined ? 0 : 0x80) |
      (tl0PicIdx === undefined ? 0 : 0x40) |
      (temporalLayer === undefined ? 0 : 0x20),
  ];
  if (pictureId !== undefined) {
    if (fields.shortPictureId === true) bytes.push(pictureId & 0x7f);
    else bytes.push(0x80 | (pictureId >> 8), pictureId & 0xff);
  }
  if (tl0PicIdx !== undefined) bytes.push(tl0PicIdx);
  if (temporalLayer !== undefined) bytes.push((temporalLayer << 6) | (fields.sync === true ? 0x20 : 0));
  if (start && keyFrame) bytes.push(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01);
  else bytes.push(0x11, fill, fill);
  return Buffer.from(bytes);
}

export interface Vp9Fields {
  readonly start?: boolean;
  readonly end?: boolean;
  /** P: depends on earlier pictures. */
  readonly predicted?: boolean;
  readonly pictureId?: number;
  readonly spatialLayer?: number;
  readonly temporalLayer?: number;
  readonly switchingUp?: boolean;
  readonly interLayer?: boolean;
  readonly notUsedForUpper?: boolean;
  /** Absent: flexible mode. */
  readonly tl0PicIdx?: number;
  /** Layers told in a scalability structure, each 320 x 180 times 2 to its index. */
  readonly structureLayers?: number;
  readonly fill?: number;
}

export function vp9Payload(fields: Vp9Fields): Buffer {
  const { start = true, end = true, predicted = true, pictureId, tl0PicIdx, structureLayers } = fields;
  const flexible = tl0PicIdx === undefined;
  const bytes = [
    (pictureId === undefined ? 0 : 0x80) |
      (predicted ? 0x40 : 0) |
      0x20 |
      (flexible ? 0x10 : 0) |
      (start ? 0x08 : 0) |
      (end ? 0x04 : 0) |
      (structureLayers === undefined ? 0 : 0x02) |
      (fields.notUsedForUpper === true ? 0x01 : 0),
  ];
  if (pictureId !== undefined) bytes.push(0x80 | (pictureId >> 8), pictureId & 0xff);
  bytes.push(
    ((fields.temporalLayer ?? 0) << 5) |
      (fields.switchingUp === true ? 0x10 : 0) |
      ((fields.spatialLayer ?? 0) << 1) |
      (fields.interLayer === true ? 0x01 : 0),
  );
  if (tl0PicIdx !== undefined) bytes.push(tl0PicIdx);
  if (predicted && flexible) bytes.push(1 << 1);
  if (structureLayers !== undefined) {
    bytes.push(((structureLayers - 1) << 5) | 0x10);
    for (let layer = 0; layer < structureLayers; layer += 1) {
      const width = 320 << layer;
      const height = 180 << layer;
      bytes.push(width >> 8, width & 0xff, height >> 8, height & 0xff);
    }
  }
  bytes.push(fields.fill ?? 0, 0);
  return Buffer.from(bytes);
}
