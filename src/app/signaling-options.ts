import type { SignalingLimits, SignalingSettings } from '../signaling/signaling-options.ts';
import type { Config } from './config/schema.ts';

/** What the configuration means for signaling. */
export function signalingLimits({ signaling, rooms }: Config): Partial<SignalingLimits> {
  return {
    maxRooms: rooms.maxRooms,
    maxProducers: rooms.maxProducers,
    maxConsumers: rooms.maxConsumers,
    maxConnections: signaling.maxConnectionsPerAddress,
    maxTotalConnections: signaling.maxConnections,
    joins: { perSecond: signaling.joinsPerSecond, burst: signaling.joinBurst },
    messages: { perSecond: signaling.messagesPerSecond, burst: signaling.messageBurst },
    maxBacklogBytes: signaling.maxBacklogKilobytes * 1024,
  };
}

export function signalingSettings({ signaling, rooms }: Config): Partial<SignalingSettings> {
  return {
    maxParticipants: rooms.maxParticipants,
    lostAfterSeconds: signaling.lostSeconds,
    resumeWindowSeconds: signaling.resumeSeconds,
    rejoinSeconds: signaling.rejoinHours * 3600,
    inviteSeconds: signaling.inviteMinutes * 60,
    tokenSeconds: signaling.tokenMinutes * 60,
  };
}
