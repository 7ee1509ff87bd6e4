import type { RosterProducer } from '../sdk/roster.ts';

type Source = Pick<RosterProducer, 'kind' | 'muted' | 'reason'>;

/** Why somebody's picture is smaller here than it could be, when the network is why; the worse of several reasons. */
export function reducedPicture(
  participants: readonly { readonly sources: readonly Source[] }[],
): 'bandwidth' | 'loss' | undefined {
  const reasons = participants
    .flatMap(({ sources }) => sources)
    .filter(({ kind, muted }) => kind === 'video' && !muted)
    .map(({ reason }) => reason);
  if (reasons.includes('bandwidth')) return 'bandwidth';
  return reasons.includes('loss') ? 'loss' : undefined;
}
