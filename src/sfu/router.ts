/**
 * One room's forwarding: the one door in (packets, commands, time) and, through its Outbox, the one door out.
 * Synchronous and sans-IO: it never reads a clock, a socket or a random source but those it is told.
 */

import { ActiveSpeaker } from './audio/active-speaker.ts';
import { audioLevelOf } from './audio/audio-level.ts';
import { CommandError, taken, unknown } from './command-error.ts';
import type { RouterCommand } from './commands.ts';
import { PacketPool } from './congestion/pacer-queue.ts';
import { Consumer } from './consumer.ts';
import { makeRouterDrops, type RouterDrops } from './drops.ts';
import type { Encoding } from './encoding.ts';
import type { RouterStats } from './events.ts';
import { LayerAllocation } from './layer-allocation.ts';
import type { Outbox } from './outbox.ts';
import { Producer, type ProducerListener } from './producer.ts';
import { publisherLimit } from './publisher-limit.ts';
import { Transport } from './transport.ts';
import type { TransportEnvironment, TransportState } from './transport-state.ts';

/** How often encodings and flows are looked at for silence. */
const SILENCE_CHECK_US = 100_000;

export interface RouterOptions {
  readonly outbox: Outbox;
  /** Uniform 32-bit integers, from a cryptographic source: sequence numbers and timestamps begin at them. */
  random(): number;
  /** Unix time in µs is `nowUs` plus this. */
  readonly wallClockOffsetUs: number;
}

type Command<Type extends RouterCommand['type']> = Extract<RouterCommand, { type: Type }>;

