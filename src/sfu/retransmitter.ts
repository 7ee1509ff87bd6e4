/**
 * Repairs one subscription's losses: remembers under which numbers each packet went out and what arrived, and makes a
 * packet again from the ring of the producer's encoding, as RTX (RFC 4588) where that was negotiated. When and how
 * often is the repair queue's business.
 */
import { add16, diff16 } from '../base/serial-number.ts';
import type { ExtensionReader } from '../rtp/extension-reader.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import type { RtpCodec } from './commands.ts';
import { PACKET_KIND, type PacketKind } from './congestion/packet-kind.ts';
import type { Encoding } from './encoding.ts';
import type { FecSender } from './fec-sender.ts';
import type { ForwardDecision } from './forward/forward-decision.ts';
import type { PacketWriter } from './packet-writer.ts';
import type { Producer } from './producer.ts';
import type { LossRuns } from './repair/loss-runs.ts';
import { RepairQueue } from './repair/repair-queue.ts';
import { SentHistory, type SentPacket } from './stream/sent-history.ts';
import type { TransportState } from './transport-state.ts';

/** Taken for the round trip before one was measured. */
const DEFAULT_RTT_US = 50_000;
/** An RTX packet of padding alone: the most that one byte can tell (RFC 3550 §5.1), in whole words. */
const PADDING_LENGTH = 252;
/** Padding packets of one call at most. */
const MAX_PADDING_PACKETS = 64;
/** Padding repeats the newest packets, none older than this; what is older nobody waits for. */
const PADDING_AGE_US = 500_000;
const PADDING_REPEATS = 32;

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
  /** What protects the stream besides. */
  readonly fec: FecSender | undefined;
  readonly lossRuns: LossRuns;
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
  readonly #queue = new RepairQueue();
  #rtxSequenceNumber: number;
  #codec: RtpCodec;

  constructor(options: RetransmitterOptions, codec: RtpCodec) {
    this.#options = options;
    this.#codec = codec;
    this.#rtxSequenceNumber = options.transport.environment.random() & 0x7fff;
  }

  /** When `handleTimeout` has copies to send; may be early, never late. */
  get nextTimeoutUs(): number {
    return this.#queue.nextTimeoutUs;
  }

  /** Another codec, of which nothing was sent yet. */
  changeCodec(codec: RtpCodec): void {
    this.#codec = codec;
    this.forget();
  }

  /** A packet of `encoding` (extended number `incoming`) went out as `decision` says; `keyFrame`: it is of one. */
  record(
    encoding: Encoding,
    incoming: number,
    decision: ForwardDecision,
    keyFrame: boolean,
    nowUs: number,
  ): void {
    const { sequenceNumber } = decision;
    sent.encodingIndex = encoding.index;
    sent.incoming = incoming;
    sent.timestamp = decision.timestamp;
    sent.marker = decision.marker ? 1 : 0;
    sent.pictureId = decision.pictureId;
    sent.tl0PicIdx = decision.tl0PicIdx;
    const awaited = this.#history.record(sequenceNumber, sent, nowUs);
    if (!this.#codec.nack || (!awaited && !keyFrame)) return;
    this.#tellConditions();
    if (awaited) this.#queue.sentOnRequest(sequenceNumber, nowUs);
    else this.#queue.sentKeyFrame(sequenceNumber, nowUs);
    this.#options.transport.environment.wakeAt(this.#queue.nextTimeoutUs);
  }

  /**
   * Sends again what the subscriber asks for, where it is held and due; the rest is counted. What the server lacks itself
   * is noted, to be sent with its copies when it comes.
   */
  handleNack(sequenceNumbers: readonly number[], nowUs: number): void {
    const { drops } = this.#options.transport.environment;
    if (!this.#codec.nack) {
      drops.nackNotHeld += sequenceNumbers.length;
      return;
    }
    this.#tellConditions();
    for (const sequenceNumber of sequenceNumbers) {
      this.nacked += 1;
      const state = this.#history.stateOf(sequenceNumber, nowUs);
      if (state === 'sent') {
        const outcome = this.#queue.nacked(sequenceNumber, this.#history.sentUs(sequenceNumber), nowUs);
        if (outcome === 'tooSoon') drops.nackTooSoon += 1;
        else if (outcome === 'overBudget') drops.nackOverBudget += 1;
      } else if (state === 'passedOver') this.#history.expect(sequenceNumber);
      else if (state === 'acknowledged') drops.nackTooSoon += 1;
      else drops.nackNotHeld += 1;
    }
    this.handleTimeout(nowUs);
  }

  /**
   * Whether a packet that goes out for the first time is to go as RTX: it is late, and as its publisher's way loses
   * packets it was repaired there. On the media stream libwebrtc would take it for reordered, and from then on ask for
   * what is missing only up to nine packets later (nack_requester.cc, WaitNumberOfPackets); so pictures would wait longer,
   * and those made whole meanwhile would set its clock, as if never delayed.
   */
  goesAsRepair(sequenceNumber: number): boolean {
    const { producer, writer, rtxSsrc } = this.#options;
    const { newest } = this.#history;
    if (newest < 0 || diff16(sequenceNumber, newest) >= 0 || !producer.transport.uplink.isLossy) return false;
    return rtxSsrc !== undefined && this.#codec.rtxPayloadType !== undefined && writer.numbered;
  }

  /** Makes a packet for which `goesAsRepair` says so. Borrowed until the next packet is made. */
  asRepair(decision: ForwardDecision, packet: RtpPacket, extensions: ExtensionReader): Buffer {
    const { writer, rtxSsrc } = this.#options;
    const { sequenceNumber } = decision;
    const own = this.#takeRtxNumber();
    return writer.retransmission(this.#codec, rtxSsrc!, own, sequenceNumber, decision, packet, extensions);
  }

  /** Feedback says that the packet, or a copy of it, came. */
  acknowledged(sequenceNumber: number, nowUs: number): void {
    this.#queue.acknowledges = true;
    if (!this.#history.acknowledge(sequenceNumber)) return;
    if (this.#queue.size > 0) this.#queue.acknowledged(sequenceNumber, nowUs);
  }

  /** Feedback says that the packet, or a copy of it, was lost. */
  reportedLost(sequenceNumber: number, nowUs: number): void {
    if (!this.#codec.nack || this.#history.stateOf(sequenceNumber, nowUs) !== 'sent') return;
    this.#tellConditions();
    this.#queue.reportedLost(sequenceNumber, this.#history.sentUs(sequenceNumber), nowUs);
    this.#options.transport.environment.wakeAt(this.#queue.nextTimeoutUs);
  }

  /** Sends the copies that are due. */
  handleTimeout(nowUs: number): void {
    const queue = this.#queue;
    for (let number = queue.take(nowUs); number >= 0; number = queue.take(nowUs)) {
      this.#resend(number, PACKET_KIND.retransmission, nowUs);
    }
    this.#options.transport.environment.wakeAt(queue.nextTimeoutUs);
  }

  /**
   * Sends about `bytes` on the RTX stream that nobody asked for: the newest packets once more, or where there are none,
   * padding. Returns the bytes sent; 0 without RTX, as a number of the media stream would leave a hole when it gets lost.
   */
  sendPadding(bytes: number, nowUs: number): number {
    const { transport, writer, rtxSsrc } = this.#options;
    const { rtxPayloadType } = this.#codec;
    if (rtxSsrc === undefined || rtxPayloadType === undefined || !writer.numbered) return 0;
    let total = 0;
    const newest = this.#history.newest;
    for (let back = 0; newest >= 0 && back < PADDING_REPEATS && total < bytes; back += 1) {
      const number = add16(newest, -back);
      const ageUs = nowUs - this.#history.sentUs(number);
      if (ageUs < PADDING_AGE_US) total += this.#resend(number, PACKET_KIND.padding, nowUs);
    }
    const timestamp = this.#history.read(newest, sent) ? sent.timestamp : 0;
    for (let packets = 0; packets < MAX_PADDING_PACKETS && total < bytes; packets += 1) {
      const packet = writer.padding(
        rtxPayloadType,
        rtxSsrc,
        this.#takeRtxNumber(),
        timestamp,
        PADDING_LENGTH,
      );
      transport.send(packet, writer.transportCcOffset, PACKET_KIND.padding, 0, 0, nowUs);
      total += packet.length;
    }
    return total;
  }

  /** The transport negotiated other header extensions. */
  extensionsChanged(): void {
    const { writer } = this.#options;
    writer.extensionsChanged();
    if (!writer.numbered) this.forget();
  }

  /** The subscriber cannot be sent to, or wants nothing: what it asked for is of no use later. */
  forgetRequests(): void {
    this.#queue.clear();
  }

  /** What went out before cannot be made again as it was. */
  forget(): void {
    this.#history.clear();
    this.#queue.clear();
  }

  #tellConditions(): void {
    const { transport } = this.#options;
    this.#queue.lossFraction = transport.lossFraction;
    this.#queue.hasFec = this.#options.fec?.isActive === true;
    this.#queue.inBursts = this.#options.lossRuns.areLong(transport.lossFraction);
    this.#queue.rttUs = transport.rttUs ?? DEFAULT_RTT_US;
  }

  #takeRtxNumber(): number {
    const own = this.#rtxSequenceNumber;
    this.#rtxSequenceNumber = add16(own, 1);
    return own;
  }

  /** Makes the packet again and sends it, if the budget allows. Returns its bytes. */
  #resend(sequenceNumber: number, kind: PacketKind, nowUs: number): number {
    const { transport, producer, writer, ssrc, rtxSsrc } = this.#options;
    const codec = this.#codec;
    const known = this.#history.read(sequenceNumber, sent);
    const stored = known ? producer.encodings[sent.encodingIndex]?.ring.get(sent.incoming, nowUs) : undefined;
    const read = stored && producer.transport.readStoredExtensions(stored);
    if (read === undefined) {
      if (kind !== PACKET_KIND.padding) transport.environment.drops.nackNotHeld += 1;
      return 0;
    }
    const { packet, extensions } = read;
    let outgoing: Buffer;
    if (rtxSsrc !== undefined && codec.rtxPayloadType !== undefined) {
      const own = this.#rtxSequenceNumber;
      outgoing = writer.retransmission(codec, rtxSsrc, own, sequenceNumber, sent, packet, extensions);
    } else {
      outgoing = writer.media(codec, ssrc, sequenceNumber, sent, packet, extensions);
    }
    const { length } = outgoing;
    if (kind !== PACKET_KIND.padding) {
      const granted = this.#queue.isAnswer
        ? transport.takeAnswer(length, nowUs)
        : transport.takeCopy(length, nowUs);
      if (!granted) {
        this.#queue.refused(nowUs);
        return 0;
      }
      this.resent += 1;
    }
    this.#takeRtxNumber();
    const offset = writer.transportCcOffset;
    if (kind === PACKET_KIND.padding) transport.send(outgoing, offset, kind, 0, 0, nowUs);
    else transport.send(outgoing, offset, kind, ssrc, sequenceNumber, nowUs);
    return length;
  }
}
