/**
 * One published source of one participant: takes its packets in, keeps its encodings' books, and hands what is worth
 * forwarding to each consumer. Everything about one packet happens here in the order of docs/packet-path.md.
 */
import type { ExtensionReader } from '../rtp/extension-reader.ts';
import type { ExtensionIds } from '../rtp/header-extension.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import { restoreFromRtx } from '../rtp/rtx.ts';
import type { MediaKind, ProducerEncoding, RtpCodec } from './commands.ts';
import type { AvailableLayer } from './congestion/layer-ladder.ts';
import type { RouterDrops } from './drops.ts';
import { Encoding } from './encoding.ts';
import type { ProducerStats } from './events.ts';
import type { ListenedStream } from './rtp-listener.ts';
import { HELD_BACK } from './stream/receive-statistics.ts';
import type { TransportProducer, TransportState } from './transport-state.ts';

/** Nothing from a producer that is not paused for this long: the flow has stopped, people are told. */
const FLOW_TIMEOUT_US = 2_000_000;

export interface ProducerOptions {
  readonly producerId: string;
  readonly transport: TransportState;
  readonly kind: MediaKind;
  readonly mid: string;
  readonly codecs: readonly RtpCodec[];
  readonly encodings: readonly ProducerEncoding[];
  readonly paused: boolean;
  readonly drops: RouterDrops;
}

/** A consumer as its producer needs it. */
export interface Subscriber {
  /** Offers one packet: it is sent, or left out. */
  forward(
    encoding: Encoding,
    codec: RtpCodec,
    packet: RtpPacket,
    extended: number,
    extensions: ExtensionReader,
    nowUs: number,
  ): void;
  /** A packet that cannot be read will never be offered. */
  leaveOut(encoding: Encoding, extended: number, nowUs: number): void;
  /** The source of `encoding` changed its SSRC. */
  sourceRestarted(encoding: Encoding): void;
  /** The producer is paused, or goes on. */
  rest(): void;
  goOn(nowUs: number): void;
  setClockMapping(encoding: Encoding, timestampAtOrigin: number): void;
}

/** What changed by one packet or tick, for the router to tell. */
export interface ProducerListener {
  encodingChanged(producer: Producer, encoding: Encoding, nowUs: number): void;
  flowChanged(producer: Producer, flowing: boolean): void;
  audioLevel(producer: Producer, level: number, nowUs: number): void;
}

export class Producer implements TransportProducer {
  readonly producerId: string;
  readonly transport: TransportState;
  readonly kind: MediaKind;
  readonly mid: string;
  readonly codecs: readonly RtpCodec[];
  readonly signalled: readonly ProducerEncoding[];
  readonly encodings: readonly Encoding[];
  readonly consumers: Subscriber[] = [];
  paused: boolean;

  readonly #drops: RouterDrops;
  readonly #listener: ProducerListener;
  #flowing = false;
  #flowSinceUs = Number.NaN;

  constructor(options: ProducerOptions, listener: ProducerListener) {
    this.producerId = options.producerId;
    this.transport = options.transport;
    this.kind = options.kind;
    this.mid = options.mid;
    this.codecs = options.codecs;
    this.signalled = options.encodings;
    this.encodings = options.encodings.map(
      (signalled, index) => new Encoding(index, signalled, options.codecs, options.transport.timeline),
    );
    this.paused = options.paused;
    this.#drops = options.drops;
    this.#listener = listener;
  }

  /** The codec in use, or before the first packet the preferred one. */
  get codec(): RtpCodec {
    return this.encodings.find((encoding) => encoding.codec !== undefined)?.codec ?? this.codecs[0]!;
  }

  /** Takes one packet of `stream` in. `extensions` were read from it, and are read anew when it carries a repair. */
  receive(
    stream: ListenedStream<Encoding, unknown>,
    packet: RtpPacket,
    extensions: ExtensionReader,
    nowUs: number,
  ): void {
    const { encoding } = stream;
    if (stream.repair) this.#receiveRepair(encoding, packet, extensions, nowUs);
    else this.#receiveMedia(encoding, packet, extensions, nowUs);
  }

