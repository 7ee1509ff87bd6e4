/**
 * The time of drawing, drawn into the picture: 32 bits of wall-clock milliseconds and a CRC-8, black or white, in two
 * rows of twenty cells along the lower edge. Cells are shares of the picture, so that any size of it can be read.
 *
 *      0                   1
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |           milliseconds, bits 31..12   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     | milliseconds, bits 11..0|     CRC-8   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

export const COLUMNS = 20;
export const ROWS = 2;
/** Of the picture's height. */
export const ROW_SHARE = 1 / 18;
const CELLS = COLUMNS * ROWS;
const TIME_BITS = 32;
const TIME_RANGE = 2 ** TIME_BITS;

/** CRC-8 with the polynomial x^8 + x^2 + x + 1 (ITU-T I.432.1 without its final XOR) over 32 bits, from 0xff. */
function crc8(value: number): number {
  let crc = 0xff;
  for (let shift = 24; shift >= 0; shift -= 8) {
    crc ^= (value >>> shift) & 0xff;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}

/** @param timeMs since 1970, an integer. Returns which of the 40 cells are white, row by row. */
export function encodeTime(timeMs: number): boolean[] {
  const low = (timeMs % TIME_RANGE) >>> 0;
  const crc = crc8(low);
  return Array.from({ length: CELLS }, (_, cell) => {
    const bit = cell < TIME_BITS ? low >>> (TIME_BITS - 1 - cell) : crc >>> (CELLS - 1 - cell);
    return (bit & 1) === 1;
  });
}

/**
 * @param cells as `encodeTime` gave them.
 * @param nearMs a time within 24 days of the one drawn.
 * @returns milliseconds since 1970; undefined if the code does not hold.
 */
export function decodeTime(cells: readonly boolean[], nearMs: number): number | undefined {
  let low = 0;
  let crc = 0;
  for (const [cell, isWhite] of cells.entries()) {
    if (cell < TIME_BITS) low = ((low << 1) | Number(isWhite)) >>> 0;
    else crc = (crc << 1) | Number(isWhite);
  }
  if (cells.length !== CELLS || crc !== crc8(low)) return undefined;
  const near = (nearMs % TIME_RANGE) >>> 0;
  return nearMs + ((low - near) | 0);
}

/** @param luma brightness 0..255 of each cell as seen. Halfway between the darkest and the brightest decides. */
export function cellsOf(luma: readonly number[]): boolean[] {
  const middle = (Math.min(...luma) + Math.max(...luma)) / 2;
  return luma.map((value) => value > middle);
}
