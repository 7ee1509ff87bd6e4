import { VisavisError } from '../../base/errors.ts';
import type { RouterEvent } from '../../sfu/events.ts';
import type { ToWorker, TransportState } from '../../transport/media-messages.ts';
import type { LeaveReason, ParticipantInfo, ProducerInfo } from '../protocol/common.ts';
import type { RequestData, RequestResult } from '../protocol/requests.ts';
import type { ServerEventData, ServerEventType } from '../protocol/server-events.ts';
import { BrowserReports } from '../quality/browser-reports.ts';
import type { DeviceWatch } from './device-watch.ts';
import type { EffectSink } from './effects.ts';
import { type Identity, type Participant, participantInfo, producerInfo } from './participant.ts';
import { type Negotiation, PeerMedia } from './peer-media.ts';
import { Session } from './session.ts';

export interface RoomOptions {
  /** The name people know. */
  readonly name: string;
  /** The media side's id of this incarnation of the room. */
  readonly roomId: string;
  readonly effects: EffectSink;
  maxParticipants(): number;
  /** Unique, url-safe. */
  makeId(): string;
  makeNegotiation(roomId: string, transportId: string): Negotiation;
  /** Wall clock at a monotonic time, UTC, ISO 8601. */
  wallClockAt(nowUs: number): string;
  /** Told once for everyone who left for good, whatever the reason. */
  onLeft(participant: Participant, reason: LeaveReason): void;
}

/**
 * One room: who is in it, what they publish, who gets what, and what each is told. Sans-IO: told requests, media
 * events and time; pushes effects. It opens its router when made and closes it, once, with `close`.
 */
export class Room {
  readonly name: string;
  readonly roomId: string;
  readonly #options: RoomOptions;
  readonly #participants = new Map<string, Participant>();
  readonly #ownerOfProducer = new Map<string, Participant>();
  #activeSpeaker: string | null = null;
  #dataSeq = 0;
  #closed = false;

  constructor(options: RoomOptions) {
    this.name = options.name;
    this.roomId = options.roomId;
    this.#options = options;
    this.#media({ type: 'createRoom', roomId: options.roomId });
  }

  get closed(): boolean {
    return this.#closed;
  }

