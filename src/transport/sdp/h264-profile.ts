/** H.264 profiles as they stand in `profile-level-id`. */

export type H264Profile = 'constrained-baseline' | 'baseline' | 'main' | 'constrained-high' | 'high';

/** What RFC 6184 §8.1 says an absent `profile-level-id` means: Baseline, level 1. */
const DEFAULT_PROFILE_LEVEL_ID = '42000a';

/**
 * The profile of a `profile-level-id`, undefined if malformed or none that a browser takes. The level (last byte) is
 * not looked at: with `level-asymmetry-allowed` it binds nobody, and browsers decode beyond what they declare.
 * ```
 *  profile_idc (8) | set0 set1 set2 set3 set4 set5 0 0 | level_idc (8)     three bytes in hexadecimal
 * ```
 * @see RFC 6184 §8.1, table 5
 */
export function h264Profile(profileLevelId: string = DEFAULT_PROFILE_LEVEL_ID): H264Profile | undefined {
  if (!/^[0-9a-fA-F]{6}$/.test(profileLevelId)) return undefined;
  const bits = Number.parseInt(profileLevelId, 16);
  const iop = (bits >> 8) & 0xff;
  if ((iop & 0x03) !== 0) return undefined;
  switch (bits >> 16) {
    case 0x42:
      return (iop & 0x40) !== 0 ? 'constrained-baseline' : 'baseline';
    case 0x58:
      if ((iop & 0x80) === 0) return undefined;
      return (iop & 0x40) !== 0 ? 'constrained-baseline' : 'baseline';
    case 0x4d:
      return (iop & 0x80) !== 0 ? 'constrained-baseline' : 'main';
    case 0x64:
      return (iop & 0x0c) === 0x0c ? 'constrained-high' : 'high';
    default:
      return undefined;
  }
}

/** From most to least widely decoded; a publisher who offers several is asked for the first of these. */
export const PREFERRED_PROFILES: readonly H264Profile[] = [
  'constrained-baseline',
  'baseline',
  'main',
  'constrained-high',
  'high',
];

/**
 * How far the profile a peer offers is from that of a stream, to choose the closest: 0 the same, then the profiles
 * above it, then those below. The last are no refusal: decoders go by the parameter sets in the stream, and those of
 * today's browsers take High under whatever profile was negotiated (Debian's Chromium never offers High).
 */
export function profileDistance(decoder: H264Profile, stream: H264Profile): number {
  const above = PREFERRED_PROFILES.indexOf(decoder) - PREFERRED_PROFILES.indexOf(stream);
  return above >= 0 ? above : PREFERRED_PROFILES.length - above;
}
