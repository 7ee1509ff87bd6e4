/**
 * One subscription: which packets of its producer go to its transport, and with which header. Composes the send-side
 * leaves; knows nothing of other subscribers.
 */
import { add32 } from '../base/serial-number.ts';
import { FrameInfo } from '../rtp/codec/frame-info.ts';
import type { ExtensionReader } from '../rtp/extension-reader.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import { AudioSender } from './audio-sender.ts';
import type { CodecName, FecStream, RtpCodec, WantedLayers } from './commands.ts';
import type { LayerDemand, LayerTarget } from './congestion/allocator.ts';
import { currentLayer, isSameLayer, NO_LAYER } from './current-layer.ts';
import type { Encoding } from './encoding.ts';
import type { ConsumerStats } from './events.ts';
import { ForwardDecision } from './forward/forward-decision.ts';
import { Forwarder } from './forward/forwarder.ts';
import { KeyFrameAsker } from './key-frame-asker.ts';
import type { Producer, Subscriber } from './producer.ts';
import { CountedRate } from './stream/counted-rate.ts';
import { SendStatistics } from './stream/send-statistics.ts';
import type { TransportConsumer, TransportState } from './transport-state.ts';
import { VideoSender } from './video-sender.ts';

export interface ConsumerOptions {
  readonly consumerId: string;
  readonly transport: TransportState;
  readonly producer: Producer;
  readonly mid: string;
  readonly codecs: readonly RtpCodec[];
  readonly ssrc: number;
  readonly rtxSsrc?: number;
  readonly fec?: FecStream;
  readonly cname: string;
  readonly paused: boolean;
  readonly wanted: WantedLayers;
}

const replayed = new FrameInfo();

export class Consumer implements Subscriber, TransportConsumer {
  readonly consumerId: string;
  readonly transport: TransportState;
  readonly producer: Producer;
  readonly isVideo: boolean;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly cname: string;
  readonly statistics = new SendStatistics();
  wanted: WantedLayers;
  /** Command sequence number of the subscriber's last FIR. */
  lastFir = -1;

  readonly #codecs: readonly RtpCodec[];
  /** One of the two, by the producer's kind. */
  readonly #audio: AudioSender | undefined;
  readonly #sender: VideoSender | undefined;
  readonly #keyFrames: KeyFrameAsker;
  readonly #rate = new CountedRate();
  readonly #decision = new ForwardDecision();
  #codec: RtpCodec;
  #video: Forwarder | undefined;
  #paused: boolean;
  #allocation: LayerDemand['previous'];
  #layer = NO_LAYER;
  #reason: LayerTarget['reason'] = 'start';

