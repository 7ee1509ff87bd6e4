/**
 * The size in a VP9 key frame's uncompressed header, for senders that give no scalability structure.
 * @see VP9 Bitstream & Decoding Process Specification v0.6 §6.2, §6.2.2 and §6.2.3
 */
import { BitReader } from './bit-reader.ts';

const SYNC_CODE = 0x49_83_42;
const CS_RGB = 7;

const reader = new BitReader(Buffer.alloc(0));

/** `width * 65536 + height` of the key frame that begins at `offset`; 0 if it is none, or is cut short. */
export function readVp9FrameSize(buffer: Buffer, offset: number, length: number): number {
  reader.reset(buffer, offset, length);
  if (reader.bits(2) !== 2) return 0;
  const profile = reader.bits(1) + reader.bits(1) * 2;
  if (profile === 3) reader.skip(1);
  const showsExisting = reader.flag();
  const interFrame = reader.flag();
  if (showsExisting || interFrame) return 0;
  reader.skip(2); // show_frame, error_resilient_mode
  if (reader.bits(24) !== SYNC_CODE) return 0;
  if (profile >= 2) reader.skip(1); // ten_or_twelve_bit
  if (reader.bits(3) !== CS_RGB) {
    reader.skip(1); // color_range
    if (profile === 1 || profile === 3) reader.skip(3); // subsampling_x, subsampling_y, reserved_zero
  } else if (profile === 1 || profile === 3) {
    reader.skip(1); // reserved_zero
  }
  const width = reader.bits(16) + 1;
  const height = reader.bits(16) + 1;
  return reader.overrun || width > 0xffff || height > 0xffff ? 0 : width * 0x1_0000 + height;
}
