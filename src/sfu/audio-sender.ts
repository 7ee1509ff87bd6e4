/**
 * The sound of one subscription: every frame goes on, with as many of the frames before it as the subscriber's loss asks
 * for (RED, RFC 2198), whether the publisher sends RED or not; and lost packets go out again as they were.
 */
import type { ExtensionReader } from '../rtp/extension-reader.ts';
import { forEachRedundantBlock, takePrimary } from '../rtp/red.ts';
import { RtpPacket } from '../rtp/rtp-packet.ts';
import type { RtpCodec } from './commands.ts';
import { PACKET_KIND } from './congestion/packet-kind.ts';
import { AudioForwarder } from './forward/audio-forwarder.ts';
import { ForwardDecision } from './forward/forward-decision.ts';
import { PacketWriter } from './packet-writer.ts';
import { AsSentRing } from './repair/as-sent-ring.ts';
import { RedDepth } from './repair/red-depth.ts';
import { RedEncoder } from './repair/red-encoder.ts';
import { RepairQueue } from './repair/repair-queue.ts';
import { repeatsAsSent } from './retransmitter.ts';
import type { TransportState } from './transport-state.ts';

/** Taken for the round trip before one was measured. */
const DEFAULT_RTT_US = 50_000;
/** Packets asked for before they came from the publisher, at most: a third of a second in 10 ms frames. */
const MAX_AWAITED = 32;

/** The frame inside of a RED packet. */
const primary = new RtpPacket(Buffer.alloc(0));
const decision = new ForwardDecision();

export interface AudioSenderOptions {
  readonly transport: TransportState;
  readonly mid: string;
  readonly codecs: readonly RtpCodec[];
  readonly ssrc: number;
}

export class AudioSender {
  readonly writer: PacketWriter;
  nacked = 0;
  resent = 0;

  readonly #transport: TransportState;
  readonly #ssrc: number;
  readonly #codec: RtpCodec;
  /** The subscriber's RED; undefined: it has none. */
  readonly #red: RtpCodec | undefined;
  readonly #opusPayloadType: number;
  readonly #forwarder: AudioForwarder;
  readonly #depth = new RedDepth();
  readonly #encoder: RedEncoder | undefined;
  /** Undefined where NACK was not negotiated. */
  readonly #sent: AsSentRing | undefined;
  readonly #awaited = new Set<number>();
  readonly #queue = new RepairQueue();

