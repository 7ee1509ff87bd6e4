/**
 * Which stream a packet of one transport belongs to: by SSRC once known, else learned from the mid and rid header
 * extensions, the payload type, or what was signalled (RFC 8843 §9.2, RFC 8852 §3). Senders stop sending mid and rid
 * after a while, so what is learned is kept by SSRC. An encoding has at most one primary and one repair SSRC: a new
 * one takes the place of the old, which bounds the table however often a peer changes its SSRCs. Where an SSRC is in
 * use, only a packet that gives the mid may take its place: one that does not may be the rest of a closed producer.
 */
import type { ExtensionReader } from '../rtp/extension-reader.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import type { ProducerEncoding, RtpCodec } from './commands.ts';

/** What the listener needs of a producer. */
export interface ListenedProducer<Encoding> {
  readonly mid: string;
  readonly codecs: readonly RtpCodec[];
  readonly signalled: readonly ProducerEncoding[];
  /** In the order of `signalled`. */
  readonly encodings: readonly Encoding[];
}

/** One SSRC of one encoding. */
export interface ListenedStream<Encoding, Producer> {
  readonly producer: Producer;
  readonly encoding: Encoding;
  readonly ssrc: number;
  /** True for the RTX stream (RFC 4588). */
  readonly repair: boolean;
}

export class RtpListener<Encoding, Producer extends ListenedProducer<Encoding>> {
  readonly #streams = new Map<number, ListenedStream<Encoding, Producer>>();
  readonly #primarySsrc = new Map<Encoding, number>();
  readonly #repairSsrc = new Map<Encoding, number>();
  /** Bound SSRCs that said BYE. */
  readonly #left = new Set<number>();
  readonly #producers: Producer[] = [];

  addProducer(producer: Producer): void {
    this.#producers.push(producer);
    producer.signalled.forEach((signalled, index) => {
      const encoding = producer.encodings[index]!;
      if (signalled.ssrc !== undefined) this.#bind(producer, encoding, signalled.ssrc, false);
      if (signalled.rtxSsrc !== undefined) this.#bind(producer, encoding, signalled.rtxSsrc, true);
    });
  }

  removeProducer(producer: Producer): void {
    const index = this.#producers.indexOf(producer);
    if (index < 0) return;
    this.#producers.splice(index, 1);
    for (const encoding of producer.encodings) {
      this.#release(this.#primarySsrc, encoding);
      this.#release(this.#repairSsrc, encoding);
    }
  }

  /** The stream of a known SSRC. */
  get(ssrc: number): ListenedStream<Encoding, Producer> | undefined {
    return this.#streams.get(ssrc);
  }

  /**
   * The sender said BYE for `ssrc`: another may take its place. It is not forgotten, as Chromium says BYE for a layer
   * that is switched off and brings it back on the same SSRC, by then without mid and rid.
   */
  leave(ssrc: number): void {
    if (this.#streams.has(ssrc)) this.#left.add(ssrc);
  }

  /** Every SSRC known now. */
  streams(): IterableIterator<ListenedStream<Encoding, Producer>> {
    return this.#streams.values();
  }

  /**
   * Learns the stream of a packet whose SSRC is not known yet; `extensions` were read from it. Undefined when nothing
   * in the packet says whose it is.
   */
  learn(packet: RtpPacket, extensions: ExtensionReader): ListenedStream<Encoding, Producer> | undefined {
    const { buffer, payloadType } = packet;
    const text = (offset: number, length: number): string | undefined =>
      offset === 0 ? undefined : buffer.toString('latin1', offset, offset + length);
    const mid = text(extensions.midOffset, extensions.midLength);
    const rid = text(extensions.ridOffset, extensions.ridLength);
    const repairedRid = text(extensions.repairedRidOffset, extensions.repairedRidLength);
    const producer = this.#producerOf(mid, rid ?? repairedRid, payloadType);
    if (producer === undefined) return undefined;
    const repair = producer.codecs.some((codec) => codec.rtxPayloadType === payloadType);
    if (!repair && !producer.codecs.some((codec) => codec.payloadType === payloadType)) return undefined;
    // Some senders name the encoding of an RTX packet by rid instead of repaired-rid.
    const name = repair ? (repairedRid ?? rid) : rid;
    let index = 0;
    if (name !== undefined) index = producer.signalled.findIndex((signalled) => signalled.rid === name);
    else if (producer.encodings.length > 1) return undefined;
    const encoding = producer.encodings[index];
    if (encoding === undefined || (mid === undefined && this.#isInUse(encoding, repair))) return undefined;
    return this.#bind(producer, encoding, packet.ssrc, repair);
  }

  #producerOf(mid: string | undefined, rid: string | undefined, payloadType: number): Producer | undefined {
    if (mid !== undefined) return this.#producers.find((producer) => producer.mid === mid);
    const able = this.#producers.filter(
      (producer) =>
        (rid === undefined || producer.signalled.some((signalled) => signalled.rid === rid)) &&
        producer.codecs.some(
          (codec) => codec.payloadType === payloadType || codec.rtxPayloadType === payloadType,
        ),
    );
    return able.length === 1 ? able[0] : undefined;
  }

  #isInUse(encoding: Encoding, repair: boolean): boolean {
    const ssrc = (repair ? this.#repairSsrc : this.#primarySsrc).get(encoding);
    return ssrc !== undefined && !this.#left.has(ssrc);
  }

  #bind(
    producer: Producer,
    encoding: Encoding,
    ssrc: number,
    repair: boolean,
  ): ListenedStream<Encoding, Producer> | undefined {
    const taken = this.#streams.get(ssrc);
    if (taken !== undefined)
      return taken.encoding === encoding && taken.repair === repair ? taken : undefined;
    const bound = repair ? this.#repairSsrc : this.#primarySsrc;
    this.#release(bound, encoding);
    const stream = { producer, encoding, ssrc, repair };
    bound.set(encoding, ssrc);
    this.#streams.set(ssrc, stream);
    return stream;
  }

  #release(bound: Map<Encoding, number>, encoding: Encoding): void {
    const ssrc = bound.get(encoding);
    if (ssrc === undefined) return;
    bound.delete(encoding);
    this.#streams.delete(ssrc);
    this.#left.delete(ssrc);
  }
}
