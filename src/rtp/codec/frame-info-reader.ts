import { Av1Reader } from './av1.ts';
import type { FrameInfoReader } from './frame-info.ts';
import { H264Reader } from './h264.ts';
import { OpusReader } from './opus.ts';
import { Vp8Reader } from './vp8.ts';
import { Vp9Reader } from './vp9.ts';

export type { FrameInfoReader };

/** Codecs whose payload can be read. */
export type ReadableCodec = 'vp8' | 'vp9' | 'h264' | 'av1' | 'opus';

/** A fresh reader; see FrameInfoReader. */
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