  constructor(options: AudioSenderOptions) {
    const { transport, codecs } = options;
    const random = (): number => transport.environment.random() >>> 0;
    this.#transport = transport;
    this.#ssrc = options.ssrc;
    this.#red = codecs.find((codec) => codec.name === 'red');
    this.#codec = codecs.find((codec) => codec.name === 'opus') ?? codecs[0]!;
    this.#opusPayloadType = this.#codec.payloadType;
    this.#encoder = this.#red === undefined ? undefined : new RedEncoder();
    const repeats = repeatsAsSent(codecs, undefined);
    this.#sent = repeats ? new AsSentRing() : undefined;
    this.writer = new PacketWriter(transport, options.mid, !repeats);
    this.#forwarder = new AudioForwarder({
      clockRate: this.#codec.clockRate,
      sequenceNumber: random() & 0x7fff,
      timestampOffset: random(),
    });
  }

  get timestampOffset(): number {
    return this.#forwarder.timestampOffset;
  }

  get nextTimeoutUs(): number {
    return this.#queue.nextTimeoutUs;
  }

  setPaused(paused: boolean): void {
    this.#forwarder.setPaused(paused);
  }

  setClockMapping(timestampAtOrigin: number): void {
    this.#forwarder.setClockMapping(timestampAtOrigin);
  }

  /** The source begins anew with numbers unlike before. */
  restart(): void {
    this.#forwarder.restart();
    this.#encoder?.clear();
  }

  /** Sends one packet of the publisher's, whose codec is `codec`. Returns the bytes of its payload, 0: it was not sent. */
  forward(
    codec: RtpCodec,
    packet: RtpPacket,
    extended: number,
    extensions: ExtensionReader,
    nowUs: number,
  ): number {
    const { drops } = this.#transport.environment;
    const isRed = codec.name === 'red';
    if (isRed && !takePrimary(packet, primary)) {
      drops.payloadMalformed += 1;
      return 0;
    }
    const frame = isRed ? primary : packet;
    const encoder = this.#encoder;
    if (encoder !== undefined) {
      if (isRed) forEachRedundantBlock(packet, AudioSender.#remember, encoder);
      encoder.noteSequence(extended, packet.timestamp);
    }
    if (!this.#forwarder.forward(frame, extended, nowUs, decision)) {
      drops.layerNotForwarded += 1;
      return 0;
    }
    const outgoing = this.#make(frame, extensions, nowUs);
    encoder?.store(frame.timestamp, frame.buffer, frame.payloadOffset, frame.payloadLength);
    this.#transport.send(
      outgoing,
      this.writer.transportCcOffset,
      PACKET_KIND.audio,
      this.#ssrc,
      decision.sequenceNumber,
      nowUs,
    );
    if (this.#sent !== undefined) this.#noteSent(this.#sent, outgoing, nowUs);
    return this.writer.payloadLength;
  }

  /** Sends again what the subscriber asks for, where it is held and due; the rest is counted. */
  handleNack(sequenceNumbers: readonly number[], nowUs: number): void {
    const { drops } = this.#transport.environment;
    const sent = this.#sent;
    if (sent === undefined) {
      drops.nackNotHeld += sequenceNumbers.length;
      return;
    }
    this.#tellConditions();
    for (const number of sequenceNumbers) {
      this.nacked += 1;
      const sentUs = sent.sentUs(number);
      if (sentUs !== Number.NEGATIVE_INFINITY) {
        const outcome = this.#queue.nacked(number, sentUs, nowUs);
        if (outcome === 'tooSoon') drops.nackTooSoon += 1;
        else if (outcome === 'overBudget') drops.nackOverBudget += 1;
      } else if (sent.isPassedOver(number)) {
        if (this.#awaited.size === MAX_AWAITED) this.#awaited.clear();
        this.#awaited.add(number);
      } else drops.nackNotHeld += 1;
    }
    this.handleTimeout(nowUs);
  }

  /** Sends the copies that are due. */
  handleTimeout(nowUs: number): void {
    const queue = this.#queue;
    const transport = this.#transport;
    for (let number = queue.take(nowUs); number >= 0; number = queue.take(nowUs)) {
      const packet = this.#sent?.get(number);
      if (packet === undefined) continue;
      const { length } = packet;
      const granted = queue.isAnswer
        ? transport.takeAnswer(length, nowUs)
        : transport.takeCopy(length, nowUs);
      if (!granted) {
        queue.refused(nowUs);
        continue;
      }
      this.resent += 1;
      transport.send(packet, 0, PACKET_KIND.retransmission, this.#ssrc, number, nowUs);
    }
    transport.environment.wakeAt(queue.nextTimeoutUs);
  }

  /** The subscriber cannot be sent to, or wants nothing: what it asked for is of no use later. */
  forgetRequests(): void {
    this.#queue.clear();
    this.#awaited.clear();
  }

  /** The transport negotiated other header extensions. */
  extensionsChanged(): void {
    this.writer.extensionsChanged();
  }

  /** The packet as it goes out: RED as deep as the loss asks for and the budget allows, else Opus. */
  #make(frame: RtpPacket, extensions: ExtensionReader, nowUs: number): Buffer {
    const { writer } = this;
    const { timestamp, buffer, payloadOffset, payloadLength } = frame;
    const red = this.#red;
    const encoder = this.#encoder;
    const isOnlyRed = this.#codec === red;
    let redundant = 0;
    if (encoder !== undefined) {
      redundant = encoder.choose(
        timestamp,
        payloadLength,
        this.#depth.distances(this.#transport.lossFraction),
      );
      if (redundant > 0 && !this.#transport.takeCopy(redundant, nowUs))
        redundant = encoder.choose(timestamp, payloadLength, []);
    }
    if (red === undefined || encoder === undefined || (redundant === 0 && !isOnlyRed)) {
      return writer.media(this.#codec, this.#ssrc, decision.sequenceNumber, decision, frame, extensions);
    }
    const { sequenceNumber } = decision;
    const start = writer.begin(red.payloadType, this.#ssrc, sequenceNumber, decision, frame, extensions);
    const inner = this.#opusPayloadType;
    const end = encoder.write(writer.buffer, start, inner, timestamp, buffer, payloadOffset, payloadLength);
    return writer.end(start, end);
  }

  #noteSent(sent: AsSentRing, packet: Buffer, nowUs: number): void {
    const { sequenceNumber } = decision;
    sent.store(sequenceNumber, packet, nowUs);
    if (!this.#awaited.delete(sequenceNumber)) return;
    this.#tellConditions();
    this.#queue.sentOnRequest(sequenceNumber, nowUs);
    this.#transport.environment.wakeAt(this.#queue.nextTimeoutUs);
  }

  /** Where RED repeats frames unasked, one copy answers a NACK. */
  #tellConditions(): void {
    this.#queue.lossFraction = this.#red === undefined ? this.#transport.lossFraction : 0;
    this.#queue.rttUs = this.#transport.rttUs ?? DEFAULT_RTT_US;
  }

  static #remember(
    timestamp: number,
    buffer: Buffer,
    offset: number,
    length: number,
    encoder: RedEncoder,
  ): void {
    encoder.store(timestamp, buffer, offset, length);
  }
}
