import { VisavisError } from '../../base/errors.ts';
import { readOfferLines } from '../../transport/sdp/offer-lines.ts';
import type { WhipKind, WhipOpenRequest } from './whip-backend.ts';

/**
 * The lines of an offer that a session uses. All or nothing (RFC 9725 §4.4.3): throws `offer_unacceptable` for a line
 * that would be refused, a second one of a kind (§4.4.2), or none at all, and `sdp_invalid` for a broken offer.
 */
export function readWhipOffer(sdp: string, kind: WhipKind): WhipOpenRequest['lines'] {
  const { lines, unusable } = readOfferLines(sdp);
  for (const [mid, reason] of unusable) {
    throw new VisavisError('offer_unacceptable', `mid "${mid}" ${reason}`, { mid });
  }
  const used = lines.filter((line) => (kind === 'whip' ? line.sends : line.receives));
  const verb = kind === 'whip' ? 'sends' : 'receives';
  if (used.length === 0) {
    throw new VisavisError('offer_unacceptable', `the offer has no audio or video line that ${verb}`);
  }
  for (const media of ['audio', 'video'] as const) {
    if (used.filter((line) => line.kind === media).length > 1) {
      throw new VisavisError('offer_unacceptable', `the offer has more than one ${media} line that ${verb}`);
    }
  }
  return used.map((line) => ({ mid: line.mid, kind: line.kind }));
}
