import type { SignalingOptions } from '../signaling/signaling-options.ts';
import type { QualityRetention } from '../store/quality-store.ts';
import type { Config } from './config/schema.ts';

/** What the configuration means for signaling. */
export function signalingOptions({
  server,
  media,
  signaling,
  rooms,
  data,
}: Config): Pick<SignalingOptions, 'limits' | 'settings' | 'codecs' | 'allowedOrigins'> {
  return {
    limits: {
      maxRooms: rooms.maxRooms,
      maxProducers: rooms.maxProducers,
      maxConsumers: rooms.maxConsumers,
      maxExtensionsPerLine: media.maxExtensionsPerLine,
      maxConnections: signaling.maxConnectionsPerAddress,
      maxTotalConnections: signaling.maxConnections,
      joins: { perSecond: signaling.joinsPerSecond, burst: signaling.joinBurst },
      messages: { perSecond: signaling.messagesPerSecond, burst: signaling.messageBurst },
      maxBacklogBytes: signaling.maxBacklogKilobytes * 1024,
    },
    settings: {
      maxParticipants: rooms.maxParticipants,
      lostAfterSeconds: signaling.lostSeconds,
      resumeWindowSeconds: signaling.resumeSeconds,
      rejoinSeconds: signaling.rejoinHours * 3600,
      inviteSeconds: signaling.inviteMinutes * 60,
      tokenSeconds: signaling.tokenMinutes * 60,
      qualitySeconds: data.qualitySeconds,
    },
    codecs: rooms.codecs,
    // Behind a proxy the page's own origin is not the one that the proxy asks for.
    allowedOrigins:
      server.publicUrl === '' ? server.allowedOrigins : [server.publicUrl, ...server.allowedOrigins],
  };
}

/** What the configuration means for the record of how calls went. */
export function qualityRetention({ data }: Config): QualityRetention {
  return { keptMs: data.qualityDays * 86_400_000, maxBytes: data.qualityMegabytes * 1_000_000 };
}
