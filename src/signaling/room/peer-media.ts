import { VisavisError } from '../../base/errors.ts';
import type { RouterCommand } from '../../sfu/commands.ts';
import type { ToWorker } from '../../transport/media-messages.ts';
import type { ProducerDescription, PublishedLine } from '../../transport/sdp/negotiation-types.ts';
import type { PeerNegotiation } from '../../transport/sdp/peer-negotiation.ts';
import type { Source } from '../protocol/common.ts';
import type { RequestData, RequestResult } from '../protocol/requests.ts';
import type { EffectSink } from './effects.ts';

/** Offer/answer of one PeerConnection. */
export type Negotiation = Pick<PeerNegotiation<Source>, 'negotiate' | 'release' | 'restartIce' | 'ice'>;

/** One published source of a participant. */
export interface Producer extends ProducerDescription {
  readonly source: Source;
  /** The preferred one, lower case. */
  readonly codec: string;
  readonly simulcast: boolean;
  muted: boolean;
}

/** What one negotiation changed, for the room to tell. */
export interface MediaChange {
  readonly answer: RequestResult<'negotiate'>;
  readonly published: readonly Producer[];
  readonly endedProducers: readonly string[];
}

export interface PeerMediaOptions {
  readonly roomId: string;
  /** Names the participant's media: the same for its camera and microphone, so that lips match. */
  readonly streamId: string;
  readonly effects: EffectSink;
  makeId(): string;
  /** A negotiation for a new PeerConnection. Throws `media_unavailable` when no worker can carry it. */
  makeNegotiation(transportId: string): Negotiation;
}

/** A PeerConnection that was negotiated at least once. */
interface Connected {
  readonly transportId: string;
  readonly negotiation: Negotiation;
}

/**
 * One participant's PeerConnection, and the producers and consumers it carries. It keeps what the media worker was
 * told in step: whatever was created is closed once, by itself or with the transport, producer or room it stands on.
 */
export class PeerMedia {
  readonly #options: PeerMediaOptions;
  readonly #producers = new Map<string, Producer>();
  /** Consumer id to the producer it shows. */
  readonly #consumers = new Map<string, string>();
  #connected: Connected | undefined;
  #lost = false;

  constructor(options: PeerMediaOptions) {
    this.#options = options;
  }

  get producers(): ReadonlyMap<string, Producer> {
    return this.#producers;
  }

  get consumers(): ReadonlyMap<string, string> {
    return this.#consumers;
  }

  /** The transport of the present PeerConnection, if it has one. */
  get transportId(): string | undefined {
    return this.#connected?.transportId;
  }

  /** The present PeerConnection's offer/answer, if there was one. */
  get negotiation(): Negotiation | undefined {
    return this.#connected?.negotiation;
  }

  /** Answers an offer. Throws VisavisError and changes nothing if it cannot. */
  negotiate(
    request: RequestData<'negotiate'>,
    lookupProducer: (producerId: string) => ProducerDescription | undefined,
  ): MediaChange {
    const fresh = request.fresh === true;
    if (this.#lost && !fresh) {
      throw new VisavisError('media_unavailable', 'the media worker was lost: negotiate with fresh: true');
    }
    const before = fresh ? undefined : this.#connected;
    const { negotiation, transportId } = before ?? this.#connect();
    const result = negotiation.negotiate({ sdp: request.sdp, lines: request.lines }, lookupProducer);

    const endedProducers = before === undefined ? this.close() : [];
    this.#connected = { negotiation, transportId };
    this.#lost = false;
    for (const message of result.messages) this.tell(message);
    for (const producerId of result.endedProducers) {
      if (this.#producers.delete(producerId)) endedProducers.push(producerId);
    }
    for (const consumerId of result.endedConsumers) this.#consumers.delete(consumerId);
    const published = result.published.map((line) => this.#makeProducer(line));
    for (const producer of published) this.#producers.set(producer.producerId, producer);
    for (const { consumerId, producerId } of result.subscribed) this.#consumers.set(consumerId, producerId);
    return { answer: { sdp: result.sdp, lines: [...result.lines] }, published, endedProducers };
  }

  /** Ends one producer of mine; false if there is none. */
  closeProducer(producerId: string): boolean {
    if (!this.forgetProducer(producerId)) return false;
    this.#command({ type: 'closeProducer', producerId });
    return true;
  }

  /** Ends one subscription of mine; false if there is none. */
  closeConsumer(consumerId: string): boolean {
    if (!this.forgetConsumer(consumerId)) return false;
    this.#command({ type: 'closeConsumer', consumerId });
    return true;
  }

  /** The router closed it already. False if it was not known (any more). */
  forgetProducer(producerId: string): boolean {
    if (!this.#producers.delete(producerId)) return false;
    this.#connected?.negotiation.release(producerId);
    return true;
  }

  /** The router closed it already. False if it was not known (any more). */
  forgetConsumer(consumerId: string): boolean {
    if (!this.#consumers.delete(consumerId)) return false;
    this.#connected?.negotiation.release(consumerId);
    return true;
  }

  /** Somebody's producer ended, and the router closed what stood on it. */
  forgetConsumersOf(producerId: string): void {
    for (const [consumerId, shown] of this.#consumers) {
      if (shown === producerId) this.forgetConsumer(consumerId);
    }
  }

  setMuted(producer: Producer, muted: boolean): void {
    producer.muted = muted;
    const { producerId } = producer;
    this.#command({ type: muted ? 'pauseProducer' : 'resumeProducer', producerId });
  }

  /** Changes what a subscription of mine shows; false if there is none. */
  setSubscription({ consumerId, wanted, paused }: RequestData<'setSubscription'>): boolean {
    if (!this.#consumers.has(consumerId)) return false;
    if (wanted !== undefined) this.#command({ type: 'setConsumerLayers', consumerId, wanted });
    if (paused !== undefined) {
      this.#command({ type: paused ? 'pauseConsumer' : 'resumeConsumer', consumerId });
    }
    return true;
  }

  /** Closes the transport and all it carries. Returns the producers that ended. Safe to call again. */
  close(): string[] {
    const { transportId } = this;
    if (transportId !== undefined) this.#command({ type: 'closeTransport', transportId });
    return this.#forgetAll();
  }

  /** The worker that carried it died: there is nothing left to close. Returns the producers that ended. */
  lose(): string[] {
    this.#lost ||= this.#connected !== undefined;
    return this.#forgetAll();
  }

  /** Passes a message of the negotiation on to the worker. */
  tell(message: ToWorker): void {
    this.#options.effects.push({ type: 'media', message });
  }

  #connect(): Connected {
    const transportId = this.#options.makeId();
    return { transportId, negotiation: this.#options.makeNegotiation(transportId) };
  }

  #makeProducer({
    producerId,
    kind,
    source,
    codec,
    codecs,
    simulcast,
    muted,
  }: PublishedLine<Source>): Producer {
    const { streamId } = this.#options;
    return { producerId, kind, source, codec, codecs, simulcast, muted, streamId };
  }

  #command(command: RouterCommand): void {
    this.tell({ type: 'router', roomId: this.#options.roomId, command });
  }

  #forgetAll(): string[] {
    const ended = [...this.#producers.keys()];
    this.#producers.clear();
    this.#consumers.clear();
    this.#connected = undefined;
    return ended;
  }
}