  get participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  get participantInfos(): ParticipantInfo[] {
    return [...this.#participants.values()].map(participantInfo);
  }

  get producerInfos(): ProducerInfo[] {
    const infos: ProducerInfo[] = [];
    for (const { participantId, media } of this.#participants.values()) {
      for (const producer of media.producers.values()) infos.push(producerInfo(participantId, producer));
    }
    return infos;
  }

  /** Lets somebody in and tells the others. Whoever was here as the same subject is replaced. */
  enter(identity: Identity, connection: Session | DeviceWatch, nowUs: number): Participant {
    const { makeId, makeNegotiation, effects } = this.#options;
    for (const present of this.#participants.values()) {
      if (present.identity.subject === identity.subject) this.remove(present, 'replaced');
    }
    const maxParticipants = this.#options.maxParticipants();
    if (this.#participants.size >= maxParticipants) {
      throw new VisavisError('room_full', `the room admits ${maxParticipants} participants`);
    }
    const participant: Participant = {
      participantId: makeId(),
      identity,
      joinedAt: this.#options.wallClockAt(nowUs),
      ...(connection instanceof Session
        ? { session: connection, device: undefined }
        : { session: undefined, device: connection }),
      media: new PeerMedia({
        roomId: this.roomId,
        streamId: makeId(),
        effects,
        makeId,
        makeNegotiation: (transportId) => makeNegotiation(this.roomId, transportId),
      }),
      reports: new BrowserReports(nowUs),
    };
    this.#tellOthers(participant, 'participantJoined', participantInfo(participant));
    this.#participants.set(participant.participantId, participant);
    this.#log('participant joined', participant);
    return participant;
  }

  /** Ends somebody's stay: media closed, others told, session ended. Does nothing the second time. */
  remove(participant: Participant, reason: LeaveReason): void {
    const { participantId, media, session } = participant;
    if (!this.#participants.delete(participantId)) return;
    for (const producerId of media.close()) this.#producerEnded(participantId, producerId);
    this.#tellOthers(participant, 'participantLeft', { participantId, reason });
    session?.end(reason);
    this.#left(participant, reason);
  }

  /** Ends the room for everyone. Idempotent; nothing is said afterwards. */
  close(reason: LeaveReason): void {
    if (this.#closed) return;
    this.#closed = true;
    const leaving = [...this.#participants.values()];
    this.#participants.clear();
    this.#ownerOfProducer.clear();
    for (const participant of leaving) {
      participant.media.close();
      participant.session?.end(reason);
      this.#left(participant, reason);
    }
    this.#media({ type: 'closeRoom', roomId: this.roomId });
  }

  /** Offer/answer for one participant; others are told what came and went. Throws and changes nothing if refused. */
  negotiate(participant: Participant, request: RequestData<'negotiate'>): RequestResult<'negotiate'> {
    const { grants } = participant.identity;
    for (const { publish, subscribe } of request.lines) {
      if (publish !== undefined && !grants.publish.includes(publish.source)) {
        throw new VisavisError('publish_denied', `publishing ${publish.source} is not granted`);
      }
      if (subscribe !== undefined && !grants.subscribe) {
        throw new VisavisError('subscribe_denied', 'subscribing is not granted');
      }
    }
    const change = participant.media.negotiate(request, (producerId) => {
      const owner = this.#ownerOfProducer.get(producerId);
      return owner === participant ? undefined : owner?.media.producers.get(producerId);
    });
    for (const producerId of change.endedProducers) {
      this.#producerEnded(participant.participantId, producerId);
    }
    for (const producer of change.published) {
      this.#ownerOfProducer.set(producer.producerId, participant);
      this.#tellOthers(participant, 'producerAdded', producerInfo(participant.participantId, producer));
    }
    return change.answer;
  }

  /** Ends a producer of `participant`. */
  unpublish(participant: Participant, producerId: string): void {
    if (!participant.media.closeProducer(producerId)) throw unknownProducer();
    this.#producerEnded(participant.participantId, producerId);
  }

  /** Mutes or unmutes one's own producer, or mutes another's with the moderate grant. Everyone is told. */
  mute(by: Participant, { producerId, muted }: RequestData<'mute'>): void {
    const owner = this.#ownerOfProducer.get(producerId);
    const producer = owner?.media.producers.get(producerId);
    if (owner === undefined || producer === undefined) throw unknownProducer();
    if (owner !== by && !(by.identity.grants.moderate && muted)) {
      throw new VisavisError(
        'moderate_denied',
        "another's producer may be muted with the moderate grant only",
      );
    }
    if (producer.muted === muted) return;
    owner.media.setMuted(producer, muted);
    this.#tellAll('producerMuted', { producerId, muted, by: by.participantId });
  }

  /** Numbers a data message and delivers it to one, or to all but the sender. */
  sendData(from: Participant, message: RequestData<'sendData'>, nowUs: number): number {
    const { topic, payload, to, messageId } = message;
    const before = messageId === undefined ? undefined : from.session?.sentBefore(messageId);
    if (before !== undefined) return before;
    const receiver = to === undefined ? undefined : this.#participants.get(to);
    if (to !== undefined && receiver === undefined) throw unknownParticipant();
    this.#dataSeq += 1;
    const dataSeq = this.#dataSeq;
    if (messageId !== undefined) from.session?.rememberSent(messageId, dataSeq);
    const sentAt = this.#options.wallClockAt(nowUs);
    const event = { dataSeq, from: from.participantId, topic, payload, sentAt };
    if (to !== undefined) receiver?.session?.event('data', { ...event, to });
    else this.#tellOthers(from, 'data', event);
    return dataSeq;
  }

  /** The participant of `participantId`; throws `participant_unknown`. */
  participant(participantId: string): Participant {
    const participant = this.#participants.get(participantId);
    if (participant === undefined) throw unknownParticipant();
    return participant;
  }

  /** Tells the others that somebody's connection broke or came back. */
  connectionChanged(participant: Participant): void {
    this.#tellOthers(participant, 'participantUpdated', participantInfo(participant));
  }

  /** What the network side says of a transport. */
  handleTransportState(
    transportId: string,
    state: TransportState,
    reason: string | undefined,
    nowUs: number,
  ): void {
    const participant = this.#find((media) => media.transportId === transportId);
    if (participant === undefined || state === 'new' || state === 'closed') return;
    const { device } = participant;
    if (device !== undefined) {
      const before = device.connected;
      device.handleTransportState(state, nowUs);
      if (device.connected !== before) this.connectionChanged(participant);
    }
    participant.session?.event('mediaState', reason === undefined ? { state } : { state, reason });
  }

  /** What the router says. Ids that are not known (any more) are ignored. */
  handleRouterEvent(event: RouterEvent): void {
    switch (event.type) {
      case 'consumerLayer':
        this.#quality(event);
        break;
      case 'producerFlow': {
        const { producerId, flowing } = event;
        if (this.#ownerOfProducer.has(producerId)) this.#tellAll('producerFlow', { producerId, flowing });
        break;
      }
      case 'activeSpeaker':
        this.#setActiveSpeaker(event.producerId);
        break;
      case 'producerClosed':
        this.#producerEndedByRouter(event.producerId);
        break;
      case 'consumerClosed':
        this.#find((media) => media.forgetConsumer(event.consumerId));
        break;
      case 'commandFailed':
        this.#commandFailed(event);
        break;
      case 'producerEncoding':
      case 'stats':
        break;
    }
  }

  /** The worker died with everything this room had on it. A router is opened anew; people publish again by `fresh`. */
  mediaLost(): void {
    if (this.#closed) return;
    this.#media({ type: 'createRoom', roomId: this.roomId });
    for (const participant of this.#participants.values()) {
      const { media, session, participantId } = participant;
      const hadTransport = media.transportId !== undefined;
      for (const producerId of media.lose()) this.#producerEnded(participantId, producerId);
      if (hadTransport) session?.event('mediaState', { state: 'gone', reason: 'worker_lost' });
    }
  }

  #quality(event: Extract<RouterEvent, { type: 'consumerLayer' }>): void {
    const { consumerId, from, to, reason } = event;
    const participant = this.#find((media) => media.consumers.has(consumerId));
    const producerId = participant?.media.consumers.get(consumerId);
    if (producerId === undefined) return;
    participant?.session?.event('quality', { consumerId, producerId, from, to, reason });
  }

  #setActiveSpeaker(producerId: string | null): void {
    const owner = producerId === null ? undefined : this.#ownerOfProducer.get(producerId);
    const speaker = owner === undefined ? null : producerId;
    if (speaker === this.#activeSpeaker) return;
    this.#activeSpeaker = speaker;
    const participantId = owner?.participantId ?? null;
    this.#tellAll('activeSpeaker', { participantId, producerId: speaker });
  }

  #producerEndedByRouter(producerId: string): void {
    const owner = this.#ownerOfProducer.get(producerId);
    if (owner === undefined || !owner.media.forgetProducer(producerId)) return;
    this.#producerEnded(owner.participantId, producerId);
  }

  #commandFailed(event: Extract<RouterEvent, { type: 'commandFailed' }>): void {
    const { command, id, code } = event;
    this.#options.effects.push({
      type: 'log',
      level: 'warn',
      message: 'a media command failed',
      ids: { roomId: this.roomId, command, id, code },
    });
    if (command === 'createProducer') this.#producerEndedByRouter(id);
    if (command === 'createConsumer') this.#find((media) => media.forgetConsumer(id));
  }

  /** A producer is gone from its owner: its consumers with it, and everyone is told. */
  #producerEnded(participantId: string, producerId: string): void {
    if (!this.#ownerOfProducer.delete(producerId)) return;
    for (const { media } of this.#participants.values()) media.forgetConsumersOf(producerId);
    this.#tellAll('producerRemoved', { producerId, participantId });
    if (this.#activeSpeaker === producerId) this.#setActiveSpeaker(null);
  }

  #find(predicate: (media: PeerMedia) => boolean): Participant | undefined {
    for (const participant of this.#participants.values()) {
      if (predicate(participant.media)) return participant;
    }
    return undefined;
  }

  #tellAll<T extends ServerEventType>(type: T, data: ServerEventData<T>): void {
    for (const { session } of this.#participants.values()) session?.event(type, data);
  }

  #tellOthers<T extends ServerEventType>(except: Participant, type: T, data: ServerEventData<T>): void {
    for (const participant of this.#participants.values()) {
      if (participant !== except) participant.session?.event(type, data);
    }
  }

  #media(message: ToWorker): void {
    this.#options.effects.push({ type: 'media', message });
  }

  #left(participant: Participant, reason: LeaveReason): void {
    this.#log(`participant left: ${reason}`, participant);
    this.#options.onLeft(participant, reason);
  }

  #log(message: string, { participantId, session }: Participant): void {
    const sessionId = session === undefined ? {} : { sessionId: session.sessionId };
    const ids = { roomId: this.roomId, participantId, ...sessionId };
    this.#options.effects.push({ type: 'log', level: 'info', message, ids });
  }
}

function unknownProducer(): VisavisError {
  return new VisavisError('producer_unknown', 'there is no such producer here (any more)');
}

function unknownParticipant(): VisavisError {
  return new VisavisError('participant_unknown', 'there is no such participant here (any more)');
}
