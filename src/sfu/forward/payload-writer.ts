import type { ReadableCodec } from '../../rtp/codec/frame-info-reader.ts';
import { rewriteVp8Descriptor } from '../../rtp/codec/vp8.ts';
import { rewriteVp9Descriptor } from '../../rtp/codec/vp9.ts';
import type { RtpPacket } from '../../rtp/rtp-packet.ts';

/**
 * Copies the payload of `packet` (the publisher's) to `target` at `offset`, with the subscriber's picture id and
 * TL0PICIDX in its descriptor, whose length stays what it was. Negative ids leave what is there. Returns the bytes
 * written; `target` must have room for `packet.payloadLength`.
 */
export function writePayload(
  codec: ReadableCodec,
  packet: RtpPacket,
  pictureId: number,
  tl0PicIdx: number,
  target: Buffer,
  offset: number,
): number {
  const { payloadOffset, payloadLength } = packet;
  packet.buffer.copy(target, offset, payloadOffset, payloadOffset + payloadLength);
  if (codec === 'vp8') rewriteVp8Descriptor(target, offset, payloadLength, pictureId, tl0PicIdx);
  else if (codec === 'vp9') rewriteVp9Descriptor(target, offset, payloadLength, pictureId, tl0PicIdx);
  return payloadLength;
}
