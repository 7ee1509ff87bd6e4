/** What an offer wants, for front doors that are not told it in words (WHIP, WHEP). */
import type { MediaKind } from '../../sfu/commands.ts';
import { sortLines } from './bundle.ts';
import { clientReceives, clientSends } from './line-state.ts';
import { readOffer } from './sdp-offer.ts';

export interface OfferLine {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly sends: boolean;
  readonly receives: boolean;
}

export interface OfferLines {
  /** Audio and video lines that can be used, in the offer's order. */
  readonly lines: readonly OfferLine[];
  /** Audio and video lines that would be answered with port 0 though the client meant them: why, by mid. */
  readonly unusable: ReadonlyMap<string, string>;
}

/** Reads an offer without answering it. Throws `sdp_invalid` as `PeerNegotiation.negotiate` does. */
export function readOfferLines(sdp: string): OfferLines {
  const offer = readOffer(sdp);
  const lines: OfferLine[] = [];
  const unusable = new Map<string, string>();
  for (const [mid, usable] of sortLines(offer)) {
    if (typeof usable === 'string') {
      const section = offer.media.find((candidate) => candidate.mid === mid);
      const isMedia = section?.media === 'audio' || section?.media === 'video';
      if (isMedia && section.port !== 0) unusable.set(mid, usable);
      continue;
    }
    const { kind, section } = usable;
    lines.push({ mid, kind, sends: clientSends(section), receives: clientReceives(section) });
  }
  return { lines, unusable };
}