  constructor(options: ConsumerOptions) {
    const { transport, producer } = options;
    this.consumerId = options.consumerId;
    this.transport = transport;
    this.producer = producer;
    this.isVideo = producer.kind === 'video';
    this.ssrc = options.ssrc;
    this.rtxSsrc = options.rtxSsrc;
    this.cname = options.cname;
    this.wanted = options.wanted;
    this.#codecs = options.codecs;
    this.#paused = options.paused;
    this.#codec = this.#codecNamed(producer.codec.name) ?? options.codecs[0]!;
    this.#keyFrames = new KeyFrameAsker(transport, producer);
    if (this.isVideo) {
      this.#sender = new VideoSender({ ...options, rtxSsrc: options.rtxSsrc, fec: options.fec }, this.#codec);
      this.#makeForwarder(this.#codec.name, transport.environment.random() & 0x7fff);
    } else {
      this.#audio = new AudioSender(options);
      this.#audio.setPaused(this.#rests);
    }
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Offers one packet of the producer: sends it, or leaves it out. `codec` is the producer's. */
  forward(
    encoding: Encoding,
    codec: RtpCodec,
    packet: RtpPacket,
    extended: number,
    extensions: ExtensionReader,
    nowUs: number,
  ): void {
    if (this.#rests) {
      this.transport.environment.drops.consumerPaused += 1;
      return;
    }
    const audio = this.#audio;
    if (audio !== undefined) {
      const bytes = audio.forward(codec, packet, extended, extensions, nowUs);
      if (bytes > 0) this.statistics.send(bytes);
      return;
    }
    const { name } = codec;
    if (name !== this.#codec.name && !this.#changeCodec(name)) {
      this.transport.environment.drops.payloadTypeUnknown += 1;
      return;
    }
    this.#offer(encoding, packet, extended, encoding.info, extensions, nowUs);
    const replayThrough = this.#decision.replayThrough;
    for (let number = extended + 1; number <= replayThrough; number += 1) {
      this.#replay(encoding, codec, number, nowUs);
    }
    this.#askForKeyFrame(nowUs);
  }

  /** A packet of `encoding` that cannot be read will never be sent: the numbers close over it. */
  leaveOut(encoding: Encoding, extended: number, nowUs: number): void {
    this.#video?.leaveOut(encoding.index, extended, nowUs);
  }

  /** The source of `encoding` changed its SSRC. */
  sourceRestarted(encoding: Encoding): void {
    this.#video?.restart(encoding.index);
    this.#audio?.restart();
  }

  /** The producer is paused or the transport suspended: what comes meanwhile leaves no hole. */
  rest(): void {
    this.#video?.setTarget(-1, -1);
    this.#audio?.setPaused(true);
  }

  /** Producer or transport go on: a picture begins with a key frame. */
  goOn(nowUs: number): void {
    this.#audio?.setPaused(this.#rests);
    const target = this.#allocation?.target;
    if (target !== undefined) this.setTarget(target, nowUs);
  }

  setClockMapping(encoding: Encoding, timestampAtOrigin: number): void {
    this.#video?.setClockMapping(encoding.index, timestampAtOrigin);
    this.#audio?.setClockMapping(timestampAtOrigin);
  }

  /** What the allocator has to know. */
  demand(nowUs: number): LayerDemand {
    const layers = this.producer.availableLayers(nowUs, this.transport.extensionIds);
    const { wanted } = this;
    return this.#allocation === undefined
      ? { layers, wanted }
      : { layers, wanted, previous: this.#allocation };
  }

  /** The allocator's answer. */
  setTarget(target: LayerTarget, nowUs: number): void {
    this.#allocation = { target, wanted: this.wanted };
    if (this.#rests) return;
    this.#video?.setTarget(target.spatialLayer, target.temporalLayer);
    this.#askForKeyFrame(nowUs);
  }

  pause(): void {
    this.#paused = true;
    this.rest();
    this.#layer = NO_LAYER;
    this.#allocation = undefined;
  }

  /** Call `setTarget` after it. */
  resume(): void {
    this.#paused = false;
    this.#audio?.setPaused(this.#rests);
  }

  /** The subscriber lost its picture, or has none yet. */
  requestKeyFrame(nowUs: number): void {
    if (this.#video !== undefined && !this.#rests) this.#keyFrames.subscriberAsks(this.#video, nowUs);
  }

  /** Sends again what the subscriber asks for, where it is held and due. */
  handleNack(sequenceNumbers: readonly number[], nowUs: number): void {
    this.#repairs.handleNack(sequenceNumbers, nowUs);
  }

  acknowledged(mediaSequenceNumber: number, nowUs: number): void {
    this.#sender?.acknowledged(mediaSequenceNumber, nowUs);
  }

  reportedLost(mediaSequenceNumber: number, nowUs: number): void {
    this.#sender?.reportedLost(mediaSequenceNumber, nowUs);
  }

  sendPadding(bytes: number, nowUs: number): number {
    return this.#rests ? 0 : (this.#sender?.retransmitter.sendPadding(bytes, nowUs) ?? 0);
  }

  get nextTimeoutUs(): number {
    return this.#repairs.nextTimeoutUs;
  }

  /** Sends the copies that are due. */
  handleTimeout(nowUs: number): void {
    if (!this.#rests) this.#repairs.handleTimeout(nowUs);
    else this.#repairs.forgetRequests();
  }

  /** The transport negotiated other header extensions. */
  extensionsChanged(): void {
    this.#repairs.extensionsChanged();
  }

  /** The RTP timestamp that goes with server time `nowUs` in a sender report; undefined while it cannot be told. */
  timestampAt(nowUs: number): number | undefined {
    const encoding = this.producer.encodings[this.#video === undefined ? 0 : this.#video.currentEncoding];
    const timestamp = encoding?.clock.timestampAt(nowUs);
    const offset = this.#video?.timestampOffset ?? this.#audio?.timestampOffset;
    return timestamp === undefined || offset === undefined ? undefined : add32(timestamp, offset);
  }

  stats(nowUs: number): ConsumerStats {
    const { statistics } = this;
    return {
      consumerId: this.consumerId,
      producerId: this.producer.producerId,
      paused: this.#paused,
      layer: this.#layer,
      reason: this.#reason,
      packets: statistics.packets,
      bytes: statistics.octets,
      bitsPerSecond: this.#rate.bitsPerSecond(statistics.octets, nowUs),
      retransmissions: this.#repairs.resent,
      nacksReceived: this.#repairs.nacked,
      keyFrameRequests: this.#keyFrames.requests,
      fractionLost: statistics.fractionLost,
      rttSeconds: this.transport.rttUs === undefined ? undefined : this.transport.rttUs / 1e6,
    };
  }

  #offer(
    encoding: Encoding,
    packet: RtpPacket,
    extended: number,
    info: FrameInfo,
    extensions: ExtensionReader,
    nowUs: number,
  ): void {
    const decision = this.#decision;
    if (!this.#video!.forward(encoding.index, packet, extended, info, nowUs, decision)) {
      this.transport.environment.drops.layerNotForwarded += 1;
      return;
    }
    const sender = this.#sender!;
    const { keyFrame } = info;
    const bytes = sender.send(encoding, this.#codec, packet, extended, extensions, decision, keyFrame, nowUs);
    if (bytes > 0) this.statistics.send(bytes);
    if (decision.layerChanged) this.#noteLayer();
  }

  /** Offers a stored packet that came before the one forwarding began with could be known to begin anything. */
  #replay(encoding: Encoding, codec: RtpCodec, extended: number, nowUs: number): void {
    const stored = encoding.ring.get(extended, nowUs);
    const read = stored && this.producer.transport.readStoredExtensions(stored);
    if (read === undefined) return;
    const { packet, extensions } = read;
    const { dependencyDescriptorOffset: offset, dependencyDescriptorLength: length } = extensions;
    if (!encoding.readerFor(codec).read(packet, offset, length, replayed)) return;
    this.#offer(encoding, packet, extended, replayed, extensions, nowUs);
  }

  #askForKeyFrame(nowUs: number): void {
    if (this.#video !== undefined && !this.#rests) this.#keyFrames.askIfNeeded(this.#video, nowUs);
  }

  #noteLayer(): void {
    const from = this.#layer;
    this.#layer = currentLayer(this.#video!, this.producer.encodings);
    if (isSameLayer(from, this.#layer)) return;
    this.#reason = from.spatialLayer < 0 ? 'start' : (this.#allocation?.target.reason ?? 'start');
    const change = { consumerId: this.consumerId, from, to: this.#layer, reason: this.#reason };
    this.transport.environment.outbox.emit({ type: 'consumerLayer', ...change });
  }

  get #repairs(): AudioSender | VideoSender['retransmitter'] {
    return this.#audio ?? this.#sender!.retransmitter;
  }

  get #rests(): boolean {
    return this.#paused || this.producer.paused || this.transport.suspended;
  }

  #codecNamed(name: CodecName): RtpCodec | undefined {
    return this.#codecs.find((codec) => codec.name === name);
  }

  /** The publisher changed its codec. False if the subscriber does not have it. */
  #changeCodec(name: CodecName): boolean {
    const codec = this.#codecNamed(name);
    if (codec === undefined) return false;
    this.#codec = codec;
    this.#sender!.retransmitter.changeCodec(codec);
    this.#makeForwarder(name, this.#video!.nextSequenceNumber);
    const target = this.#allocation?.target;
    if (target !== undefined) this.#video!.setTarget(target.spatialLayer, target.temporalLayer);
    return true;
  }

  #makeForwarder(name: CodecName, sequenceNumber: number): void {
    const random = (): number => this.transport.environment.random() >>> 0;
    const { clockRate } = this.#codec;
    const timestampOffset = random();
    this.#video = new Forwarder({
      codec: name === 'red' ? 'opus' : name,
      clockRate,
      encodings: this.producer.encodings.length,
      sequenceNumber,
      timestampOffset,
      pictureId: random() & 0x7fff,
      tl0PicIdx: random() & 0xff,
    });
    for (const encoding of this.producer.encodings) {
      const timestampAtOrigin = encoding.clock.timestampAt(0);
      if (timestampAtOrigin !== undefined) this.#video.setClockMapping(encoding.index, timestampAtOrigin);
    }
  }
}
