/**
 * A publisher as libwebrtc is one, in virtual time, over two `Netem` directions to a Router: VP8 at 24 fps and Opus,
 * paced; abs-send-time and transport-wide numbers; a history that answers NACKs no sooner than the round trip it was
 * told of and 5 ms; key frames on request, 300 ms apart; sender reports with DLRR; a rate that follows what feedback
 * says was lost, the delays it tells of, and REMB.
 */

import { writeRed } from '../../src/rtp/red.ts';
import { readExtendedReport, writeExtendedReport } from '../../src/rtp/rtcp/extended-report.ts';
import { readPli } from '../../src/rtp/rtcp/key-frame-request.ts';
import { readNack } from '../../src/rtp/rtcp/nack.ts';
import { readReceiverReport } from '../../src/rtp/rtcp/receiver-report.ts';
import { readRemb } from '../../src/rtp/rtcp/remb.ts';
import { RTCP_TYPE, type RtcpPacket } from '../../src/rtp/rtcp/rtcp-packet.ts';
import { writeSenderReport } from '../../src/rtp/rtcp/sender-report.ts';
import { readTransportCc } from '../../src/rtp/rtcp/transport-cc.ts';
import { ntpFraction, ntpMiddle32, ntpSeconds } from '../../src/sfu/stream/ntp-time.ts';
import { Netem, type NetemOptions } from './netem.ts';
import { PublisherRate } from './publisher-rate.ts';
import { codec, EXTENSION_IDS, type RouterFixture } from './router-fixture.ts';

export const PUBLISHED_SSRC = { video: 10, rtx: 11, audio: 12 } as const;
export const PUBLISHED_VP8 = codec('vp8', 96, 97);
const OPUS = { ...codec('opus', 111) };
const RED = { ...codec('red', 63) };
const IDS = { ...EXTENSION_IDS, absSendTime: 7 };
const FRAME_US = 1e6 / 24;
const PACKET_BYTES = 1100;
/** IP, UDP and SRTP around each packet. */
const AROUND = 38;

export interface BrowserPublisherOptions {
  readonly up: NetemOptions;
  readonly down: NetemOptions;
  readonly startBitsPerSecond?: number;
  readonly maxBitsPerSecond?: number;
  /** Opus as RED with this many older frames. Default: plain. */
  readonly redDepth?: number;
  /** Whether NACK was negotiated for audio. Default true. */
  readonly audioNack?: boolean;
  /** No transport-wide numbers are sent. */
  readonly withoutTransportCc?: boolean;
}

interface Sent {
  readonly packet: Buffer;
  resentUs: number;
}

export class BrowserPublisher {
  readonly rate: PublisherRate;
  readonly #fixture: RouterFixture;
  readonly #transportId: string;
  readonly #options: BrowserPublisherOptions;
  readonly up: Netem<Buffer>;
  readonly down: Netem<RtcpPacket[]>;
  /** When each video packet was first sent, by extended number from 0. */
  readonly sentUs: number[] = [];
  readonly audioSentUs: number[] = [];
  mediaBytes = 0;
  keyFrames = 0;
  rembs: number[] = [];
  believedRttUs = 0;
  opusFractionLost = 0;

  readonly #queue: { packet: Buffer; media: boolean }[] = [];
  readonly #history = new Map<number, Sent>();
  readonly #audioHistory = new Map<number, Sent>();
  readonly #pastOpus: { data: Buffer; timestamp: number }[] = [];
  #transportNumber = 65_000;
  #videoNumber = 0;
  #audioNumber = 0;
  #rtxNumber = 64_000;
  #nextFrameUs: number;
  #nextAudioUs: number;
  #nextReportUs: number;
  #nextSendUs = 0;
  #keyFrameUs = Number.NEGATIVE_INFINITY;
  #keyFrameWanted = true;
  #rrtr: { ssrc: number; middle: number; atUs: number } | undefined;