  #receiveMedia(encoding: Encoding, packet: RtpPacket, extensions: ExtensionReader, nowUs: number): void {
    const codec = this.codecOf(packet.payloadType);
    if (codec === undefined) {
      this.#drops.payloadTypeUnknown += 1;
      return;
    }
    const { statistics } = encoding;
    if (encoding.ssrc !== packet.ssrc) {
      encoding.restart(packet.ssrc);
      for (const consumer of this.consumers) consumer.sourceRestarted(encoding);
    }
    const { duplicates, restarts } = statistics;
    const extended = statistics.receive(packet.sequenceNumber, packet.timestamp, packet.payloadLength, nowUs);
    if (extended === HELD_BACK) {
      this.#drops.heldBack += 1;
      return;
    }
    if (statistics.duplicates !== duplicates) {
      this.#drops.duplicate += 1;
      return;
    }
    if (statistics.restarts !== restarts) encoding.forgetPackets();
    if (codec.rtxPayloadType === undefined && encoding.nack?.wasAskedFor(extended)) statistics.noteRepair();
    if (packet.payloadLength > 0) encoding.clock.receivePacket(packet.timestamp, nowUs);
    if (!this.paused) encoding.nack?.receive(extended, nowUs);
    if (codec.name === 'red') this.#recoverFromRed(encoding, packet, extended, extensions, nowUs);
    this.#accept(encoding, codec, packet, extended, extensions, nowUs);
  }

  /** Takes in the lost packets that this one carries a copy of, before it. */
  #recoverFromRed(
    encoding: Encoding,
    packet: RtpPacket,
    extended: number,
    extensions: ExtensionReader,
    nowUs: number,
  ): void {
    const recovered = encoding.red.recover(packet, extended, encoding.statistics);
    if (recovered.length === 0) return;
    for (const lost of recovered) {
      const codec = this.codecOf(lost.payloadType);
      if (codec === undefined || codec.name === 'red') continue;
      const number = encoding.statistics.receiveRepaired(lost.sequenceNumber);
      if (number === HELD_BACK) continue;
      if (!this.paused) encoding.nack?.receiveRepaired(number, nowUs);
      extensions.read(lost);
      this.#accept(encoding, codec, lost, number, extensions, nowUs);
    }
    extensions.read(packet);
  }

  #receiveRepair(encoding: Encoding, packet: RtpPacket, extensions: ExtensionReader, nowUs: number): void {
    const codec = this.codecs.find((candidate) => candidate.rtxPayloadType === packet.payloadType);
    if (codec === undefined) {
      this.#drops.payloadTypeUnknown += 1;
      return;
    }
    encoding.repairSsrc = packet.ssrc;
    if (encoding.ssrc === undefined) {
      this.#drops.repairUseless += 1;
      return;
    }
    const original = restoreFromRtx(packet, encoding.ssrc, codec.payloadType);
    if (original === undefined) {
      this.#drops.probe += 1;
      return;
    }
    const { statistics } = encoding;
    const { duplicates } = statistics;
    const extended = statistics.receiveRepaired(original.sequenceNumber);
    if (extended === HELD_BACK) {
      this.#drops.repairUseless += 1;
      return;
    }
    if (statistics.duplicates !== duplicates) {
      this.#drops.duplicate += 1;
      return;
    }
    if (!this.paused) encoding.nack?.receiveRepaired(extended, nowUs);
    extensions.read(original);
    this.#accept(encoding, codec, original, extended, extensions, nowUs);
  }

  /** A packet seen for the first time, in whatever way it came. */
  #accept(
    encoding: Encoding,
    codec: RtpCodec,
    packet: RtpPacket,
    extended: number,
    extensions: ExtensionReader,
    nowUs: number,
  ): void {
    encoding.rate.add(packet.payloadLength, nowUs);
    if (this.paused) {
      this.#drops.producerPaused += 1;
      return;
    }
    const { info } = encoding;
    if (packet.payloadLength > 0) {
      const understood = encoding
        .readerFor(codec)
        .read(packet, extensions.dependencyDescriptorOffset, extensions.dependencyDescriptorLength, info);
      if (!understood) {
        this.#drops.payloadMalformed += 1;
        for (const consumer of this.consumers) consumer.leaveOut(encoding, extended, nowUs);
        return;
      }
      encoding.layerRates.add(info.spatialLayer, info.temporalLayer, packet.buffer.length, nowUs);
      encoding.ring.store(extended, packet.buffer, nowUs);
      if (encoding.noteMedia(packet.timestamp, nowUs)) this.#listener.encodingChanged(this, encoding, nowUs);
      // After what a change of layers may have asked for: this very key frame serves that too.
      if (info.keyFrame && info.startOfFrame && info.spatialLayer === 0 && this.kind === 'video') {
        encoding.keyFrames.receiveKeyFrame();
        encoding.nack?.receiveKeyFrame(extended);
      }
      this.#noteFlow();
    } else {
      info.reset();
    }
    if (extensions.audioLevelOffset !== 0 && this.kind === 'audio') {
      this.#listener.audioLevel(this, packet.buffer[extensions.audioLevelOffset]!, nowUs);
    }
    for (const consumer of this.consumers)
      consumer.forward(encoding, codec, packet, extended, extensions, nowUs);
  }

  /**
   * The layers to choose from, smallest first: the simulcast encodings, or the SVC layers of the one there is that a
   * subscriber with these extensions can take.
   */
  availableLayers(nowUs: number, extensionIds: ExtensionIds): AvailableLayer[] {
    const { encodings } = this;
    // Before anything has come every layer may: the choice is made again as soon as one does.
    const none = encodings.every((encoding) => !encoding.active);
    if (encodings.length > 1) {
      return encodings.map((encoding) => ({
        spatialLayer: encoding.index,
        temporalLayers: encoding.temporalLayers,
        height: encoding.height,
        rates: encoding.ratesUpTo(encoding.spatialLayers - 1, nowUs),
        active: encoding.active || none,
      }));
    }
    const only = encodings[0]!;
    // Only the dependency descriptor tells a receiver of AV1 the spatial layers of a picture apart.
    const indistinct = this.codec.name === 'av1' && extensionIds.dependencyDescriptor === undefined;
    return Array.from({ length: indistinct ? 1 : only.spatialLayers }, (_, spatialLayer) => ({
      spatialLayer,
      temporalLayers: only.temporalLayers,
      height: only.heightOf(spatialLayer),
      rates: only.ratesUpTo(spatialLayer, nowUs),
      active: true,
    }));
  }

  /** A sender report came: consumers line the encodings' timestamps up by it. */
  clockReported(encoding: Encoding): void {
    const timestampAtOrigin = encoding.clock.timestampAt(0);
    if (timestampAtOrigin === undefined) return;
    for (const consumer of this.consumers) consumer.setClockMapping(encoding, timestampAtOrigin);
  }

  pause(): void {
    this.paused = true;
    for (const encoding of this.encodings) {
      encoding.keyFrames.cancel();
      encoding.nack?.reset();
    }
    for (const consumer of this.consumers) consumer.rest();
  }

  resume(nowUs: number): void {
    if (!this.paused) return;
    this.paused = false;
    this.#flowSinceUs = nowUs;
    for (const consumer of this.consumers) consumer.goOn(nowUs);
  }

  /** Looks for encodings and flows that have stopped. */
  checkSilence(nowUs: number): void {
    let lastPacketUs = Number.NEGATIVE_INFINITY;
    for (const encoding of this.encodings) lastPacketUs = Math.max(lastPacketUs, encoding.lastPacketUs);
    for (const encoding of this.encodings) {
      if (encoding.checkSilence(lastPacketUs)) this.#listener.encodingChanged(this, encoding, nowUs);
    }
    if (Number.isNaN(this.#flowSinceUs)) this.#flowSinceUs = nowUs;
    const sinceUs = nowUs - Math.max(lastPacketUs, this.#flowSinceUs);
    if (this.#flowing && !this.paused && sinceUs >= FLOW_TIMEOUT_US) {
      this.#flowing = false;
      this.#listener.flowChanged(this, false);
    }
  }

  stats(nowUs: number): ProducerStats {
    return {
      producerId: this.producerId,
      kind: this.kind,
      codec: this.codec.name,
      paused: this.paused,
      encodings: this.encodings.map((encoding) => encoding.stats(nowUs)),
    };
  }

  #noteFlow(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    this.#listener.flowChanged(this, true);
  }

  /** The codec of a payload type of this producer's, RTX not counted. */
  codecOf(payloadType: number): RtpCodec | undefined {
    for (const codec of this.codecs) if (codec.payloadType === payloadType) return codec;
    return undefined;
  }
}
