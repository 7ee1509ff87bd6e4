/**
 * Somebody who subscribes in virtual time: gives transport-wide feedback, NACKs and key-frame requests as a browser does,
 * and notes which pictures became whole when.
 */
import { writePli } from '../../src/rtp/rtcp/key-frame-request.ts';
import { writeNack } from '../../src/rtp/rtcp/nack.ts';
import { writeTransportCc } from '../../src/rtp/rtcp/transport-cc.ts';
import type { RtpPacket } from '../../src/rtp/rtp-packet.ts';
import type { WantedLayers } from '../../src/sfu/commands.ts';
import { TransportFeedbackGenerator } from '../../src/sfu/congestion/transport-feedback-generator.ts';
import type { ConsumerStats, TransportStats } from '../../src/sfu/events.ts';
import { NackGenerator } from '../../src/sfu/stream/nack-generator.ts';
import { ReceiveStatistics } from '../../src/sfu/stream/receive-statistics.ts';
import type { Call, CallPublisher } from './call-publisher.ts';
import { type Conditions, Netem } from './netem.ts';
import { codec, extensionsOf } from './router-fixture.ts';

const VP8 = codec('vp8', 96, 97);
const OPUS = codec('opus', 111);
/** IP, UDP and SRTP around each packet. */
const AROUND = 38;
/** A browser asks again for a key frame after this. */
const KEY_FRAME_REQUEST_US = 500_000;

interface Picture {
  first: number;
  last: number;
  readonly numbers: Set<number>;
  whole: boolean;
}

/** One subscription of a subscriber: what came of it. */
export class Reception {
  readonly statistics = new ReceiveStatistics({ clockRate: 90_000 });
  readonly nack = new NackGenerator();
  readonly pictures = new Map<number, Picture>();
  /** When each picture was whole, in the order that happened. */
  readonly wholeUs: number[] = [];
  bytes = 0;

  receive(packet: RtpPacket, repaired: number | undefined, nowUs: number): void {
    const extended =
      repaired === undefined
        ? this.statistics.receive(packet.sequenceNumber, packet.timestamp, packet.payloadLength, nowUs)
        : this.statistics.receiveRepaired(repaired);
    if (extended < 0) return;
    if (repaired === undefined) this.nack.receive(extended, nowUs);
    else this.nack.receiveRepaired(extended, nowUs);
    this.bytes += packet.payloadLength;
    const payload = repaired === undefined ? packet.payload : packet.payload.subarray(2);
    let picture = this.pictures.get(packet.timestamp);
    if (picture === undefined) {
      picture = { first: -1, last: -1, numbers: new Set(), whole: false };
      this.pictures.set(packet.timestamp, picture);
    }
    picture.numbers.add(extended);
    if ((payload[0]! & 0x10) !== 0) picture.first = extended;
    if (packet.marker) picture.last = extended;
    if (picture.whole || picture.first < 0 || picture.last < 0) return;
    if (picture.numbers.size !== picture.last - picture.first + 1) return;
    picture.whole = true;
    this.wholeUs.push(nowUs);
  }

  /** The longest time without a new whole picture, ms, from `fromUs` on. */
  longestGapMs(fromUs: number, untilUs: number): number {
    let lastUs = fromUs;
    let gap = 0;
    for (const atUs of this.wholeUs) {
      if (atUs < fromUs || atUs > untilUs) continue;
      gap = Math.max(gap, atUs - lastUs);
      lastUs = atUs;
    }
    return Math.max(gap, untilUs - lastUs) / 1000;
  }

  /** Whole pictures a second. */
  fps(fromUs: number, untilUs: number): number {
    const count = this.wholeUs.filter((atUs) => atUs >= fromUs && atUs < untilUs).length;
    return (count * 1e6) / (untilUs - fromUs);
  }
}

export interface SubscriberOptions {
  readonly down: Conditions;
  /** What its feedback goes through. Default: 25 ms and nothing else. */
  readonly up?: Conditions;
  readonly transportCc?: boolean;
}

