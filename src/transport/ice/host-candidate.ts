import { isIP } from 'node:net';
import type { HostCandidate } from '../media-messages.ts';
import type { ListenAddress, MediaListenOptions } from '../media-worker-options.ts';

/** RFC 8445 §5.1.2.2. */
const HOST_PREFERENCE = 126;
/** libwebrtc p2p/base/p2p_constants.h: below every UDP candidate, so that TCP is only what is left. */
const HOST_TCP_PREFERENCE = 90;
/** RFC 6544 §4.2: direction preference 4 (passive) times 2^13. */
const PASSIVE_PREFERENCE = 4 << 13;

/**
 * The host candidates of `listen` (as bound, with real ports) under their announced addresses, most preferred first.
 * Throws TypeError when an address is no IP address, when one is announced that nothing listens for, or when a
 * wildcard would be announced.
 */
export function hostCandidates({ listen, announced }: MediaListenOptions): HostCandidate[] {
  for (const { address } of listen) {
    if (isIP(address) === 0) throw new TypeError(`listen address "${address}" must be an IP address`);
  }
  const told = announced.length > 0 ? announced : listen.map(({ address }) => address);
  const udp: HostCandidate[] = [];
  const tcp: HostCandidate[] = [];
  for (const address of new Set(told)) {
    for (const bound of listeningFor(address, listen)) {
      const foundation = 2 * listen.indexOf(bound) + 1;
      udp.push({
        protocol: 'udp',
        address,
        port: bound.udpPort,
        priority: priorityOf(HOST_PREFERENCE, 0xffff - udp.length),
        foundation: `${foundation}`,
      });
      if (bound.tcpPort === undefined) continue;
      tcp.push({
        protocol: 'tcp',
        address,
        port: bound.tcpPort,
        priority: priorityOf(HOST_TCP_PREFERENCE, PASSIVE_PREFERENCE + 0x1fff - tcp.length),
        foundation: `${foundation + 1}`,
      });
    }
  }
  return [...udp, ...tcp];
}

function listeningFor(address: string, listen: readonly ListenAddress[]): readonly ListenAddress[] {
  const family = isIP(address);
  if (family === 0) throw new TypeError(`announced address "${address}" must be an IP address`);
  if (address === '0.0.0.0' || address === '::') {
    throw new TypeError(`"${address}" cannot be announced: name the addresses that peers can reach`);
  }
  const own = listen.filter((bound) => bound.address === address);
  const found = own.length > 0 ? own : listen.filter((bound) => isIP(bound.address) === family);
  if (found.length === 0) throw new TypeError(`nothing listens for the announced address "${address}"`);
  return found;
}

/** RFC 8445 §5.1.2.1 for component 1 (everything is bundled). */
function priorityOf(typePreference: number, localPreference: number): number {
  return typePreference * 2 ** 24 + localPreference * 2 ** 8 + 255;
}
