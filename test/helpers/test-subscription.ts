/** A Forwarder with readers, unwrappers and stores around it, as a consumer has them, and what the subscriber got. */
import { Unwrapper } from '../../src/base/unwrapper.ts';
import { FrameInfo } from '../../src/rtp/codec/frame-info.ts';
import {
  type FrameInfoReader,
  makeFrameInfoReader,
  type ReadableCodec,
} from '../../src/rtp/codec/frame-info-reader.ts';
import type { RtpPacket } from '../../src/rtp/rtp-packet.ts';
import { ForwardDecision } from '../../src/sfu/forward/forward-decision.ts';
import { Forwarder, type ForwarderOptions } from '../../src/sfu/forward/forwarder.ts';
import type { RecordedPacket } from './codec-vectors.ts';

/** One packet as the subscriber got it. */
export interface Received {
  readonly encoding: number;
  /** The publisher's packet. */
  readonly source: RtpPacket;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly pictureId: number;
  readonly tl0PicIdx: number;
  readonly layerChanged: boolean;
  /** As rewritten. */
  readonly payload: Buffer;
}

interface Source {
  reader: FrameInfoReader;
  sequence: Unwrapper;
  readonly store: Map<number, RecordedPacket>;
}

export class TestSubscription {
  readonly forwarder: Forwarder;
  readonly received: Received[] = [];
  nowUs = 1_000_000;
  readonly #codec: ReadableCodec;
  readonly #sources: Source[];
  readonly #info = new FrameInfo();
  readonly #decision = new ForwardDecision();

  constructor(codec: ReadableCodec, options: Partial<ForwarderOptions> = {}) {
    this.#codec = codec;
    const encodings = options.encodings ?? 1;
    this.forwarder = new Forwarder({
      codec,
      clockRate: 90_000,
      encodings,
      sequenceNumber: 1000,
      timestampOffset: 0,
      pictureId: 500,
      tl0PicIdx: 50,
      ...options,
    });
    this.#sources = Array.from({ length: encodings }, () => this.#freshSource());
  }

  /** Offers one packet; what was turned away too early is offered again if the forwarder asks for it. */
  offer(packet: RtpPacket | RecordedPacket, encoding = 0): Received | undefined {
    const recorded = 'packet' in packet ? packet : { packet, descriptorOffset: 0, descriptorLength: 0 };
    const source = this.#sources[encoding]!;
    const sequence = source.sequence.unwrap(recorded.packet.sequenceNumber);
    source.store.set(sequence, recorded);
    const result = this.#forward(encoding, recorded, sequence);
    for (let next = sequence + 1; next <= result.replayThrough; next += 1) {
      const stored = source.store.get(next);
      if (stored !== undefined) this.#forward(encoding, stored, next);
    }
    return result.received;
  }

  /** The source begins anew, and the producer knows it. */
  restart(encoding = 0): void {
    this.#sources[encoding] = this.#freshSource();
    this.forwarder.restart(encoding);
  }

  /** Like the subscriber's decoder sees them: sequence numbers from the first one received. */
  get sequenceNumbers(): number[] {
    return this.received.map(({ sequenceNumber }) => sequenceNumber);
  }

  #forward(
    encoding: number,
    recorded: RecordedPacket,
    sequence: number,
  ): { received: Received | undefined; replayThrough: number } {
    const { packet, descriptorOffset, descriptorLength } = recorded;
    const decision = this.#decision;
    this.#sources[encoding]!.reader.read(packet, descriptorOffset, descriptorLength, this.#info);
    const passes = this.forwarder.forward(encoding, packet, sequence, this.#info, this.nowUs, decision);
    const { replayThrough } = decision;
    if (!passes) return { received: undefined, replayThrough };
    const payload = Buffer.alloc(packet.payloadLength);
    this.forwarder.writePayload(packet, decision, payload, 0);
    const received = { encoding, source: packet, ...decision, payload };
    this.received.push(received);
    return { received, replayThrough };
  }

  #freshSource(): Source {
    return { reader: makeFrameInfoReader(this.#codec), sequence: new Unwrapper(16), store: new Map() };
  }
}
