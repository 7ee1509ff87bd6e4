import type { Grants, ParticipantInfo, ProducerInfo, Role } from '../protocol/common.ts';
import type { BrowserReports } from '../quality/browser-reports.ts';
import type { DeviceWatch } from './device-watch.ts';
import type { PeerMedia, Producer } from './peer-media.ts';
import type { Session } from './session.ts';

/** Who somebody is, as their token told. */
export interface Identity {
  /** The person or device, the same over all their tokens (`sub`). */
  readonly subject: string;
  /** Of the token that let them in first (`jti`). */
  readonly tokenId: string;
  readonly role: Role;
  readonly displayName: string;
  readonly grants: Grants;
}

/** Somebody in a room: a person with a session, or a WHIP device, which is watched by its transport alone. */
export interface Participant {
  readonly participantId: string;
  readonly identity: Identity;
  /** UTC, ISO 8601. */
  readonly joinedAt: string;
  readonly media: PeerMedia;
  /** What their browser says of the call. */
  readonly reports: BrowserReports;
  readonly session: Session | undefined;
  readonly device: DeviceWatch | undefined;
}

/** A participant as others see it. */
export function participantInfo(participant: Participant): ParticipantInfo {
  const { participantId, identity, joinedAt, session, device } = participant;
  return {
    participantId,
    displayName: identity.displayName,
    role: identity.role,
    connected: session === undefined ? device?.connected === true : session.connectionId !== undefined,
    joinedAt,
  };
}

/** A producer as others see it. */
export function producerInfo(participantId: string, producer: Producer): ProducerInfo {
  const { producerId, kind, source, muted, codec, simulcast } = producer;
  return { producerId, participantId, kind, source, muted, codec, simulcast };
}
