/** AV1 sequence header OBU, as far as the largest frame's size. @see AV1 specification §5.5.1 to §5.5.5 */
import { BitReader } from './bit-reader.ts';

const reader = new BitReader(Buffer.alloc(0));

/** `width * 65536 + height`; `offset` is behind the OBU's header and size. 0 if it is cut short or over 65535. */
export function readSequenceHeaderSize(buffer: Buffer, offset: number, length: number): number {
  reader.reset(buffer, offset, length);
  reader.skip(4); // seq_profile, still_picture
  if (reader.flag()) {
    reader.skip(5); // reduced_still_picture_header: seq_level_idx alone
  } else {
    skipOperatingPoints();
  }
  const widthBits = reader.bits(4) + 1;
  const heightBits = reader.bits(4) + 1;
  const width = reader.bits(widthBits) + 1;
  const height = reader.bits(heightBits) + 1;
  return reader.overrun || width > 0xffff || height > 0xffff ? 0 : width * 0x1_0000 + height;
}

function skipOperatingPoints(): void {
  let decoderModel = false;
  let delayBits = 0;
  if (reader.flag()) {
    reader.skip(64); // num_units_in_display_tick, time_scale
    if (reader.flag()) reader.unsignedGolomb(); // num_ticks_per_picture_minus_1, uvlc()
    decoderModel = reader.flag();
    if (decoderModel) {
      delayBits = reader.bits(5) + 1;
      reader.skip(32 + 5 + 5);
    }
  }
  const displayDelay = reader.flag();
  const points = reader.bits(5) + 1;
  for (let point = 0; point < points; point += 1) {
    reader.skip(12); // operating_point_idc
    if (reader.bits(5) > 7) reader.skip(1); // seq_tier
    if (decoderModel && reader.flag()) reader.skip(2 * delayBits + 1);
    if (displayDelay && reader.flag()) reader.skip(4);
  }
}
