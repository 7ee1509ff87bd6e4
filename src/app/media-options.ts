import { availableParallelism, networkInterfaces } from 'node:os';
import type { MediaPoolOptions } from '../transport/media-pool.ts';
import { mediaWorkerDefaults } from '../transport/media-worker-options.ts';
import type { Config } from './config/schema.ts';
import { lanAddresses } from './local-addresses.ts';

/** What the configuration means for the media workers. A machine without IPv6 does without it. */
export function mediaPoolOptions({ media }: Config): MediaPoolOptions {
  const announced = media.announced.length > 0 ? media.announced : lanAddresses();
  const listen = media.listen.filter((address) => !address.includes(':') || hasIpv6());
  return {
    workers: media.workers === 0 ? availableParallelism() : media.workers,
    listen: listen.map((address) => ({ address, udpPort: media.udpPort, tcpPort: media.tcpPort })),
    // Alone, without a network, the machine can still talk to itself.
    announced: announced.length > 0 ? announced : ['127.0.0.1'],
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
