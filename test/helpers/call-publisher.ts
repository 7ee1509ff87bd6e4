/**
 * Somebody who publishes in virtual time: a camera in simulcast of known rates and a microphone, who answers NACKs and
 * key-frame requests. The rates never adapt: what the router makes of them is what is tested.
 */
import { readPli } from '../../src/rtp/rtcp/key-frame-request.ts';
import { readNack } from '../../src/rtp/rtcp/nack.ts';
import { readRemb } from '../../src/rtp/rtcp/remb.ts';
import { RTCP_TYPE, type RtcpPacket } from '../../src/rtp/rtcp/rtcp-packet.ts';
import { parseRtpPacket } from '../../src/rtp/rtp-packet.ts';
import { type Conditions, Netem } from './netem.ts';
import { codec, type RouterFixture } from './router-fixture.ts';
import { RtpSource } from './rtp-source.ts';

const VP8 = codec('vp8', 96, 97);
const OPUS = codec('opus', 111);
const FRAME_US = 40_000;
const PACKET_BYTES = 1_100;
/** IP, UDP and SRTP around each packet. */
const AROUND = 38;
/** Three temporal layers of libvpx, two or one. */
const PATTERNS: Readonly<Record<number, readonly number[]>> = { 1: [0], 2: [0, 1], 3: [0, 2, 1, 2] };

/** The call a publisher or subscriber is in. */
export interface Call {
  readonly seed: number;
  readonly fixture: RouterFixture;
  /** Who is heard. */
  readonly speaker: string | undefined;
}

export interface PublishedLayer {
  readonly height: number;
  bitsPerSecond: number;
}

export interface PublisherOptions {
  readonly up: Conditions;
  readonly layers: readonly PublishedLayer[];
  readonly temporalLayers?: number;
  readonly audio?: boolean;
  /** Its one layer keeps below what REMB says, and rises towards its rate when allowed. Default: rates are fixed. */
  readonly heedsRemb?: boolean;
}

interface Layer {
  readonly published: PublishedLayer;
  readonly source: RtpSource;
  readonly ssrc: number;
  readonly history: Map<number, Buffer>;
  rtxSequence: number;
  frames: number;
  keyFrameAsked: boolean;
  keyFrames: number;
}

export class CallPublisher {
  readonly name: string;
  readonly up: Netem<Buffer>;
  readonly layers: Layer[];
  readonly #call: Call;
  readonly #pattern: readonly number[];
  readonly #audio: RtpSource | undefined;
  readonly #heedsRemb: boolean;
  readonly #fullBitsPerSecond: number;
  #frameUs: number;
  #audioUs: number;
  #transportNumber = 60_000;
  paused = false;

  constructor(call: Call, name: string, index: number, options: PublisherOptions) {
    this.#call = call;
    this.name = name;
    this.up = new Netem({ ...options.up, seed: call.seed + index });
    this.#pattern = PATTERNS[options.temporalLayers ?? 1]!;
    this.#heedsRemb = options.heedsRemb ?? false;
    this.#fullBitsPerSecond = options.layers[0]!.bitsPerSecond;
    const { fixture } = call;
    fixture.transport(name);
    const encodings = options.layers.map((_, layer) => ({
      ...(options.layers.length > 1 ? { rid: `r${layer}` } : {}),
      ssrc: 10_000 + index * 100 + layer * 2,
      rtxSsrc: 10_001 + index * 100 + layer * 2,
    }));
    fixture.produce(name, `${name}-camera`, [VP8], encodings);
    this.layers = options.layers.map((published, layer) => ({
      published,
      ssrc: encodings[layer]!.ssrc,
      source: new RtpSource({
        ssrc: encodings[layer]!.ssrc,
        payloadType: 96,
        mid: `${name}-camera`,
        height: published.height,
        width: (published.height * 16) / 9,
        sequenceNumber: (64_900 + layer * 111) & 0xffff,
      }),
      history: new Map(),
      rtxSequence: 65_000,
      frames: 0,
      keyFrameAsked: true,
      keyFrames: 0,
    }));
    this.#frameUs = fixture.nowUs + index * 3_000;
    this.#audioUs = fixture.nowUs + index * 1_000;
    if (options.audio !== false) {
      fixture.produce(name, `${name}-microphone`, [OPUS], [{ ssrc: 20_000 + index }]);
      this.#audio = new RtpSource({ ssrc: 20_000 + index, payloadType: 111, mid: `${name}-microphone` });
    }
  }

