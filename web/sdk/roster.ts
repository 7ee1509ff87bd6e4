/**
 * Who is in the room and what they publish, as plain data: a snapshot from `join` or `resume`, changed by events.
 * Every change is idempotent, because events that follow a `resume` may already be in its snapshot.
 */
import type { Layer, ParticipantInfo, ProducerInfo } from '../../src/signaling/protocol/common.ts';
import type { ServerEvent, ServerEventData } from '../../src/signaling/protocol/server-events.ts';

export type QualityReason = ServerEventData<'quality'>['reason'];

export interface RosterProducer extends ProducerInfo {
  /** False while nothing of it arrives at the server. */
  readonly flowing: boolean;
  /** What this client is shown of it, and why; undefined before the first picture. */
  readonly layer: Layer | undefined;
  readonly reason: QualityReason | undefined;
}

export interface Roster {
  readonly selfId: string | undefined;
  /** The others, in the order in which they came. */
  readonly participants: readonly ParticipantInfo[];
  /** What the others publish. */
  readonly producers: readonly RosterProducer[];
  readonly activeSpeaker: string | null;
}

export const emptyRoster: Roster = {
  selfId: undefined,
  participants: [],
  producers: [],
  activeSpeaker: null,
};

/** Takes over a snapshot; what is known beyond it (layers, flow) is kept for producers that are still there. */
export function withSnapshot(
  roster: Roster,
  selfId: string,
  snapshot: {
    readonly participants: readonly ParticipantInfo[];
    readonly producers: readonly ProducerInfo[];
  },
): Roster {
  return {
    selfId,
    participants: snapshot.participants.filter((participant) => participant.participantId !== selfId),
    producers: snapshot.producers
      .filter((producer) => producer.participantId !== selfId)
      .map((producer) => {
        const known = roster.producers.find((one) => one.producerId === producer.producerId);
        return { flowing: true, layer: undefined, reason: undefined, ...known, ...producer };
      }),
    activeSpeaker: roster.activeSpeaker,
  };
}

/** The roster after an event; the same object when the event changes nothing of it. */
export function withEvent(roster: Roster, event: ServerEvent): Roster {
  switch (event.type) {
    case 'participantJoined':
    case 'participantUpdated': {
      const info = event.data;
      if (info.participantId === roster.selfId) return roster;
      return { ...roster, participants: put(roster.participants, info, (one) => one.participantId) };
    }
    case 'participantLeft': {
      const { participantId } = event.data;
      return {
        ...roster,
        participants: roster.participants.filter((one) => one.participantId !== participantId),
        producers: roster.producers.filter((one) => one.participantId !== participantId),
        activeSpeaker: roster.activeSpeaker === participantId ? null : roster.activeSpeaker,
      };
    }
    case 'producerAdded': {
      if (event.data.participantId === roster.selfId) return roster;
      const producer = { flowing: true, layer: undefined, reason: undefined, ...event.data };
      return { ...roster, producers: put(roster.producers, producer, (one) => one.producerId) };
    }
    case 'producerRemoved': {
      const { producerId } = event.data;
      return { ...roster, producers: roster.producers.filter((one) => one.producerId !== producerId) };
    }
    case 'producerMuted':
      return change(roster, event.data.producerId, { muted: event.data.muted });
    case 'producerFlow':
      return change(roster, event.data.producerId, { flowing: event.data.flowing });
    case 'quality':
      return change(roster, event.data.producerId, { layer: event.data.to, reason: event.data.reason });
    case 'activeSpeaker':
      return { ...roster, activeSpeaker: event.data.participantId };
    default:
      return roster;
  }
}

function change(roster: Roster, producerId: string, what: Partial<RosterProducer>): Roster {
  return {
    ...roster,
    producers: roster.producers.map((one) => (one.producerId === producerId ? { ...one, ...what } : one)),
  };
}

function put<T>(list: readonly T[], item: T, key: (item: T) => string): readonly T[] {
  const id = key(item);
  if (!list.some((one) => key(one) === id)) return [...list, item];
  return list.map((one) => (key(one) === id ? item : one));
}
