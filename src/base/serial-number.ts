/**
 * Serial-number arithmetic for counters that wrap (RFC 1982 §3).
 * Every comparison of raw sequence numbers, timestamps or picture ids in this project goes through here.
 */

/** Signed distance from `b` to `a` on a circle of 2^16, in [-32768, 32767]. Positive: `a` is newer. */
export function diff16(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** Signed distance from `b` to `a` on a circle of 2^32, in [-2^31, 2^31 - 1]. Positive: `a` is newer. */
export function diff32(a: number, b: number): number {
  return (a - b) | 0;
}

/** Signed distance on a circle of 2^`bits` (1..31), for 7-, 8-, 15- and 24-bit counters. */
export function diffBits(a: number, b: number, bits: number): number {
  const shift = 32 - bits;
  return ((a - b) << shift) >> shift;
}

/** True if 16-bit `a` is strictly newer than `b`. */
export function isNewer16(a: number, b: number): boolean {
  return diff16(a, b) > 0;
}

/** True if 32-bit `a` is strictly newer than `b`. */
export function isNewer32(a: number, b: number): boolean {
  return diff32(a, b) > 0;
}

/** `a + n` on a circle of 2^16; `n` may be negative. */
export function add16(a: number, n: number): number {
  return (a + n) & 0xffff;
}

/** `a + n` on a circle of 2^32; `n` may be negative, |n| < 2^52. */
export function add32(a: number, n: number): number {
  return (a + n) >>> 0;
}
