/**
 * Answers one subscriber's NACKs: remembers under which numbers each packet went out, and makes it again from the
 * packet ring of the producer's encoding, as RTX (RFC 4588) where that was negotiated.
 */
import { add16 } from '../base/serial-number.ts';
import { takePrimary } from '../rtp/red.ts';
import { RtpPacket } from '../rtp/rtp-packet.ts';
import type { RtpCodec } from './commands.ts';
import { PACKET_KIND } from './congestion/packet-kind.ts';
import type { Encoding } from './encoding.ts';
import type { ForwardDecision } from './forward/forward-decision.ts';
import type { PacketWriter } from './packet-writer.ts';
import type { Producer } from './producer.ts';
import { SentHistory, type SentPacket } from './stream/sent-history.ts';
import type { TransportState } from './transport-state.ts';

/** The Opus inside of a RED packet, for a subscriber without RED. */
const primary = new RtpPacket(Buffer.alloc(0));
const sent: SentPacket = {
  encodingIndex: 0,
  incoming: 0,
  timestamp: 0,
  marker: 0,
  pictureId: -1,
  tl0PicIdx: -1,
};

export interface RetransmitterOptions {
  readonly transport: TransportState;
  readonly producer: Producer;
  readonly writer: PacketWriter;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
}

/**
 * Whether lost packets go out once more under their own SRTP index, having no RTX. They must then be the same to the
 * byte, as others under one index would betray GCM's authentication key (RFC 7714 §8.4); so they bear no transport-wide
 * number, which is new with each sending.
 */
export function repeatsAsSent(codecs: readonly RtpCodec[], rtxSsrc: number | undefined): boolean {
  return codecs.some(
    ({ nack, rtxPayloadType }) => nack && (rtxSsrc === undefined || rtxPayloadType === undefined),
  );
}

export class Retransmitter {
  /** Packets asked for, and packets sent again. */
  nacked = 0;
  resent = 0;

  readonly #options: RetransmitterOptions;
  readonly #history = new SentHistory();
  #rtxSequenceNumber: number;

  constructor(options: RetransmitterOptions) {
    this.#options = options;
    this.#rtxSequenceNumber = options.transport.environment.random() & 0x7fff;
  }

  /** A packet of `encoding` (extended number `incoming`) went out as `decision` says. */
  record(encoding: Encoding, incoming: number, decision: ForwardDecision, nowUs: number): void {
    sent.encodingIndex = encoding.index;
    sent.incoming = incoming;
    sent.timestamp = decision.timestamp;
    sent.marker = decision.marker ? 1 : 0;
    sent.pictureId = decision.pictureId;
    sent.tl0PicIdx = decision.tl0PicIdx;
    this.#history.record(decision.sequenceNumber, sent, nowUs);
  }

  /** Sends again what the subscriber asks for, where it is held and due; the rest is counted. */
  handleNack(sequenceNumbers: readonly number[], codec: RtpCodec, nowUs: number): void {
    const { transport } = this.#options;
    const { drops } = transport.environment;
    if (!codec.nack) {
      drops.nackNotHeld += sequenceNumbers.length;
      return;
    }
    const rttUs = transport.rttUs ?? 0;
    for (const sequenceNumber of sequenceNumbers) {
      this.nacked += 1;
      const answer = this.#history.answer(sequenceNumber, rttUs, nowUs, sent);
      if (answer === 'send') this.#resend(sequenceNumber, codec, nowUs);
      else if (answer === 'unknown') drops.nackNotHeld += 1;
      else if (answer === 'tooSoon') drops.nackTooSoon += 1;
      else drops.nackOverBudget += 1;
    }
  }

  /** The transport negotiated other header extensions. */
  extensionsChanged(): void {
    const { writer } = this.#options;
    writer.extensionsChanged();
    if (!writer.numbered) this.forget();
  }

  /** What went out before cannot be made again as it was. */
  forget(): void {
    this.#history.clear();
  }

  #resend(sequenceNumber: number, codec: RtpCodec, nowUs: number): void {
    const { transport, producer, writer, ssrc, rtxSsrc } = this.#options;
    const stored = producer.encodings[sent.encodingIndex]?.ring.get(sent.incoming, nowUs);
    const read = stored && producer.transport.readStoredExtensions(stored);
    if (read === undefined) {
      transport.environment.drops.nackNotHeld += 1;
      return;
    }
    const { extensions } = read;
    const wrapped = codec.name === 'opus' && producer.codecOf(read.packet.payloadType)?.name === 'red';
    const packet = wrapped && takePrimary(read.packet, primary) ? primary : read.packet;
    let outgoing: Buffer;
    if (rtxSsrc !== undefined && codec.rtxPayloadType !== undefined) {
      const own = this.#rtxSequenceNumber;
      this.#rtxSequenceNumber = add16(own, 1);
      outgoing = writer.retransmission(codec, rtxSsrc, own, sequenceNumber, sent, packet, extensions);
    } else {
      outgoing = writer.media(codec, ssrc, sequenceNumber, sent, packet, extensions);
    }
    this.resent += 1;
    const offset = writer.transportCcOffset;
    transport.send(outgoing, offset, PACKET_KIND.retransmission, ssrc, sequenceNumber, nowUs);
  }
}
