import type { RtpPacket } from '../rtp-packet.ts';
import { Av1Reader } from './av1.ts';
import type { FrameInfo } from './frame-info.ts';
import { H264Reader } from './h264.ts';
import { OpusReader } from './opus.ts';
import { Vp8Reader } from './vp8.ts';
import { Vp9Reader } from './vp9.ts';

/** Codecs whose payload can be read. */
export type ReadableCodec = 'vp8' | 'vp9' | 'h264' | 'av1' | 'opus';

/**
 * Reads one encoding's packets, in the order they arrive. It remembers what the codec says only now and then (frame
 * size, VP9 scalability structure, AV1 template structure), so each encoding has its own, and a new one after a restart.
 */
export interface FrameInfoReader {
  /**
   * Fills `out` from `packet`. `descriptorOffset` and `descriptorLength` say where in `packet.buffer` the dependency
   * descriptor is; a length of 0 means there is none (VP9 and Opus do not look). Returns false, with `out` reset, for a payload
   * that is empty (padding only) or not well-formed. Never throws.
   */
  read(packet: RtpPacket, descriptorOffset: number, descriptorLength: number, out: FrameInfo): boolean;
}

export function makeFrameInfoReader(codec: ReadableCodec): FrameInfoReader {
  switch (codec) {
    case 'vp8':
      return new Vp8Reader();
    case 'vp9':
      return new Vp9Reader();
    case 'h264':
      return new H264Reader();
    case 'av1':
      return new Av1Reader();
    case 'opus':
      return new OpusReader();
  }
}
