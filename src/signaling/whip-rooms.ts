import { VisavisError } from '../base/errors.ts';
import type { IceParameters } from '../transport/media-messages.ts';
import { admissionOf } from './admission.ts';
import type { Admission, Seat } from './directory/directory.ts';
import type { Engine } from './engine.ts';
import type { Grants, Source } from './protocol/common.ts';
import type { NegotiateLine } from './protocol/requests.ts';
import type { Participant } from './room/participant.ts';
import type { TokenService } from './tokens/token-service.ts';
import type { WhipBackend, WhipKind, WhipOpenRequest, WhipSession } from './whip/whip-backend.ts';

export interface WhipRoomsOptions {
  readonly engine: Engine;
  readonly tokens: TokenService;
  /** At least 128 bits of randomness, url-safe. */
  makeSecret(): string;
}

interface Resource {
  readonly sessionId: string;
  readonly kind: WhipKind;
  readonly owner: string;
}

/** A picture's source, the most particular first. */
const videoSources: readonly Source[] = ['instrument', 'camera', 'screen'];

/**
 * WHIP and WHEP sessions as participants of role `device`: each lives as long as its transport (`DeviceWatch`), and
 * ends like anybody's stay, by kick, room close or drain. A device that opens a session again replaces the one before.
 */
export class WhipRooms implements WhipBackend {
  readonly #options: WhipRoomsOptions;
  readonly #resources = new WeakMap<Participant, Resource>();

  constructor(options: WhipRoomsOptions) {
    this.#options = options;
  }

  async open(request: WhipOpenRequest): Promise<{ readonly sessionId: string; readonly answer: string }> {
    const { engine, tokens, makeSecret } = this.#options;
    const claims = await tokens.verify(request.token);
    const { kind, owner, sdp } = request;
    const admission = asDevice(admissionOf(claims, undefined), kind);
    // Before entering, which replaces: what is not granted must not end the session that is there.
    const publishing = kind === 'whip' ? publishLines(request, admission.identity.grants) : undefined;
    return engine.run((nowUs) => {
      const seat = engine.directory.joinDevice(admission, nowUs);
      try {
        const lines = publishing ?? playLines(request, seat);
        const answer = seat.room.negotiate(seat.participant, { sdp, lines });
        const sessionId = makeSecret();
        this.#resources.set(seat.participant, { sessionId, kind, owner });
        return { sessionId, answer: answer.sdp };
      } catch (error) {
        engine.directory.leave(seat, 'left');
        throw error;
      }
    });
  }

  find(sessionId: string): WhipSession | undefined {
    const seat = this.#seat(sessionId);
    const resource = seat && this.#resources.get(seat.participant);
    const ice = seat?.participant.media.negotiation?.ice;
    if (resource === undefined || ice === undefined) return undefined;
    return { kind: resource.kind, owner: resource.owner, ice };
  }

  restart(sessionId: string, remote: IceParameters): string {
    return this.#options.engine.run(() => {
      const media = this.#seat(sessionId)?.participant.media;
      if (media?.negotiation === undefined) throw new VisavisError('session_gone', 'the session has ended');
      const { fragment, messages } = media.negotiation.restartIce(remote);
      for (const message of messages) media.tell(message);
      return fragment;
    });
  }

  close(sessionId: string): void {
    const { engine } = this.#options;
    const seat = this.#seat(sessionId);
    if (seat !== undefined) engine.run(() => engine.directory.leave(seat, 'left'));
  }

  /** Devices are few: a handful in a room. */
  #seat(sessionId: string): Seat | undefined {
    for (const seat of this.#options.engine.directory.devices) {
      if (this.#resources.get(seat.participant)?.sessionId === sessionId) return seat;
    }
    return undefined;
  }
}

/** The token's person may sit in the room at the same time: the device is a subject of its own. */
function asDevice(admission: Admission, kind: WhipKind): Admission {
  const { identity } = admission;
  return { ...admission, identity: { ...identity, subject: `${kind}:${identity.subject}`, role: 'device' } };
}

/** Microphone, and the first picture's source that the token grants. */
function publishLines({ lines }: WhipOpenRequest, grants: Grants): NegotiateLine[] {
  return lines.map(({ mid, kind }) => {
    const wanted = kind === 'audio' ? (['microphone'] as const) : videoSources;
    const source = wanted.find((one) => grants.publish.includes(one));
    if (source === undefined) {
      throw new VisavisError('publish_denied', `publishing none of ${wanted.join(', ')} is granted`);
    }
    return { mid, publish: { source } };
  });
}

/** The first of each kind that somebody else publishes. */
function playLines({ lines }: WhipOpenRequest, { room, participant }: Seat): NegotiateLine[] {
  const others = room.producerInfos.filter(
    (producer) => producer.participantId !== participant.participantId,
  );
  const playing = lines.flatMap(({ mid, kind }) => {
    const producer = others.find((one) => one.kind === kind);
    return producer === undefined ? [] : [{ mid, subscribe: { producerId: producer.producerId } }];
  });
  if (playing.length === 0)
    throw new VisavisError('nothing_published', 'there is nothing to play in the room');
  return playing;
}
