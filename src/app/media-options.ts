import { availableParallelism, networkInterfaces } from 'node:os';
import type { MediaPoolOptions } from '../transport/media-pool.ts';
import { mediaWorkerDefaults } from '../transport/media-worker-options.ts';
import type { Config } from './config/schema.ts';
import { lanAddresses } from './local-addresses.ts';

/** What the configuration means for the media workers. A machine without IPv6 does without it. */
export function mediaPoolOptions({ media }: Config): MediaPoolOptions {
  return {
    workers: media.workers === 0 ? availableParallelism() : media.workers,
    listen: listening(media).map((address) => ({ address, udpPort: media.udpPort, tcpPort: media.tcpPort })),
    announced: announcedAddresses(media),
    limits: {
      ...mediaWorkerDefaults,
      maxTransports: media.maxTransports,
      maxPendingHandshakes: media.maxPendingHandshakes,
      maxSsrcsPerTransport: media.maxSsrcsPerPeer,
      stunPerAddress: unauthenticated(mediaWorkerDefaults.stunPerAddress, media.unauthenticatedPerSecond),
      dtlsPerAddress: unauthenticated(mediaWorkerDefaults.dtlsPerAddress, media.unauthenticatedPerSecond),
      iceDisconnectedAfterMs: media.disconnectedSeconds * 1000,
      iceFailedAfterMs: media.failedSeconds * 1000,
    },
  };
}

/**
 * The addresses that peers are told: those configured, else of `own` (this machine's) those that media listens on.
 * Never empty: alone, without a network, the machine can still talk to itself.
 */
export function announcedAddresses(
  media: Config['media'],
  own: readonly string[] = lanAddresses(),
): readonly string[] {
  if (media.announced.length > 0) return media.announced;
  const { listen } = media;
  const wildcardOf = (address: string) => (address.includes(':') ? '::' : '0.0.0.0');
  const heard = own.filter((address) => listen.includes(wildcardOf(address)) || listen.includes(address));
  if (heard.length > 0) return heard;
  const named = listening(media).filter((address) => address !== wildcardOf(address));
  if (named.length > 0) return named;
  return listen.includes('0.0.0.0') ? ['127.0.0.1'] : ['::1'];
}

function listening(media: Config['media']): readonly string[] {
  return media.listen.filter((address) => !address.includes(':') || hasIpv6());
}

/** The burst keeps its proportion to the rate. */
function unauthenticated<Limit extends { perSecond: number; burst: number }>(
  usual: Limit,
  perSecond: number,
): Limit {
  return { ...usual, perSecond, burst: Math.ceil((usual.burst / usual.perSecond) * perSecond) };
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((each) => each?.some(({ family }) => family === 'IPv6'));
}