export class Router implements ProducerListener {
  readonly #environment: TransportEnvironment;
  readonly #outbox: Outbox;
  readonly #drops: RouterDrops = makeRouterDrops();
  readonly #transports = new Map<string, Transport>();
  readonly #producers = new Map<string, Producer>();
  readonly #consumers = new Map<string, Consumer>();
  readonly #allocations = new Map<TransportState, LayerAllocation>();
  readonly #activeSpeaker = new ActiveSpeaker();
  #nextUs = Number.POSITIVE_INFINITY;
  #silenceCheckUs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(options: RouterOptions) {
    this.#outbox = options.outbox;
    this.#environment = {
      outbox: options.outbox,
      drops: this.#drops,
      packetPool: new PacketPool(),
      random: () => options.random(),
      wallClockOffsetUs: options.wallClockOffsetUs,
      wakeAt: (atUs) => {
        if (atUs < this.#nextUs) this.#nextUs = atUs;
      },
    };
  }

  /** Takes one unprotected RTP packet of `transportId` in. The router may keep and rewrite the buffer. */
  handleRtp(transportId: string, packet: Buffer, nowUs: number): void {
    const transport = this.#transports.get(transportId);
    if (transport === undefined) this.#drops.transportUnknown += 1;
    else transport.receiveRtp(packet, nowUs);
  }

  /** Takes one unprotected compound RTCP packet of `transportId` in; borrowed for the call. */
  handleRtcp(transportId: string, packet: Buffer, nowUs: number): void {
    const transport = this.#transports.get(transportId);
    if (transport === undefined) this.#drops.transportUnknown += 1;
    else transport.receiveRtcp(packet, nowUs);
  }

  /** Does what `command` says; one that cannot be done emits `commandFailed` and changes nothing. */
  handleCommand(command: RouterCommand, nowUs: number): void {
    if (this.#closed) return;
    try {
      this.#execute(command, nowUs);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const { id, code, message } = error;
      this.#outbox.emit({ type: 'commandFailed', command: command.type, id, code, message });
    }
  }

  /** When `handleTimeout` next has something to do, µs; Infinity: not before something else comes. */
  nextTimeout(): number {
    return this.#nextUs;
  }

  /** Does what is due at `nowUs`; calling it early or late is harmless. */
  handleTimeout(nowUs: number): void {
    if (nowUs < this.#nextUs) return;
    if (nowUs >= this.#silenceCheckUs) {
      for (const producer of this.#producers.values()) producer.checkSilence(nowUs);
      this.#silenceCheckUs = this.#producers.size === 0 ? Number.POSITIVE_INFINITY : nowUs + SILENCE_CHECK_US;
    }
    if (this.#activeSpeaker.decide(nowUs)) {
      this.#outbox.emit({ type: 'activeSpeaker', producerId: this.#activeSpeaker.dominant });
    }
    for (const transport of this.#transports.values()) {
      if (transport.nextTimeoutUs <= nowUs) transport.handleTimeout(nowUs);
    }
    for (const [transport, { nextTimeoutUs }] of this.#allocations) {
      if (nextTimeoutUs <= nowUs) this.#allocate(transport, nowUs);
    }
    let nextUs = Math.min(this.#silenceCheckUs, this.#activeSpeaker.nextTimeoutUs);
    for (const transport of this.#transports.values()) nextUs = Math.min(nextUs, transport.nextTimeoutUs);
    for (const { nextTimeoutUs } of this.#allocations.values()) nextUs = Math.min(nextUs, nextTimeoutUs);
    this.#nextUs = nextUs;
  }

  /** Closes every transport without a word, and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#transports.clear();
    this.#allocations.clear();
    this.#producers.clear();
    this.#consumers.clear();
    this.#nextUs = Number.POSITIVE_INFINITY;
    this.#silenceCheckUs = Number.POSITIVE_INFINITY;
  }

  encodingChanged(producer: Producer, encoding: Encoding, nowUs: number): void {
    const { rid, active, width, height } = encoding;
    this.#outbox.emit({
      type: 'producerEncoding',
      producerId: producer.producerId,
      rid,
      active,
      width,
      height,
    });
    const transports = new Set(
      this.#consumersWhere('producer', producer).map((consumer) => consumer.transport),
    );
    for (const transport of transports) this.#allocate(transport, nowUs);
  }

  flowChanged(producer: Producer, flowing: boolean): void {
    this.#outbox.emit({ type: 'producerFlow', producerId: producer.producerId, flowing });
  }

  audioLevel(producer: Producer, level: number, nowUs: number): void {
    this.#activeSpeaker.receive(producer.producerId, audioLevelOf(level), nowUs);
    this.#environment.wakeAt(this.#activeSpeaker.nextTimeoutUs);
  }

  #execute(command: RouterCommand, nowUs: number): void {
    switch (command.type) {
      case 'createTransport':
        this.#createTransport(command, nowUs);
        break;
      case 'updateTransport':
        this.#transport(command.transportId).update(command.extensionIds, command.mixedExtensions);
        break;
      case 'suspendTransport':
        this.#transport(command.transportId).suspend();
        break;
      case 'resumeTransport':
        this.#transport(command.transportId).resume(nowUs);
        break;
      case 'closeTransport':
        this.#closeTransport(this.#transport(command.transportId));
        break;
      case 'createProducer':
        this.#createProducer(command, nowUs);
        break;
      case 'pauseProducer':
        this.#producer(command.producerId).pause();
        this.#activeSpeaker.remove(command.producerId);
        break;
      case 'resumeProducer':
        this.#producer(command.producerId).resume(nowUs);
        break;
      case 'closeProducer':
        this.#closeProducer(this.#producer(command.producerId));
        break;
      case 'createConsumer':
        this.#createConsumer(command, nowUs);
        break;
      case 'pauseConsumer':
        this.#consumer(command.consumerId).pause();
        break;
      case 'resumeConsumer': {
        const consumer = this.#consumer(command.consumerId);
        consumer.resume();
        this.#allocate(consumer.transport, nowUs);
        break;
      }
      case 'setConsumerLayers': {
        const consumer = this.#consumer(command.consumerId);
        consumer.wanted = command.wanted;
        this.#allocate(consumer.transport, nowUs);
        break;
      }
      case 'requestKeyFrame':
        this.#consumer(command.consumerId).requestKeyFrame(nowUs);
        break;
      case 'closeConsumer':
        this.#closeConsumer(this.#consumer(command.consumerId));
        break;
      case 'getStats':
        this.#outbox.emit({ type: 'stats', requestId: command.requestId, stats: this.#stats(nowUs) });
        break;
      case 'closeRouter':
        this.close();
        break;
    }
  }

  #createTransport(command: Command<'createTransport'>, nowUs: number): void {
    const { transportId, extensionIds, mixedExtensions } = command;
    if (this.#transports.has(transportId)) throw taken(transportId);
    const transport = new Transport(transportId, extensionIds, mixedExtensions, this.#environment, nowUs);
    this.#transports.set(transportId, transport);
    this.#allocations.set(transport, new LayerAllocation(transport));
    this.#environment.wakeAt(transport.nextTimeoutUs);
  }

  #closeTransport(transport: Transport): void {
    for (const consumer of this.#consumersWhere('transport', transport)) {
      this.#closeConsumer(consumer);
      this.#outbox.emit({ type: 'consumerClosed', consumerId: consumer.consumerId });
    }
    for (const producer of [...this.#producers.values()]) {
      if (producer.transport !== transport) continue;
      this.#closeProducer(producer);
      this.#outbox.emit({ type: 'producerClosed', producerId: producer.producerId });
    }
    this.#transports.delete(transport.transportId);
    this.#allocations.delete(transport);
  }

  #createProducer(command: Command<'createProducer'>, nowUs: number): void {
    const { producerId } = command;
    if (this.#producers.has(producerId)) throw taken(producerId);
    if (command.codecs.length === 0 || command.encodings.length === 0) {
      throw new CommandError(
        producerId,
        'codec_unsupported',
        'a producer needs at least one codec and one encoding',
      );
    }
    const transport = this.#transport(command.transportId);
    const producer = new Producer({ ...command, transport, drops: this.#drops }, this);
    this.#producers.set(producerId, producer);
    transport.producers.push(producer);
    transport.listener.addProducer(producer);
    transport.applyRtt(producer);
    if (this.#silenceCheckUs === Number.POSITIVE_INFINITY) this.#silenceCheckUs = nowUs + SILENCE_CHECK_US;
    this.#environment.wakeAt(this.#silenceCheckUs);
  }

  #closeProducer(producer: Producer): void {
    for (const consumer of this.#consumersWhere('producer', producer)) {
      this.#closeConsumer(consumer);
      this.#outbox.emit({ type: 'consumerClosed', consumerId: consumer.consumerId });
    }
    this.#activeSpeaker.remove(producer.producerId);
    producer.transport.listener.removeProducer(producer);
    remove(producer.transport.producers, producer);
    this.#producers.delete(producer.producerId);
  }

  #createConsumer(command: Command<'createConsumer'>, nowUs: number): void {
    const { consumerId } = command;
    if (this.#consumers.has(consumerId)) throw taken(consumerId);
    const transport = this.#transport(command.transportId);
    const producer = this.#producer(command.producerId);
    if (!producer.codecs.some((codec) => command.codecs.some((own) => own.name === codec.name))) {
      throw new CommandError(
        consumerId,
        'codec_unsupported',
        'the subscriber has none of the codecs of the producer',
      );
    }
    const consumer = new Consumer({ ...command, transport, producer });
    this.#consumers.set(consumerId, consumer);
    transport.consumers.push(consumer);
    producer.consumers.push(consumer);
    if (consumer.isVideo) this.#allocations.get(transport)!.consumers.push(consumer);
    this.#allocate(transport, nowUs);
  }

  #closeConsumer(consumer: Consumer): void {
    remove(consumer.transport.consumers, consumer);
    remove(consumer.producer.consumers, consumer);
    remove(this.#allocations.get(consumer.transport)!.consumers, consumer);
    this.#consumers.delete(consumer.consumerId);
    this.#limit(consumer.producer.transport);
  }

  /** Decides anew which layer each video consumer of `transport` gets. */
  #allocate(transport: TransportState, nowUs: number): void {
    const allocation = this.#allocations.get(transport)!;
    const { dominant } = this.#activeSpeaker;
    const speaker = dominant === null ? undefined : this.#producers.get(dominant)?.transport;
    const wasBounding = allocation.isBounding;
    allocation.run(speaker, nowUs);
    // Most subscribers can take what there is: then the room need not be gone through.
    if (!wasBounding && !allocation.isBounding) return;
    for (const publisher of new Set(allocation.consumers.map(({ producer }) => producer.transport)))
      this.#limit(publisher);
  }

  #limit(publisher: TransportState): void {
    publisher.limitBitsPerSecond = publisherLimit(publisher, {
      producers: this.#producers,
      consumers: this.#consumers,
      allocations: this.#allocations,
    });
  }

  /** The consumers of a producer, or of a transport, in the order they were made. */
  #consumersWhere<Of extends 'producer' | 'transport'>(of: Of, whose: Consumer[Of]): Consumer[] {
    return [...this.#consumers.values()].filter((consumer) => consumer[of] === whose);
  }

  #transport(transportId: string): Transport {
    return this.#transports.get(transportId) ?? unknown(transportId, 'transport_unknown');
  }

  #producer(producerId: string): Producer {
    return this.#producers.get(producerId) ?? unknown(producerId, 'producer_unknown');
  }

  #consumer(consumerId: string): Consumer {
    return this.#consumers.get(consumerId) ?? unknown(consumerId, 'consumer_unknown');
  }

  #stats(nowUs: number): RouterStats {
    return {
      transports: [...this.#transports.values()].map((transport) => transport.stats(nowUs)),
      producers: [...this.#producers.values()].map((producer) => producer.stats(nowUs)),
      consumers: [...this.#consumers.values()].map((consumer) => consumer.stats(nowUs)),
      drops: { ...this.#drops },
    };
  }
}

function remove<Item>(items: Item[], item: Item): void {
  const index = items.indexOf(item);
  if (index >= 0) items.splice(index, 1);
}
