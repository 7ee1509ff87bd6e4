/** Sequence parameter set, as far as the picture's size. @see ITU-T H.264 §7.3.2.1.1 and §7.4.2.1.1 */
import { BitReader } from './bit-reader.ts';

/** Profiles whose SPS carries chroma format and scaling matrices. */
const HIGH_PROFILES: readonly number[] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/** An SPS up to the cropping rectangle is far shorter, scaling lists apart (12 lists of 64 deltas at most). */
const MAX_SPS_BYTES = 512;

const unescaped = Buffer.alloc(MAX_SPS_BYTES);
const reader = new BitReader(unescaped);

/** `width * 65536 + height` in luma pixels, cropped; `offset` is at the NAL unit's header. 0 if it cannot be read. */
export function readSpsSize(buffer: Buffer, offset: number, length: number): number {
  reader.reset(unescaped, 0, stripEscapes(buffer, offset + 1, length - 1));
  const profile = reader.bits(8);
  reader.skip(16); // constraint flags, level
  reader.unsignedGolomb(); // seq_parameter_set_id
  let chromaFormat = 1;
  if (HIGH_PROFILES.includes(profile)) {
    chromaFormat = reader.unsignedGolomb();
    if (chromaFormat > 3) return 0;
    if (chromaFormat === 3 && reader.flag()) chromaFormat = 0; // separate planes crop like monochrome
    reader.unsignedGolomb(); // bit_depth_luma_minus8
    reader.unsignedGolomb(); // bit_depth_chroma_minus8
    reader.skip(1); // qpprime_y_zero_transform_bypass_flag
    if (reader.flag()) skipScalingLists(chromaFormat === 3 ? 12 : 8);
  }
  reader.unsignedGolomb(); // log2_max_frame_num_minus4
  const orderType = reader.unsignedGolomb();
  if (orderType === 0) {
    reader.unsignedGolomb();
  } else if (orderType === 1) {
    reader.skip(1);
    reader.signedGolomb();
    reader.signedGolomb();
    const cycle = reader.unsignedGolomb();
    for (let index = 0; index < cycle && !reader.overrun; index += 1) reader.signedGolomb();
  }
  reader.unsignedGolomb(); // max_num_ref_frames
  reader.skip(1); // gaps_in_frame_num_value_allowed_flag
  const widthInBlocks = reader.unsignedGolomb() + 1;
  const heightInUnits = reader.unsignedGolomb() + 1;
  const fieldFactor = reader.flag() ? 1 : 2; // frame_mbs_only_flag
  if (fieldFactor === 2) reader.skip(1);
  reader.skip(1); // direct_8x8_inference_flag
  let width = widthInBlocks * 16;
  let height = heightInUnits * 16 * fieldFactor;
  if (reader.flag()) {
    const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
    const unitY = (chromaFormat === 1 ? 2 : 1) * fieldFactor;
    width -= (reader.unsignedGolomb() + reader.unsignedGolomb()) * unitX;
    height -= (reader.unsignedGolomb() + reader.unsignedGolomb()) * unitY;
  }
  if (reader.overrun || width <= 0 || height <= 0 || width > 0xffff || height > 0xffff) return 0;
  return width * 0x1_0000 + height;
}

/** Takes the emulation prevention bytes out (§7.4.1), into `unescaped`; returns how many bytes that gave. */
function stripEscapes(buffer: Buffer, offset: number, length: number): number {
  const end = Math.min(offset + length, buffer.length);
  let zeros = 0;
  let written = 0;
  for (let at = offset; at < end && written < MAX_SPS_BYTES; at += 1) {
    const byte = buffer[at]!;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    unescaped[written++] = byte;
  }
  return written;
}

function skipScalingLists(lists: number): void {
  for (let list = 0; list < lists; list += 1) {
    if (!reader.flag()) continue;
    const size = list < 6 ? 16 : 64;
    let last = 8;
    let next = 8;
    for (let index = 0; index < size && !reader.overrun; index += 1) {
      if (next !== 0) next = (last + reader.signedGolomb() + 256) & 0xff;
      if (next !== 0) last = next;
    }
  }
}
