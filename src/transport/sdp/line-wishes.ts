/** The client's list of lines, checked against its offer. */
import type { LineUsability } from './bundle.ts';
import type { NegotiationLine } from './negotiation-types.ts';
import { invalidSdp } from './sdp-lines.ts';

/**
 * `lines` by mid. Throws `sdp_invalid` for a mid the offer does not have, has in a line that cannot be used, or that is
 * named twice, and for an entry that does not have exactly one of `publish` and `subscribe`.
 */
export function readWishes<Source extends string>(
  lines: readonly NegotiationLine<Source>[],
  usability: LineUsability,
): Map<string, NegotiationLine<Source>> {
  const wishes = new Map<string, NegotiationLine<Source>>();
  for (const line of lines) {
    const { mid } = line;
    const usable = usability.get(mid);
    if (usable === undefined)
      throw invalidSdp(`lines names mid "${mid}", which the offer does not have`, { mid });
    if (typeof usable === 'string') throw invalidSdp(`mid "${mid}" ${usable}`, { mid });
    if (wishes.has(mid)) throw invalidSdp(`lines names mid "${mid}" twice`, { mid });
    if ((line.publish === undefined) === (line.subscribe === undefined)) {
      throw invalidSdp(`mid "${mid}" needs exactly one of publish and subscribe`, { mid });
    }
    wishes.set(mid, line);
  }
  return wishes;
}
