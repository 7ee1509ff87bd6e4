/**
 * The receiving side of a browser as libwebrtc does it, in virtual time: asks for what is missing (nack_requester.cc: at
 * once, then every round trip it believes in, looked at every 20 ms), tells what arrived by transport-cc, and measures
 * its round trip by RRTR. Everything crosses a network that loses and delays it.
 */
import { Unwrapper } from '../../src/base/unwrapper.ts';
import { ExtensionReader } from '../../src/rtp/extension-reader.ts';
import { type FecHeader, readFecHeader, recoverPacket } from '../../src/rtp/flexfec.ts';
import { readExtendedReport, writeExtendedReport } from '../../src/rtp/rtcp/extended-report.ts';
import { writePli } from '../../src/rtp/rtcp/key-frame-request.ts';
import { writeNack } from '../../src/rtp/rtcp/nack.ts';
import { writeReceiverReport } from '../../src/rtp/rtcp/receiver-report.ts';
import { RTCP_TYPE, type RtcpPacket } from '../../src/rtp/rtcp/rtcp-packet.ts';
import { readSenderReport } from '../../src/rtp/rtcp/sender-report.ts';
import { writeTransportCc } from '../../src/rtp/rtcp/transport-cc.ts';
import { parseRtpPacket, type RtpPacket } from '../../src/rtp/rtp-packet.ts';
import { TransportFeedbackGenerator } from '../../src/sfu/congestion/transport-feedback-generator.ts';
import { ntpFraction, ntpMiddle32, ntpSeconds } from '../../src/sfu/stream/ntp-time.ts';
import { type Conditions, Netem, type NetemOptions } from './netem.ts';
import { EXTENSION_IDS, type RouterFixture } from './router-fixture.ts';

const PROCESS_US = 20_000;
const REPORT_US = 1_000_000;
const MAX_RETRIES = 100;
const DEFAULT_RTT_US = 100_000;
/** After this a frame is not waited for (libwebrtc: 3 s), which a picture then has to begin anew for. */
const GIVE_UP_US = 3_000_000;

interface Missing {
  readonly sinceUs: number;
  askedUs: number;
  asked: number;
}

/** One video or audio stream as it arrives. */
export class ReceivedStream {
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly fecSsrc: number | undefined;
  /** When each packet first arrived, in whatever way, by extended number. */
  readonly arrivedUs = new Map<number, number>();
  /** Packets that came without ever having been asked for, though they were late. */
  unasked = 0;
  recovered = 0;
  copies = 0;
  bytes = 0;
  readonly playoutDelays: number[] = [];
  readonly payloadTypes = new Map<number, number>();
  readonly missing = new Map<number, Missing>();
  readonly unwrapper = new Unwrapper(16);
  readonly media = new Map<number, Buffer>();
  readonly fecs: { readonly payload: Buffer; readonly header: FecHeader }[] = [];
  highest = -1;
  lastReport = 0;
  lastReportUs = 0;
  lost = 0;

  constructor(ssrc: number, rtxSsrc?: number, fecSsrc?: number) {
    this.ssrc = ssrc;
    this.rtxSsrc = rtxSsrc;
    this.fecSsrc = fecSsrc;
  }
}

export class BrowserReceiver {
  readonly streams: ReceivedStream[] = [];
  /** On the wire towards the browser: RTP bytes, headers included. */
  sentBytes = 0;
  sentPackets = 0;
  nacksSent = 0;
  keyFramesAsked = 0;
  /** What it takes for its round trip, µs. */
  rttUs = DEFAULT_RTT_US;
  onPacket: ((packet: RtpPacket, nowUs: number) => void) | undefined;

  readonly #fixture: RouterFixture;
  readonly #transportId: string;
  readonly #down: Netem<RtpPacket | RtcpPacket[]>;
  readonly #up: Netem<Buffer>;
  readonly #feedback = new TransportFeedbackGenerator();
  readonly #extensions = new ExtensionReader({ ...EXTENSION_IDS, playoutDelay: 7 });
  readonly #buffer = Buffer.alloc(2048);
  #processUs = 0;
  #reportUs = 0;

  constructor(fixture: RouterFixture, transportId: string, down: NetemOptions, up: NetemOptions) {
    this.#fixture = fixture;
    this.#transportId = transportId;
    this.#down = new Netem(down);
    this.#up = new Netem(up);
  }

  get lossOnTheWay(): number {
    return this.#down.lost / this.#down.sent;
  }

  /** From `atUs` on both directions do this to packets. */
  changeAt(atUs: number, to: Partial<Conditions>): void {
    this.#down.changeAt(atUs, to);
    this.#up.changeAt(atUs, to);
  }

