/** The implementations that can be measured: each is `peers/<name>.ts`, which exports `peer`. */
import type { Peer } from './peer.ts';

export const PEERS = ['visavis', 'chrome-direct', 'janus', 'livekit'] as const;

export async function loadPeer(name: string): Promise<Peer> {
  if (!PEERS.some((known) => known === name)) throw new Error(`peers are: ${PEERS.join(', ')}`);
  const { peer } = (await import(`./peers/${name}.ts`)) as { peer: Peer };
  return peer;
}