export class CallSubscriber {
  readonly name: string;
  readonly down: Netem<RtpPacket>;
  readonly up: Netem<Buffer>;
  readonly receptions = new Map<string, Reception>();
  readonly feedback = new TransportFeedbackGenerator();
  readonly #call: Call;
  readonly #index: number;
  readonly #transportCc: boolean;
  readonly #bySsrc = new Map<number, Reception>();
  readonly #audio = new Set<number>();
  readonly #lost = new Uint16Array(100);
  #keyFrameUs = 0;
  audioPackets = 0;
  bytes = 0;

  constructor(call: Call, name: string, index: number, options: SubscriberOptions) {
    this.#call = call;
    this.name = name;
    this.#index = index;
    this.#transportCc = options.transportCc ?? true;
    this.down = new Netem({ ...options.down, seed: call.seed + 100 + index });
    this.up = new Netem({ ...(options.up ?? { delayUs: 25_000 }), seed: call.seed + 200 + index });
    call.fixture.transport(name);
  }

  /** Subscribes to the camera and, where there is one, the microphone. */
  see(publisher: CallPublisher, wanted: WantedLayers = {}): Reception {
    const ssrc = 30_000 + this.#index * 1000 + this.receptions.size * 10;
    const { fixture } = this.#call;
    fixture.consume(
      this.name,
      this.consumerId(publisher),
      `${publisher.name}-camera`,
      [VP8],
      ssrc,
      ssrc + 1,
      wanted,
    );
    fixture.consume(
      this.name,
      `${this.consumerId(publisher)}-a`,
      `${publisher.name}-microphone`,
      [OPUS],
      ssrc + 2,
    );
    const reception = new Reception();
    this.receptions.set(publisher.name, reception);
    this.#bySsrc.set(ssrc, reception);
    this.#bySsrc.set(ssrc + 1, reception);
    this.#audio.add(ssrc + 2);
    return reception;
  }

  consumerId(publisher: CallPublisher): string {
    return `${this.name}-${publisher.name}`;
  }

  step(nowUs: number): void {
    for (let packet = this.down.receive(nowUs); packet !== undefined; packet = this.down.receive(nowUs)) {
      this.#receive(packet, nowUs);
    }
    const buffer = Buffer.alloc(2048);
    const told = this.#transportCc ? this.feedback.build(nowUs) : undefined;
    if (told !== undefined) this.say(buffer.subarray(0, writeTransportCc(buffer, 0, 1, 2, told)));
    for (const [ssrc, { nack }] of this.#bySsrc) {
      if (ssrc % 10 !== 0) continue;
      const count = nack.due(nowUs, this.#lost);
      if (count > 0) this.say(buffer.subarray(0, writeNack(buffer, 0, 1, ssrc, this.#lost, count)));
      if (nack.takeKeyFrameNeeded() && nowUs - this.#keyFrameUs > KEY_FRAME_REQUEST_US) {
        this.#keyFrameUs = nowUs;
        this.say(buffer.subarray(0, writePli(buffer, 0, 1, ssrc)));
      }
    }
    for (let packet = this.up.receive(nowUs); packet !== undefined; packet = this.up.receive(nowUs)) {
      this.#call.fixture.rtcpFrom(this.name, packet);
    }
  }

  /** Sends RTCP, through the same network as everything. */
  say(packet: Buffer): void {
    this.up.send(Buffer.from(packet), this.#call.fixture.nowUs, packet.length + AROUND);
  }

  stats(): TransportStats {
    return this.#call.fixture.stats().transports.find(({ transportId }) => transportId === this.name)!;
  }

  consumer(publisher: CallPublisher): ConsumerStats {
    const id = this.consumerId(publisher);
    return this.#call.fixture.stats().consumers.find(({ consumerId }) => consumerId === id)!;
  }

  #receive(packet: RtpPacket, nowUs: number): void {
    this.bytes += packet.buffer.length;
    const { transportCc } = extensionsOf(packet);
    if (transportCc >= 0) this.feedback.record(transportCc, nowUs);
    if (this.#audio.has(packet.ssrc)) this.audioPackets += 1;
    const reception = this.#bySsrc.get(packet.ssrc);
    if (reception === undefined || packet.payloadLength === 0) return;
    const repaired = packet.ssrc % 10 === 1 ? packet.payload.readUInt16BE(0) : undefined;
    reception.receive(packet, repaired, nowUs);
  }
}