  /** A packet leaves the server. */
  send(packet: RtpPacket): void {
    this.sentBytes += packet.buffer.length;
    this.sentPackets += 1;
    this.#down.send(packet, this.#fixture.nowUs, packet.buffer.length);
  }

  /** Sends RTCP of another's making. */
  say(packet: Buffer): void {
    this.#up.send(Buffer.from(packet), this.#fixture.nowUs, packet.length);
  }

  sendRtcp(packets: RtcpPacket[]): void {
    this.#down.send(packets, this.#fixture.nowUs, 100);
  }

  /** Does what is due; call it every millisecond. */
  step(): void {
    const { nowUs } = this.#fixture;
    for (let item = this.#down.receive(nowUs); item !== undefined; item = this.#down.receive(nowUs)) {
      if (Array.isArray(item)) this.#receiveRtcp(item, nowUs);
      else this.#receiveRtp(item, nowUs);
    }
    if (nowUs >= this.#processUs) {
      this.#processUs = nowUs + PROCESS_US;
      for (const stream of this.streams) this.#askAgain(stream, nowUs);
    }
    for (let next = this.#feedback.build(nowUs); next !== undefined; next = this.#feedback.build(nowUs))
      this.#emit(writeTransportCc(this.#buffer, 0, 1, 1, next), nowUs);
    if (nowUs >= this.#reportUs) this.#report(nowUs);
    for (let rtcp = this.#up.receive(nowUs); rtcp !== undefined; rtcp = this.#up.receive(nowUs))
      this.#fixture.rtcpFrom(this.#transportId, rtcp);
  }

  #receiveRtp(packet: RtpPacket, nowUs: number): void {
    this.#extensions.read(packet);
    const { transportSequenceNumber, playoutDelayOffset } = this.#extensions;
    if (transportSequenceNumber >= 0) this.#feedback.record(transportSequenceNumber, nowUs);
    this.onPacket?.(packet, nowUs);
    for (const stream of this.streams) {
      if (packet.ssrc === stream.ssrc) {
        if (playoutDelayOffset !== 0)
          stream.playoutDelays.push(packet.buffer.readUIntBE(playoutDelayOffset, 3));
        const types = stream.payloadTypes;
        types.set(packet.payloadType, (types.get(packet.payloadType) ?? 0) + 1);
        if (stream.fecSsrc !== undefined) this.#keepForFec(stream, packet);
        this.#note(stream, packet.sequenceNumber, false, nowUs);
        this.#decodeFec(stream, nowUs);
      } else if (packet.ssrc === stream.rtxSsrc) {
        if (packet.payloadLength >= 2)
          this.#note(stream, packet.buffer.readUInt16BE(packet.payloadOffset), true, nowUs);
      } else if (packet.ssrc === stream.fecSsrc) {
        const payload = Buffer.from(packet.payload);
        const header = readFecHeader(payload);
        if (header !== undefined) stream.fecs.push({ payload, header });
        this.#decodeFec(stream, nowUs);
      }
    }
  }

  #note(stream: ReceivedStream, sequenceNumber: number, repaired: boolean, nowUs: number): void {
    const number = repaired
      ? stream.unwrapper.peek(sequenceNumber)
      : stream.highest < 0
        ? stream.unwrapper.unwrap(sequenceNumber)
        : stream.unwrapper.peek(sequenceNumber);
    if (stream.highest < 0) {
      if (repaired) return;
      stream.highest = number;
      stream.arrivedUs.set(number, nowUs);
      return;
    }
    if (stream.arrivedUs.has(number)) {
      stream.copies += 1;
      return;
    }
    stream.arrivedUs.set(number, nowUs);
    const missing = stream.missing.get(number);
    if (missing !== undefined) {
      if (missing.asked === 0) stream.unasked += 1;
      stream.missing.delete(number);
    }
    if (number <= stream.highest) return;
    const fresh: number[] = [];
    for (let gap = stream.highest + 1; gap < number; gap += 1) {
      stream.missing.set(gap, { sinceUs: nowUs, askedUs: nowUs, asked: 1 });
      fresh.push(gap & 0xffff);
      stream.lost += 1;
    }
    stream.highest = number;
    if (!repaired) stream.unwrapper.unwrap(sequenceNumber);
    this.#nack(stream, fresh, nowUs);
  }

  #askAgain(stream: ReceivedStream, nowUs: number): void {
    const due: number[] = [];
    for (const [number, missing] of stream.missing) {
      if (nowUs - missing.sinceUs > GIVE_UP_US) {
        stream.missing.clear();
        if (stream.rtxSsrc === undefined) break;
        this.keyFramesAsked += 1;
        this.#emit(writePli(this.#buffer, 0, 1, stream.ssrc), nowUs);
        break;
      }
      if (missing.asked >= MAX_RETRIES || nowUs - missing.askedUs < this.rttUs) continue;
      missing.asked += 1;
      missing.askedUs = nowUs;
      due.push(number & 0xffff);
    }
    this.#nack(stream, due, nowUs);
  }

