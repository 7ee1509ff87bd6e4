/**
 * The pictures of one subscription on their way out: made, remembered for repair, protected by FEC where that was
 * negotiated, and told how long to be held back.
 */
import type { ExtensionReader } from '../rtp/extension-reader.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import type { FecStream, RtpCodec } from './commands.ts';
import { PACKET_KIND } from './congestion/packet-kind.ts';
import type { Encoding } from './encoding.ts';
import { FecSender } from './fec-sender.ts';
import type { ForwardDecision } from './forward/forward-decision.ts';
import { PacketWriter } from './packet-writer.ts';
import type { Producer } from './producer.ts';
import { LossRuns } from './repair/loss-runs.ts';
import type { PlayoutDelay } from './repair/playout-delay.ts';
import { PlayoutDelayTeller } from './repair/playout-delay-teller.ts';
import { Retransmitter, repeatsAsSent } from './retransmitter.ts';
import type { TransportState } from './transport-state.ts';

/** How often the playout delay is thought over. */
const PLAYOUT_DELAY_INTERVAL_US = 100_000;

export interface VideoSenderOptions {
  readonly transport: TransportState;
  readonly producer: Producer;
  readonly mid: string;
  readonly codecs: readonly RtpCodec[];
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly fec: FecStream | undefined;
}

export class VideoSender {
  readonly retransmitter: Retransmitter;

  readonly #transport: TransportState;
  readonly #publisher: TransportState;
  readonly #ssrc: number;
  readonly #writer: PacketWriter;
  readonly #fec: FecSender | undefined;
  readonly #playoutDelay: PlayoutDelay;
  readonly #teller = new PlayoutDelayTeller();
  readonly #lossRuns = new LossRuns();
  #consideredUs = Number.NEGATIVE_INFINITY;
  /** Outgoing timestamp of the newest key frame; -1: none. */
  #keyFrameTimestamp = -1;

  constructor(options: VideoSenderOptions, codec: RtpCodec) {
    const { transport, producer, ssrc, rtxSsrc, fec } = options;
    this.#transport = transport;
    this.#publisher = producer.transport;
    this.#ssrc = ssrc;
    const writer = new PacketWriter(transport, options.mid, !repeatsAsSent(options.codecs, rtxSsrc));
    this.#writer = writer;
    this.#fec =
      fec === undefined || !writer.numbered ? undefined : new FecSender(transport, writer, fec, ssrc);
    const repaired = { transport, producer, writer, ssrc, rtxSsrc, fec: this.#fec, lossRuns: this.#lossRuns };
    this.retransmitter = new Retransmitter(repaired, codec);
    this.#playoutDelay = transport.playoutDelayOf(this.#publisher);
  }

  /** Sends one packet as `decision` says; `keyFrame`: it is known to be of one. Returns the bytes of its payload. */
  send(
    encoding: Encoding,
    codec: RtpCodec,
    packet: RtpPacket,
    extended: number,
    extensions: ExtensionReader,
    decision: ForwardDecision,
    keyFrame: boolean,
    nowUs: number,
  ): number {
    const writer = this.#writer;
    const { sequenceNumber } = decision;
    if (keyFrame) this.#keyFrameTimestamp = decision.timestamp;
    const isKeyFrame = decision.timestamp === this.#keyFrameTimestamp;
    this.#considerPlayoutDelay(nowUs);
    writer.playoutDelay = this.#teller.valueFor(this.#playoutDelay, sequenceNumber, isKeyFrame);
    const isRepair = this.retransmitter.goesAsRepair(sequenceNumber);
    const outgoing = isRepair
      ? this.retransmitter.asRepair(decision, packet, extensions)
      : writer.media(codec, this.#ssrc, sequenceNumber, decision, packet, extensions);
    const { payloadLength } = writer;
    // What comes by RTX the receiver does not give to its FEC decoder.
    if (!isRepair) this.#fec?.remember(outgoing, sequenceNumber);
    const { video } = PACKET_KIND;
    this.#transport.send(outgoing, writer.transportCcOffset, video, this.#ssrc, sequenceNumber, nowUs);
    this.retransmitter.record(encoding, extended, decision, isKeyFrame, nowUs);
    this.#fec?.protect(decision.timestamp, nowUs);
    return payloadLength;
  }

  acknowledged(sequenceNumber: number, nowUs: number): void {
    this.#teller.acknowledged(sequenceNumber);
    this.retransmitter.acknowledged(sequenceNumber, nowUs);
  }

  reportedLost(sequenceNumber: number, nowUs: number): void {
    this.#lossRuns.lost(sequenceNumber);
    this.retransmitter.reportedLost(sequenceNumber, nowUs);
  }

  #considerPlayoutDelay(nowUs: number): void {
    if (nowUs - this.#consideredUs < PLAYOUT_DELAY_INTERVAL_US) return;
    this.#consideredUs = nowUs;
    const { uplink, rttUs } = this.#publisher;
    const up = { lossFraction: uplink.lossFraction, rttUs, meanQueueUs: uplink.meanQueueUs };
    const { lossFraction, downlink } = this.#transport;
    const { meanQueueUs } = downlink.congestion;
    const down = { lossFraction, rttUs: this.#transport.rttUs, meanQueueUs };
    this.#playoutDelay.update(up, down, this.#lossRuns.areLong(lossFraction), nowUs);
  }
}
