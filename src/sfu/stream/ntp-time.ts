/**
 * NTP timestamps of RTCP (RFC 3550 §4): seconds since 1900 and the 32-bit binary fraction of a second. Here they are
 * made of, and turned into, microseconds since 1970 (Unix time), which a double holds exactly.
 */

/** Seconds from 1900-01-01 to 1970-01-01. */
const UNIX_EPOCH = 2_208_988_800;

/** The NTP seconds of `unixUs`, modulo 2^32 (the era ends in 2036). */
export function ntpSeconds(unixUs: number): number {
  return (Math.floor(unixUs / 1e6) + UNIX_EPOCH) >>> 0;
}

/** The NTP fraction of `unixUs`, 32 bits. */
export function ntpFraction(unixUs: number): number {
  const fractionUs = unixUs - Math.floor(unixUs / 1e6) * 1e6;
  return Math.floor((fractionUs * 0x1_0000_0000) / 1e6) >>> 0;
}

/** The middle 32 bits of an NTP time, as in LSR and LRR. */
export function ntpMiddle32(seconds: number, fraction: number): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}

/** Microseconds since 1970 of an NTP time; one before 1970 is taken for the era that begins in 2036. */
export function unixUsOfNtp(seconds: number, fraction: number): number {
  const unixSeconds = seconds >= UNIX_EPOCH ? seconds - UNIX_EPOCH : seconds + 0x1_0000_0000 - UNIX_EPOCH;
  return unixSeconds * 1e6 + (fraction * 1e6) / 0x1_0000_0000;
}
