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
 * Whether a decoder of `decoder` profile shows a stream of `stream` profile. The tools that Baseline has beyond
 * Constrained Baseline (FMO, ASO, redundant slices) are sent by no real-time encoder, so the two count as one.
 */
export function decodes(decoder: H264Profile, stream: H264Profile): boolean {
  switch (stream) {
    case 'constrained-baseline':
    case 'baseline':
      return true;
    case 'main':
      return decoder === 'main' || decoder === 'high';
    case 'constrained-high':
      return decoder === 'constrained-high' || decoder === 'high';
    case 'high':
      return decoder === 'high';
  }
}