  get keyFrames(): number {
    return this.layers.reduce((sum, { keyFrames }) => sum + keyFrames, 0);
  }

  /** What the router sends it; that way nothing is lost. */
  hear(packets: readonly RtcpPacket[]): void {
    for (const packet of packets) {
      if (packet.type === RTCP_TYPE.payloadFeedback) {
        const layer = this.layers.find(({ ssrc }) => ssrc === readPli(packet));
        if (layer !== undefined) layer.keyFrameAsked = true;
        const remb = this.#heedsRemb ? readRemb(packet) : undefined;
        if (remb !== undefined) this.#limit(remb.bitsPerSecond);
      } else if (packet.type === RTCP_TYPE.transportFeedback && packet.count === 1) {
        const nack = readNack(packet)!;
        const layer = this.layers.find(({ ssrc }) => ssrc === nack.mediaSsrc);
        for (const number of nack.sequenceNumbers) if (layer !== undefined) this.#repeat(layer, number);
      }
    }
  }

  #limit(bitsPerSecond: number): void {
    const [layer] = this.layers;
    const rate = layer!.published.bitsPerSecond;
    // Sound and headers come out of it; up it goes as a browser's estimate does.
    layer!.published.bitsPerSecond = Math.min(this.#fullBitsPerSecond, rate * 1.04, bitsPerSecond - 60_000);
  }

  step(nowUs: number): void {
    if (this.#audio !== undefined && nowUs >= this.#audioUs) {
      this.#audioUs += 20_000;
      this.#send(
        this.#audio.opus({
          transportCc: this.#takeNumbers(1),
          audioLevel: this.#call.speaker === this.name ? 20 : 127,
        }),
      );
    }
    if (nowUs >= this.#frameUs) {
      this.#frameUs += FRAME_US;
      if (!this.paused) for (const layer of this.layers) this.#frame(layer);
    }
    for (let packet = this.up.receive(nowUs); packet !== undefined; packet = this.up.receive(nowUs)) {
      this.#call.fixture.rtpFrom(this.name, Buffer.from(packet));
    }
  }

  #frame(layer: Layer): void {
    const { bitsPerSecond } = layer.published;
    if (bitsPerSecond === 0) return;
    const keyFrame = layer.keyFrameAsked;
    layer.keyFrameAsked = false;
    if (keyFrame) {
      layer.keyFrames += 1;
      layer.frames = 0;
    }
    const temporalLayer = this.#pattern[layer.frames % this.#pattern.length]!;
    layer.frames += 1;
    const bytes = ((bitsPerSecond * FRAME_US) / 8e6) * (keyFrame ? 3 : 1);
    const count = Math.max(1, Math.ceil(bytes / PACKET_BYTES));
    const each = Math.max(60, Math.round(bytes / count) - 40);
    const transportCc = this.#takeNumbers(count);
    const options = { keyFrame, temporalLayer, ticks: 3600, bytes: each, transportCc };
    for (const packet of layer.source.vp8(count, options)) {
      layer.history.set(packet.readUInt16BE(2), packet);
      this.#send(packet);
    }
  }

  /** Transport-wide numbers of so many packets; a retransmission keeps its own. */
  #takeNumbers(count: number): number {
    const first = this.#transportNumber;
    this.#transportNumber = (first + count) & 0xffff;
    return first;
  }

  #repeat(layer: Layer, number: number): void {
    const original = layer.history.get(number);
    if (original === undefined) return;
    const { payloadOffset } = parseRtpPacket(original)!;
    const rtx = Buffer.concat([
      original.subarray(0, payloadOffset),
      Buffer.from([number >> 8, number & 0xff]),
      original.subarray(payloadOffset),
    ]);
    rtx[1] = (rtx[1]! & 0x80) | 97;
    rtx.writeUInt16BE(layer.rtxSequence, 2);
    rtx.writeUInt32BE(layer.ssrc + 1, 8);
    layer.rtxSequence = (layer.rtxSequence + 1) & 0xffff;
    this.#send(rtx);
  }

  #send(packet: Buffer): void {
    this.up.send(packet, this.#call.fixture.nowUs, packet.length + AROUND);
  }
}