  constructor(fixture: RouterFixture, transportId: string, options: BrowserPublisherOptions) {
    this.#fixture = fixture;
    this.#transportId = transportId;
    this.#options = options;
    this.up = new Netem(options.up);
    this.down = new Netem(options.down);
    this.rate = new PublisherRate(options.startBitsPerSecond, options.maxBitsPerSecond);
    this.#nextFrameUs = fixture.nowUs;
    this.#nextAudioUs = fixture.nowUs + 7_000;
    this.#nextReportUs = fixture.nowUs + 300_000;
    const extensionIds: Record<string, number> = { ...IDS };
    if (options.withoutTransportCc) delete extensionIds.transportCc;
    fixture.command({ type: 'createTransport', transportId, extensionIds, mixedExtensions: true });
    const remb = options.withoutTransportCc ?? false;
    fixture.produce(
      transportId,
      'camera',
      [{ ...PUBLISHED_VP8, remb }],
      [{ ssrc: PUBLISHED_SSRC.video, rtxSsrc: PUBLISHED_SSRC.rtx }],
    );
    const opus = { ...OPUS, nack: options.audioNack ?? true };
    const audio = options.redDepth === undefined ? [opus] : [{ ...RED, nack: opus.nack }, opus];
    fixture.produce(transportId, 'microphone', audio, [{ ssrc: PUBLISHED_SSRC.audio }]);
    const previous = fixture.onRtcp;
    fixture.onRtcp = (sent) => {
      previous?.(sent);
      if (sent.transportId !== transportId) return;
      const bytes = sent.packets.reduce((sum, packet) => sum + packet.buffer.length, 0) / sent.packets.length;
      this.down.send(sent.packets, sent.atUs, bytes + AROUND);
    };
  }

  /** Lets time pass for everyone. */
  run(us: number): void {
    const fixture = this.#fixture;
    const untilUs = fixture.nowUs + us;
    while (fixture.nowUs < untilUs) {
      this.#step(fixture.nowUs);
      const nextUs = Math.min(
        untilUs,
        this.#nextFrameUs,
        this.#nextAudioUs,
        this.#nextReportUs,
        this.#queue.length > 0 ? this.#nextSendUs : Number.POSITIVE_INFINITY,
        this.up.nextTimeoutUs,
        this.down.nextTimeoutUs,
        this.rate.nextUs,
        fixture.router.nextTimeout(),
      );
      fixture.run(Math.max(50, nextUs - fixture.nowUs));
    }
  }

