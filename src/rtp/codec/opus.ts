import type { RtpPacket } from '../rtp-packet.ts';
import type { FrameInfo, FrameInfoReader } from './frame-info.ts';

/**
 * True if an Opus payload of this many bytes carries no sound: discontinuous transmission. An encoder in DTX makes
 * packets of the TOC byte alone or with one more byte, which need not be sent at all.
 * @see RFC 6716 §3.1, RFC 7587 §3.1.3, and the description of opus_encode() in libopus' opus.h
 */
export function isOpusDtx(payloadLength: number): boolean {
  return payloadLength > 0 && payloadLength <= 2;
}

/** Every Opus packet stands for itself: start, end and key frame at once. @see RFC 7587 §4.2 */
export class OpusReader implements FrameInfoReader {
  read(packet: RtpPacket, _descriptorOffset: number, _descriptorLength: number, out: FrameInfo): boolean {
    out.reset();
    if (packet.payloadLength === 0) return false;
    out.keyFrame = true;
    out.startOfFrame = true;
    out.endOfFrame = true;
    return true;
  }
}
