import type {
  ErrorBody,
  Grants,
  ParticipantInfo,
  Role,
  Source,
} from '../../src/signaling/protocol/common.ts';
import type { Incoming } from './media-lines.ts';
import type { Publication } from './publication.ts';
import type { Roster, RosterProducer } from './roster.ts';
import type { ConnectionState, EndReason } from './session-actions.ts';

export interface Self {
  readonly participantId: string;
  readonly displayName: string | undefined;
  readonly room: string;
  readonly role: Role;
  readonly grants: Grants;
}

/** What another participant publishes, as this client receives it. */
export interface RemoteSource extends RosterProducer {
  /** Undefined while it is not subscribed. */
  readonly track: MediaStreamTrack | undefined;
  /** The media line that carries it: the key into `Quality.streams`. */
  readonly mid: string | undefined;
}

export interface RemoteParticipant extends ParticipantInfo {
  readonly sources: readonly RemoteSource[];
}

export interface LocalSource {
  readonly source: Source;
  readonly track: MediaStreamTrack | null;
  readonly muted: boolean;
  readonly deviceId: string | undefined;
  readonly mid: string | undefined;
  /** The device gives nothing though it should. */
  readonly interrupted: boolean;
}

export interface Ended {
  readonly reason: EndReason;
  readonly error?: ErrorBody;
}

/** Everything a page shows, as one object that is replaced on every change. */
export interface ConsultationState {
  readonly connection: ConnectionState;
  /** The path of sound and picture. `idle`: there is nothing to carry yet. */
  readonly media: 'idle' | 'connecting' | 'connected' | 'reconnecting';
  /** The server is about to restart; this client comes back by itself. */
  readonly draining: boolean;
  readonly self: Self | undefined;
  readonly participants: readonly RemoteParticipant[];
  readonly local: readonly LocalSource[];
  readonly activeSpeaker: string | null;
  /** A device was taken away (a phone call, sleep): show one button that calls `resumeCapture`. */
  readonly needsTap: boolean;
  readonly ended: Ended | undefined;
}

export const initialState: ConsultationState = {
  connection: 'idle',
  media: 'idle',
  draining: false,
  self: undefined,
  participants: [],
  local: [],
  activeSpeaker: null,
  needsTap: false,
  ended: undefined,
};

/** The participants of the roster with the tracks that carry what they publish. */
export function remoteParticipants(
  roster: Roster,
  incoming: ReadonlyMap<string, Incoming>,
): RemoteParticipant[] {
  return roster.participants.map((participant) => ({
    ...participant,
    sources: roster.producers
      .filter((producer) => producer.participantId === participant.participantId)
      .map((producer) => {
        const line = incoming.get(producer.producerId)?.line;
        return { ...producer, track: line?.receiver.track, mid: line?.mid ?? undefined };
      }),
  }));
}

export function localSources(publications: Iterable<Publication>): LocalSource[] {
  return [...publications].map((publication) => ({
    source: publication.source,
    track: publication.track,
    muted: publication.muted,
    deviceId: publication.deviceId,
    mid: publication.outgoing.line?.mid ?? undefined,
    interrupted: publication.interrupted,
  }));
}

/** @param everConnected whether there was sound and picture before: then it is a break, not a beginning. */
export function mediaState(
  pc: RTCPeerConnection | undefined,
  broken: boolean,
  everConnected: boolean,
): ConsultationState['media'] {
  if (pc === undefined || pc.getTransceivers().length === 0) return 'idle';
  const up = pc.iceConnectionState === 'connected' || pc.iceConnectionState === 'completed';
  if (up && !broken) return 'connected';
  return everConnected ? 'reconnecting' : 'connecting';
}