  #step(nowUs: number): void {
    if (nowUs >= this.#nextFrameUs) this.#frame(nowUs);
    if (nowUs >= this.#nextAudioUs) this.#audio(nowUs);
    if (nowUs >= this.#nextReportUs) this.#report(nowUs);
    while (this.#queue.length > 0 && nowUs >= this.#nextSendUs) {
      const { packet, media } = this.#queue.shift()!;
      this.#transmit(packet, media, nowUs);
      const paceUs = (packet.length * 8e6) / this.rate.pacingBitsPerSecond;
      this.#nextSendUs = Math.max(this.#nextSendUs, nowUs - 5_000) + paceUs;
    }
    for (let packet = this.up.receive(nowUs); packet !== undefined; packet = this.up.receive(nowUs)) {
      if (packet[1]! >> 3 === 25) this.#fixture.rtcpFrom(this.#transportId, packet);
      else {
        this.rate.arrived(packet.readUInt16BE(21));
        this.#fixture.rtpFrom(this.#transportId, packet);
      }
    }
    for (let sent = this.down.receive(nowUs); sent !== undefined; sent = this.down.receive(nowUs)) {
      for (const packet of sent) this.#take(packet, nowUs);
    }
    if (nowUs >= this.rate.nextUs) this.rate.adapt(nowUs);
  }

  #frame(nowUs: number): void {
    this.#nextFrameUs += FRAME_US;
    let bytes = this.rate.targetBitsPerSecond / 24 / 8;
    const keyFrame = this.#keyFrameWanted && nowUs - this.#keyFrameUs >= 300_000;
    if (keyFrame) {
      this.#keyFrameWanted = false;
      this.#keyFrameUs = nowUs;
      this.keyFrames += 1;
      bytes *= 4;
    }
    const count = Math.max(1, Math.ceil(bytes / PACKET_BYTES));
    const timestamp = Math.round((nowUs * 9) / 100) >>> 0;
    for (let index = 0; index < count; index += 1) {
      const payload = Buffer.alloc(Math.ceil(bytes / count), index);
      payload[0] = index === 0 ? 0x10 : 0x00;
      if (index === 0) {
        payload[1] = keyFrame ? 0x10 : 0x11;
        if (keyFrame) Buffer.from([0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]).copy(payload, 2);
      }
      const number = this.#videoNumber;
      payload.writeUInt32BE(number, payload.length - 4);
      this.#videoNumber += 1;
      const packet = this.#packet(96, number, timestamp, PUBLISHED_SSRC.video, payload, index === count - 1);
      this.#history.set(number & 0xffff, { packet, resentUs: Number.NEGATIVE_INFINITY });
      this.#queue.push({ packet, media: true });
    }
  }

  #audio(nowUs: number): void {
    this.#nextAudioUs += 20_000;
    const number = this.#audioNumber;
    const timestamp = (number * 960) >>> 0;
    const data = Buffer.alloc(80, number);
    data[0] = 0x78;
    data.writeUInt32BE(number, data.length - 4);
    const depth = this.#options.redDepth;
    let payload = data;
    if (depth !== undefined) {
      const blocks = this.#pastOpus.map((past) => ({
        payloadType: 111,
        timestampOffset: timestamp - past.timestamp,
        data: past.data,
      }));
      payload = Buffer.alloc(100 * (depth + 1));
      const length = writeRed(payload, [...blocks, { payloadType: 111, timestampOffset: 0, data }]);
      payload = payload.subarray(0, length);
      this.#pastOpus.push({ data, timestamp });
      if (this.#pastOpus.length > depth) this.#pastOpus.shift();
    }
    this.#audioNumber += 1;
    const type = depth === undefined ? 111 : 63;
    const packet = this.#packet(type, number, timestamp, PUBLISHED_SSRC.audio, payload, false);
    this.#audioHistory.set(number & 0xffff, { packet, resentUs: Number.NEGATIVE_INFINITY });
    this.audioSentUs[number] = nowUs;
    this.#transmit(packet, true, nowUs);
  }

  #packet(
    type: number,
    number: number,
    timestamp: number,
    ssrc: number,
    payload: Buffer,
    marker: boolean,
  ): Buffer {
    const head = Buffer.alloc(12 + 4 + 8);
    head[0] = 0x90;
    head[1] = (marker ? 0x80 : 0) | type;
    head.writeUInt16BE(number & 0xffff, 2);
    head.writeUInt32BE(timestamp, 4);
    head.writeUInt32BE(ssrc, 8);
    head.writeUInt16BE(0xbede, 12);
    head.writeUInt16BE(2, 14);
    head[16] = (IDS.absSendTime << 4) | 2;
    if (!this.#options.withoutTransportCc) head[20] = (IDS.transportCc << 4) | 1;
    return Buffer.concat([head, payload]);
  }

  #transmit(packet: Buffer, media: boolean, nowUs: number): void {
    const copy = Buffer.from(packet);
    copy.writeUIntBE(Math.floor((nowUs / 1e6) * 0x4_0000) & 0xff_ffff, 17, 3);
    const number = this.#transportNumber & 0xffff;
    this.#transportNumber += 1;
    if (!this.#options.withoutTransportCc) copy.writeUInt16BE(number, 21);
    this.rate.sent(number, nowUs);
    if (media) {
      this.mediaBytes += packet.length - 24;
      if (packet.readUInt32BE(8) === PUBLISHED_SSRC.video) this.sentUs.push(nowUs);
    }
    this.up.send(copy, nowUs, copy.length + AROUND);
  }

  #take(packet: RtcpPacket, nowUs: number): void {
    if (packet.type === RTCP_TYPE.transportFeedback && packet.count === 1) this.#nack(packet, nowUs);
    if (packet.type === RTCP_TYPE.transportFeedback && packet.count === 15)
      this.rate.receive(readTransportCc(packet)!);
    if (packet.type === RTCP_TYPE.payloadFeedback && readPli(packet) === PUBLISHED_SSRC.video) {
      if (packet.count === 1) this.#keyFrameWanted = true;
    }
    if (packet.type === RTCP_TYPE.payloadFeedback && packet.count === 15) {
      this.rate.remb = readRemb(packet)!.bitsPerSecond;
      this.rembs.push(this.rate.remb);
    }
    if (packet.type === RTCP_TYPE.receiverReport) {
      for (const block of readReceiverReport(packet)!.reports) {
        if (block.ssrc === PUBLISHED_SSRC.audio) this.opusFractionLost = block.fractionLost / 256;
        if (block.lastSenderReport === 0) continue;
        const now = ntpMiddle32(ntpSeconds(nowUs), ntpFraction(nowUs));
        const rtt = (now - block.delaySinceLastSenderReport - block.lastSenderReport) | 0;
        this.believedRttUs = Math.max(1_000, (rtt * 1e6) / 65_536);
      }
    }
    if (packet.type === RTCP_TYPE.extendedReport) {
      const { ssrc, receiverReferenceTime } = readExtendedReport(packet)!;
      if (receiverReferenceTime !== undefined) {
        const { ntpSeconds: seconds, ntpFraction: fraction } = receiverReferenceTime;
        this.#rrtr = { ssrc, middle: ntpMiddle32(seconds, fraction), atUs: nowUs };
      }
    }
  }

  #nack(packet: RtcpPacket, nowUs: number): void {
    const { mediaSsrc, sequenceNumbers } = readNack(packet)!;
    const history = mediaSsrc === PUBLISHED_SSRC.video ? this.#history : this.#audioHistory;
    for (const number of sequenceNumbers) {
      const sent = history.get(number);
      if (sent === undefined || nowUs < sent.resentUs + this.believedRttUs + 5_000) continue;
      if (!this.rate.mayResend(sent.packet.length, nowUs)) continue;
      sent.resentUs = nowUs;
      if (history === this.#audioHistory) {
        this.#transmit(sent.packet, false, nowUs);
        continue;
      }
      const rtx = Buffer.concat([sent.packet.subarray(0, 24), Buffer.alloc(2), sent.packet.subarray(24)]);
      rtx[1] = (rtx[1]! & 0x80) | 97;
      rtx.writeUInt16BE(number, 24);
      rtx.writeUInt16BE(this.#rtxNumber, 2);
      rtx.writeUInt32BE(PUBLISHED_SSRC.rtx, 8);
      this.#rtxNumber = (this.#rtxNumber + 1) & 0xffff;
      this.#queue.unshift({ packet: rtx, media: false });
    }
  }

  #report(nowUs: number): void {
    this.#nextReportUs += 900_000;
    const buffer = Buffer.alloc(200);
    let at = 0;
    for (const ssrc of [PUBLISHED_SSRC.video, PUBLISHED_SSRC.audio]) {
      at = writeSenderReport(buffer, at, {
        ssrc,
        ntpSeconds: ntpSeconds(nowUs),
        ntpFraction: ntpFraction(nowUs),
        rtpTimestamp: Math.round((nowUs * (ssrc === PUBLISHED_SSRC.video ? 9 : 4.8)) / 100) >>> 0,
        packetCount: 1,
        octetCount: 1,
        reports: [],
      });
    }
    if (this.#rrtr !== undefined) {
      const { ssrc, middle, atUs } = this.#rrtr;
      const delay = Math.round((nowUs - atUs) * 0.065536);
      at = writeExtendedReport(buffer, at, {
        ssrc: PUBLISHED_SSRC.video,
        receiverReferenceTime: undefined,
        delays: [{ ssrc, lastReceiverReport: middle, delay }],
      });
      this.#rrtr = undefined;
    }
    this.up.send(buffer.subarray(0, at), nowUs, at + AROUND);
  }
}
