/** `application/trickle-ice-sdpfrag` (RFC 8840 §9): pieces of SDP that carry ICE and nothing else. */
import type { HostCandidate, IceParameters } from '../media-messages.ts';
import { candidateLines } from './answer.ts';
import type { MediaSection } from './media-section.ts';
import { invalidLine, invalidSdp, splitFragment } from './sdp-lines.ts';
import { readIceParameters } from './transport-attributes.ts';

/** Far above what a client with many interfaces gathers. */
export const MAX_FRAGMENT_BYTES = 16_384;
const MAX_CANDIDATES = 256;

export interface IceFragment {
  /** Undefined if the fragment has candidates only. */
  readonly ice: IceParameters | undefined;
  /** How many well-formed candidates it has; an ice-lite server has no use for more than that (RFC 8445 §6.1.1). */
  readonly candidates: number;
  readonly endOfCandidates: boolean;
}

/** `foundation component transport priority address port typ type`, RFC 8839 §5.1. */
const CANDIDATE =
  /^[A-Za-z0-9+/]{1,32} \d{1,5} [A-Za-z0-9]{1,16} \d{1,10} [\w.:%-]{1,255} \d{1,5} typ \w{1,16}( |$)/;

/**
 * Reads a fragment. Throws `sdp_invalid` for a malformed line, a body over `MAX_FRAGMENT_BYTES`, different credentials
 * on different lines, and a fragment that says nothing at all. Credentials may stand at session or media level.
 */
export function readIceFragment(body: string): IceFragment {
  if (body.length > MAX_FRAGMENT_BYTES)
    throw invalidSdp(`fragment is longer than ${MAX_FRAGMENT_BYTES} bytes`);
  const { session, media } = splitFragment(body);
  let ice: IceParameters | undefined;
  let candidates = 0;
  let endOfCandidates = false;
  for (const section of [session, ...media]) {
    const own = readIceParameters(section, ice);
    if (
      ice !== undefined &&
      own !== undefined &&
      own !== ice &&
      own.usernameFragment !== ice.usernameFragment
    ) {
      throw invalidSdp('fragment has two sets of ICE credentials; BUNDLE has one');
    }
    ice = own;
    for (const line of section) {
      if (line.type !== 'a') continue;
      if (line.name === 'end-of-candidates') endOfCandidates = true;
      if (line.name !== 'candidate') continue;
      if (!CANDIDATE.test(line.value)) throw invalidLine(line, 'malformed candidate');
      candidates += 1;
      if (candidates > MAX_CANDIDATES) throw invalidLine(line, `more than ${MAX_CANDIDATES} candidates`);
    }
  }
  if (ice === undefined && candidates === 0 && !endOfCandidates) {
    throw invalidSdp('fragment has neither credentials nor candidates');
  }
  return { ice, candidates, endOfCandidates };
}

/** The answer to an ICE restart: our new credentials and, under the BUNDLE's line, all our candidates. */
export function writeIceFragment(
  local: IceParameters,
  tagged: MediaSection,
  candidates: readonly HostCandidate[],
): string {
  const lines = [
    'a=ice-lite',
    'a=ice-options:ice2 trickle',
    `a=ice-ufrag:${local.usernameFragment}`,
    `a=ice-pwd:${local.password}`,
    `m=${tagged.media} 9 ${tagged.protocol} ${tagged.formats[0]}`,
    `a=mid:${tagged.mid}`,
    ...candidateLines(candidates),
  ];
  return `${lines.join('\r\n')}\r\n`;
}
