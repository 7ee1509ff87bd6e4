/**
 * One peer as the router sees it: takes its RTP and RTCP in, and sends what is due. ICE, DTLS and sockets are elsewhere.
 */
import { ExtensionReader } from '../rtp/extension-reader.ts';
import type { ExtensionIds } from '../rtp/header-extension.ts';
import { parseRtpPacket } from '../rtp/rtp-packet.ts';
import type { TransportStats } from './events.ts';
import { MAX_RTP_LENGTH } from './max-rtp-length.ts';
import { RtcpReceiver } from './rtcp-receiver.ts';
import { RtcpSender } from './rtcp-sender.ts';
import { type TransportEnvironment, TransportState } from './transport-state.ts';

export class Transport extends TransportState {
  readonly #extensions: ExtensionReader;
  readonly #receiver: RtcpReceiver;
  readonly #sender: RtcpSender;
  #packetsReceived = 0;
  #bytesReceived = 0;

  constructor(
    transportId: string,
    extensionIds: ExtensionIds,
    mixedExtensions: boolean,
    environment: TransportEnvironment,
    nowUs: number,
  ) {
    super(transportId, extensionIds, mixedExtensions, environment);
    this.#extensions = new ExtensionReader(extensionIds);
    this.#sender = new RtcpSender(this, nowUs);
    this.#receiver = new RtcpReceiver(this, this.#sender);
  }

  override update(extensionIds: ExtensionIds, mixedExtensions: boolean): void {
    super.update(extensionIds, mixedExtensions);
    this.#extensions.setIds(extensionIds);
  }

  /** Takes one unprotected RTP packet in; the buffer is the router's from now on. */
  receiveRtp(buffer: Buffer, nowUs: number): void {
    const { drops } = this.environment;
    this.#packetsReceived += 1;
    this.#bytesReceived += buffer.length;
    if (buffer.length > MAX_RTP_LENGTH) {
      drops.rtpTooLong += 1;
      return;
    }
    const packet = parseRtpPacket(buffer);
    if (packet === undefined) {
      drops.rtpMalformed += 1;
      return;
    }
    const extensions = this.#extensions;
    extensions.read(packet);
    this.uplink.receive(packet, extensions, nowUs);
    const stream = this.listener.get(packet.ssrc) ?? this.listener.learn(packet, extensions);
    if (stream === undefined) {
      drops.streamUnknown += 1;
      return;
    }
    if (!stream.repair) {
      this.lastMediaSsrc = packet.ssrc;
      this.uplink.receiveMedia(packet, stream.encoding.clockRate, nowUs);
    }
    stream.producer.receive(stream, packet, extensions, nowUs);
    this.consider(stream.encoding);
    this.environment.wakeAt(Math.min(this.feedback.nextTimeoutUs, this.uplink.nextTimeoutUs));
  }

  /** Takes one unprotected compound RTCP packet in; borrowed for the call. */
  receiveRtcp(buffer: Buffer, nowUs: number): void {
    if (buffer.length > MAX_RTP_LENGTH) this.environment.drops.rtcpTooLong += 1;
    else this.#receiver.receive(buffer, nowUs);
  }

  /** Sends what is due: feedback, NACKs, key-frame requests, reports, paced packets. */
  handleTimeout(nowUs: number): void {
    for (const consumer of this.consumers) {
      if (consumer.nextTimeoutUs <= nowUs) consumer.handleTimeout(nowUs);
    }
    this.downlink.handleTimeout(nowUs);
    this.#sender.handleTimeout(nowUs);
  }

  /** When `handleTimeout` next has something to do, µs. May be early, never late. */
  get nextTimeoutUs(): number {
    let nextUs = Math.min(
      this.#sender.nextTimeoutUs,
      this.feedback.nextTimeoutUs,
      this.downlink.nextTimeoutUs,
    );
    for (const consumer of this.consumers) nextUs = Math.min(nextUs, consumer.nextTimeoutUs);
    return nextUs;
  }

  stats(nowUs: number): TransportStats {
    return {
      transportId: this.transportId,
      rttSeconds: this.rttUs === undefined ? undefined : this.rttUs / 1e6,
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      ...this.downlink.stats(nowUs),
    };
  }
}
