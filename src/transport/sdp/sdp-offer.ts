/** An offer as a whole: what stands above the media lines, and the lines themselves. */
import type { DtlsFingerprint } from '../media-messages.ts';
import {
  type Direction,
  isDirection,
  type MediaSection,
  readMediaSection,
  type SessionDefaults,
} from './media-section.ts';
import { invalidLine, invalidSdp, isToken, MAX_MEDIA_LINES, splitSdp } from './sdp-lines.ts';
import { readFingerprint, readIceParameters } from './transport-attributes.ts';

export interface SdpOffer {
  /** Mids of the first BUNDLE group in its order (RFC 9143 §7.1); undefined: there is none. */
  readonly bundle: readonly string[] | undefined;
  readonly media: readonly MediaSection[];
}

/**
 * Reads an offer. Unknown attributes are ignored; a known one that is malformed throws `sdp_invalid` naming the line,
 * as do an ice-lite offerer (both sides would wait), repeated mids and media lines without one.
 * @see RFC 8866, RFC 8829 §5.8
 */
export function readOffer(sdp: string): SdpOffer {
  const { session, media } = splitSdp(sdp);
  let bundle: string[] | undefined;
  let setup: string | undefined;
  let direction: Direction = 'sendrecv';
  let mixedExtensions = false;
  const fingerprints: DtlsFingerprint[] = [];
  for (const line of session) {
    if (line.type !== 'a') continue;
    if (line.name === 'group' && bundle === undefined) {
      const [semantics, ...mids] = line.value.trim().split(/ +/, MAX_MEDIA_LINES + 2);
      if (semantics !== 'BUNDLE') continue;
      if (mids.length > MAX_MEDIA_LINES || mids.some((mid) => !isToken(mid, 64))) {
        throw invalidLine(line, 'malformed BUNDLE group');
      }
      bundle = mids;
    } else if (line.name === 'ice-lite') {
      throw invalidLine(line, 'the server is ice-lite, so the client cannot be');
    } else if (line.name === 'fingerprint') {
      readFingerprint(line, fingerprints);
    } else if (line.name === 'setup') {
      setup = line.value;
    } else if (line.name === 'extmap-allow-mixed') {
      mixedExtensions = true;
    } else if (isDirection(line.name)) {
      direction = line.name;
    }
  }
  const ice = readIceParameters(session, undefined);
  const defaults: SessionDefaults = { ice, fingerprints, setup, direction, mixedExtensions };
  const sections = media.map((lines, index) => readMediaSection(lines, index, defaults));
  const mids = new Set<string>();
  for (const { mid } of sections) {
    if (mids.has(mid)) throw invalidSdp(`mid "${mid}" stands on two media lines`, { mid });
    mids.add(mid);
  }
  for (const mid of bundle ?? []) {
    if (!mids.has(mid)) throw invalidSdp(`BUNDLE names mid "${mid}", which no media line has`, { mid });
  }
  return { bundle, media: sections };
}