  #nack(stream: ReceivedStream, numbers: readonly number[], nowUs: number): void {
    if (numbers.length === 0) return;
    this.nacksSent += numbers.length;
    this.#emit(writeNack(this.#buffer, 0, 1, stream.ssrc, numbers, numbers.length), nowUs);
  }

  #keepForFec(stream: ReceivedStream, packet: RtpPacket): void {
    const copy = Buffer.from(packet.buffer);
    const at = this.#transportCcOffset(copy);
    if (at > 0) copy.writeUInt16BE(0, at);
    stream.media.set(packet.sequenceNumber, copy);
    if (stream.media.size > 64) stream.media.delete(stream.media.keys().next().value!);
  }

  #decodeFec(stream: ReceivedStream, nowUs: number): void {
    for (let again = stream.fecs.length > 0; again; ) {
      again = false;
      for (const [index, { payload, header }] of stream.fecs.entries()) {
        const numbers = header.offsets.map((offset) => (header.baseSequenceNumber + offset) & 0xffff);
        const absent = numbers.filter((number) => !stream.media.has(number));
        if (absent.length > 1) continue;
        stream.fecs.splice(index, 1);
        again = true;
        if (absent.length === 0) break;
        const others = numbers
          .filter((number) => number !== absent[0])
          .map((number) => stream.media.get(number)!);
        const recovered = recoverPacket(payload, header, others, absent[0]!);
        if (recovered === undefined || parseRtpPacket(recovered) === undefined)
          throw new Error('FEC recovered what is no packet');
        stream.media.set(absent[0]!, recovered);
        stream.recovered += 1;
        this.#note(stream, absent[0]!, true, nowUs);
        break;
      }
    }
    if (stream.fecs.length > 48) stream.fecs.splice(0, stream.fecs.length - 48);
  }

  #transportCcOffset(buffer: Buffer): number {
    const packet = parseRtpPacket(buffer)!;
    for (let at = packet.extensionOffset; at < packet.extensionOffset + packet.extensionLength; ) {
      const byte = buffer[at]!;
      if (byte === 0) at += 1;
      else if (byte >> 4 === EXTENSION_IDS.transportCc) return at + 1;
      else at += 2 + (byte & 0x0f);
    }
    return 0;
  }

  #receiveRtcp(packets: RtcpPacket[], nowUs: number): void {
    for (const packet of packets) {
      if (packet.type === RTCP_TYPE.senderReport) {
        const report = readSenderReport(packet)!;
        for (const stream of this.streams) {
          if (stream.ssrc !== report.ssrc) continue;
          stream.lastReport = ntpMiddle32(report.ntpSeconds, report.ntpFraction);
          stream.lastReportUs = nowUs;
        }
      } else if (packet.type === RTCP_TYPE.extendedReport) {
        for (const { lastReceiverReport, delay } of readExtendedReport(packet)!.delays) {
          const nowMiddle = ntpMiddle32(ntpSeconds(nowUs), ntpFraction(nowUs));
          const ticks = (nowMiddle - lastReceiverReport - delay) | 0;
          this.rttUs = Math.max(1_000, (ticks / 65_536) * 1e6);
        }
      }
    }
  }

  #report(nowUs: number): void {
    this.#reportUs = nowUs + REPORT_US;
    const reports = this.streams
      .filter((stream) => stream.highest >= 0)
      .map((stream) => ({
        ssrc: stream.ssrc,
        fractionLost: 0,
        cumulativeLost: stream.lost,
        extendedHighestSequence: stream.highest >>> 0,
        jitter: 0,
        lastSenderReport: stream.lastReport,
        delaySinceLastSenderReport:
          stream.lastReport === 0 ? 0 : Math.round((nowUs - stream.lastReportUs) * 0.065536),
      }));
    const end = writeReceiverReport(this.#buffer, 0, { ssrc: 1, reports });
    const receiverReferenceTime = { ntpSeconds: ntpSeconds(nowUs), ntpFraction: ntpFraction(nowUs) };
    this.#emit(writeExtendedReport(this.#buffer, end, { ssrc: 1, receiverReferenceTime, delays: [] }), nowUs);
  }

  #emit(length: number, nowUs: number): void {
    this.#up.send(Buffer.from(this.#buffer.subarray(0, length)), nowUs, length);
  }
}
