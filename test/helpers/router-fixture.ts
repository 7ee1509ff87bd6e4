/**
 * A Router in virtual time with peers that speak plain RTP and RTCP. Times in µs; nothing moves but by `at` and `run`.
 */
import { ExtensionReader } from '../../src/rtp/extension-reader.ts';
import { parseCompound, type RtcpPacket } from '../../src/rtp/rtcp/rtcp-packet.ts';
import { parseRtpPacket, type RtpPacket } from '../../src/rtp/rtp-packet.ts';
import type { CodecName, RouterCommand, RtpCodec, WantedLayers } from '../../src/sfu/commands.ts';
import type { RouterEvent, RouterStats } from '../../src/sfu/events.ts';
import { Router } from '../../src/sfu/router.ts';
import { seeded } from './seeded.ts';

export const EXTENSION_IDS = {
  mid: 1,
  rid: 2,
  repairedRid: 3,
  transportCc: 4,
  audioLevel: 5,
  dependencyDescriptor: 6,
};

export function codec(name: CodecName, payloadType: number, rtxPayloadType?: number): RtpCodec {
  const video = name !== 'opus' && name !== 'red';
  return {
    name,
    payloadType,
    clockRate: video ? 90_000 : 48_000,
    ...(rtxPayloadType === undefined ? {} : { rtxPayloadType }),
    nack: true,
    pli: video,
    fir: video,
    transportCc: true,
    remb: false,
  };
}

export interface SentRtp {
  readonly transportId: string;
  readonly packet: RtpPacket;
  readonly atUs: number;
}

export interface SentRtcp {
  readonly transportId: string;
  readonly packets: RtcpPacket[];
  readonly atUs: number;
}

export class RouterFixture {
  readonly router: Router;
  readonly rtp: SentRtp[] = [];
  readonly rtcp: SentRtcp[] = [];
  readonly events: RouterEvent[] = [];
  nowUs = 1_000_000;
  /** Called for every packet sent, after it is recorded. */
  onRtp: ((sent: SentRtp) => void) | undefined;
  onRtcp: ((sent: SentRtcp) => void) | undefined;

  constructor(seed = 7) {
    const random = seeded(seed);
    this.router = new Router({
      random: () => Math.floor(random() * 0x1_0000_0000),
      wallClockOffsetUs: 1_700_000_000_000_000,
      outbox: {
        sendRtp: (transportId, packet) => {
          const sent = { transportId, packet: parseRtpPacket(Buffer.from(packet))!, atUs: this.nowUs };
          this.rtp.push(sent);
          this.onRtp?.(sent);
        },
        sendRtcp: (transportId, packet) => {
          const sent = { transportId, packets: parseCompound(Buffer.from(packet))!, atUs: this.nowUs };
          this.rtcp.push(sent);
          this.onRtcp?.(sent);
        },
        emit: (event) => this.events.push(event),
      },
    });
  }

  command(command: RouterCommand): void {
    this.router.handleCommand(command, this.nowUs);
  }

  transport(...transportIds: string[]): void {
    for (const transportId of transportIds) {
      this.command({
        type: 'createTransport',
        transportId,
        extensionIds: EXTENSION_IDS,
        mixedExtensions: true,
      });
    }
  }

  produce(
    transportId: string,
    producerId: string,
    codecs: readonly RtpCodec[],
    encodings: readonly { rid?: string; ssrc?: number; rtxSsrc?: number }[],
  ): void {
    const kind = codecs[0]!.clockRate === 90_000 ? 'video' : 'audio';
    this.command({
      type: 'createProducer',
      transportId,
      producerId,
      kind,
      mid: producerId,
      codecs,
      encodings,
      paused: false,
    });
  }

  consume(
    transportId: string,
    consumerId: string,
    producerId: string,
    codecs: readonly RtpCodec[],
    ssrc: number,
    rtxSsrc?: number,
    wanted: WantedLayers = {},
  ): void {
    this.command({
      type: 'createConsumer',
      transportId,
      consumerId,
      producerId,
      mid: consumerId,
      codecs,
      ssrc,
      ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
      cname: 'somebody',
      paused: false,
      wanted,
    });
  }

  /** Lets time pass, doing what is due exactly when it is due. */
  run(us: number): void {
    const untilUs = this.nowUs + us;
    for (let due = this.router.nextTimeout(); due <= untilUs; due = this.router.nextTimeout()) {
      this.nowUs = Math.max(this.nowUs, due);
      this.router.handleTimeout(this.nowUs);
    }
    this.nowUs = untilUs;
  }

  rtpFrom(transportId: string, packet: Buffer): void {
    this.router.handleRtp(transportId, packet, this.nowUs);
  }

  rtcpFrom(transportId: string, packet: Buffer): void {
    this.router.handleRtcp(transportId, packet, this.nowUs);
  }

  sentTo(transportId: string, ssrc?: number): RtpPacket[] {
    return this.rtp
      .filter((sent) => sent.transportId === transportId && (ssrc === undefined || sent.packet.ssrc === ssrc))
      .map((sent) => sent.packet);
  }

  /** RTCP packets of one type (and format) sent to a transport. */
  rtcpTo(transportId: string, type: number, format?: number): RtcpPacket[] {
    return this.rtcp
      .filter((sent) => sent.transportId === transportId)
      .flatMap((sent) => sent.packets)
      .filter((packet) => packet.type === type && (format === undefined || packet.count === format));
  }

  eventsOf<Type extends RouterEvent['type']>(type: Type): Extract<RouterEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<RouterEvent, { type: Type }> => event.type === type);
  }

  stats(): RouterStats {
    this.command({ type: 'getStats', requestId: this.events.length });
    return (this.events.at(-1) as Extract<RouterEvent, { type: 'stats' }>).stats;
  }
}

/** Extension elements of a packet by the fixture's ids. */
export function extensionsOf(packet: RtpPacket): {
  mid: string | undefined;
  transportCc: number;
  audioLevel: number | undefined;
} {
  const reader = new ExtensionReader(EXTENSION_IDS);
  reader.read(packet);
  return {
    mid:
      reader.midOffset === 0
        ? undefined
        : packet.buffer.toString('latin1', reader.midOffset, reader.midOffset + reader.midLength),
    transportCc: reader.transportSequenceNumber,
    audioLevel: reader.audioLevelOffset === 0 ? undefined : packet.buffer[reader.audioLevelOffset]!,
  };
}
