/** What a media line carries between negotiations, and how a publisher's or subscriber's line is decided. */
import { VisavisError } from '../../base/errors.ts';
import type { CodecName, MediaKind, ProducerEncoding, WantedLayers } from '../../sfu/commands.ts';
import type { UsableLine } from './bundle.ts';
import {
  choosePublisherCodecs,
  keepCodecs,
  matchSubscriberCodecs,
  type NegotiatedCodec,
} from './codec-negotiation.ts';
import { keepFec, type NegotiatedFec, negotiateFec } from './flexfec-negotiation.ts';
import type { MediaSection } from './media-section.ts';
import type { NegotiationLine, ProducerDescription } from './negotiation-types.ts';
import { invalidSdp } from './sdp-lines.ts';
import { orderRids } from './simulcast.ts';

export interface PublishState<Source extends string> {
  readonly type: 'publish';
  readonly index: number;
  readonly kind: MediaKind;
  readonly producerId: string;
  readonly source: Source;
  readonly muted: boolean;
  readonly codecs: readonly NegotiatedCodec[];
  /** Smallest to largest. */
  readonly encodings: readonly ProducerEncoding[];
}

export interface SubscribeState {
  readonly type: 'subscribe';
  readonly index: number;
  readonly kind: MediaKind;
  readonly consumerId: string;
  readonly producerId: string;
  readonly streamId: string;
  readonly codecs: readonly NegotiatedCodec[];
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly fec: NegotiatedFec | undefined;
  readonly wanted: WantedLayers;
  readonly paused: boolean;
}

export type LineState<Source extends string> = PublishState<Source> | SubscribeState;

/** The producer or consumer a line carries. */
export function idOf(line: LineState<string>): string {
  return line.type === 'publish' ? line.producerId : line.consumerId;
}

export function clientSends({ direction }: MediaSection): boolean {
  return direction === 'sendonly' || direction === 'sendrecv';
}

export function clientReceives({ direction }: MediaSection): boolean {
  return direction === 'recvonly' || direction === 'sendrecv';
}

/** A new producer on a line. Throws `codec_unsupported`, or `sdp_invalid` for simulcast that is not by rid. */
export function publishOn<Source extends string>(
  { section, kind }: UsableLine,
  wish: NonNullable<NegotiationLine<Source>['publish']>,
  producerId: string,
  allowed: readonly CodecName[],
): PublishState<Source> {
  const { mid } = section;
  if (!clientSends(section))
    throw invalidSdp(`mid "${mid}" shall publish but is ${section.direction}`, { mid });
  const codecs = choosePublisherCodecs(kind, section.codecs, allowed);
  if (codecs.length === 0) {
    throw new VisavisError(
      'codec_unsupported',
      `mid "${mid}" offers no ${kind} codec that the server takes: ${allowed.join(', ')}`,
      { mid, allowed },
    );
  }
  const encodings = readEncodings(section, codecs);
  const muted = wish.muted === true;
  return {
    type: 'publish',
    index: section.index,
    kind,
    producerId,
    source: wish.source,
    muted,
    codecs,
    encodings,
  };
}

/**
 * The same producer in a later offer. Throws `codec_unsupported` if its payload types are gone or mean something else,
 * and `sdp_invalid` for layers that were not there before: they may only become fewer.
 */
export function keepPublishing<Source extends string>(
  line: UsableLine,
  state: PublishState<Source>,
): PublishState<Source> {
  const { mid, simulcast = [undefined] } = line.section;
  if (!simulcast.every((rid) => state.encodings.some((encoding) => encoding.rid === rid))) {
    throw invalidSdp(`mid "${mid}" has other rids than it carries; end the line first`, { mid });
  }
  return { ...state, codecs: keptCodecs(line, state.codecs) };
}

/** A new consumer on a line. Throws `codec_unsupported` if the client does not offer the producer's codec. */
export function subscribeOn(
  { section, kind }: UsableLine,
  wish: NonNullable<NegotiationLine['subscribe']>,
  producer: ProducerDescription | undefined,
  consumerId: string,
  allowed: readonly CodecName[],
  makeSsrc: () => number,
): SubscribeState {
  const { mid } = section;
  const { producerId } = wish;
  if (producer === undefined) {
    throw new VisavisError(
      'producer_unknown',
      `mid "${mid}" wants producer "${producerId}", which is not there`,
      {
        mid,
        producerId,
      },
    );
  }
  if (producer.kind !== kind) {
    throw invalidSdp(`mid "${mid}" is ${kind} but producer "${producerId}" is ${producer.kind}`, {
      mid,
      producerId,
    });
  }
  if (!clientReceives(section)) {
    throw invalidSdp(`mid "${mid}" shall subscribe but is ${section.direction}`, { mid });
  }
  const codecs = matchSubscriberCodecs(kind, section.codecs, producer.codecs, allowed);
  if (codecs.length === 0) {
    const wanted = producer.codecs.map((codec) => codec.name);
    throw new VisavisError(
      'codec_unsupported',
      `mid "${mid}" does not offer the codec of producer "${producerId}": ${wanted.join(', ')}`,
      { mid, producerId, codecs: wanted },
    );
  }
  const ssrc = makeSsrc();
  return {
    type: 'subscribe',
    index: section.index,
    kind,
    consumerId,
    producerId,
    streamId: producer.streamId,
    codecs,
    ssrc,
    rtxSsrc: codecs.some(({ rtp }) => rtp.rtxPayloadType !== undefined) ? makeSsrc() : undefined,
    fec: kind === 'video' ? negotiateFec(section.codecs, makeSsrc) : undefined,
    wanted: wish.wanted ?? {},
    paused: wish.paused === true,
  };
}

/** The same consumer in a later offer. Throws as `keepPublishing`. */
export function keepSubscribing(line: UsableLine, state: SubscribeState): SubscribeState {
  const fec = state.fec && keepFec(line.section.codecs, state.fec);
  if (state.fec !== undefined && fec === undefined) throw goneUnsupported(line, ['flexfec-03']);
  return { ...state, codecs: keptCodecs(line, state.codecs), fec };
}

function keptCodecs(line: UsableLine, codecs: readonly NegotiatedCodec[]): NegotiatedCodec[] {
  const kept = keepCodecs(line.kind, line.section.codecs, codecs);
  if (kept !== undefined) return kept;
  throw goneUnsupported(
    line,
    codecs.map(({ name }) => name),
  );
}

function goneUnsupported({ section: { mid } }: UsableLine, names: readonly string[]): VisavisError {
  return new VisavisError(
    'codec_unsupported',
    `mid "${mid}" no longer offers what it carries (${names.join(', ')}) under its payload type; end the line first`,
    { mid, codecs: names },
  );
}

function readEncodings(section: MediaSection, codecs: readonly NegotiatedCodec[]): ProducerEncoding[] {
  const { mid, simulcast, sendRids, ssrcs, fidGroups } = section;
  if (simulcast !== undefined) return orderRids(simulcast, sendRids).map((rid) => ({ rid }));
  if (section.ssrcSimulcast) {
    throw invalidSdp(`mid "${mid}" simulcasts by a=ssrc-group:SIM; use a=rid and a=simulcast (RFC 8853)`, {
      mid,
    });
  }
  const withRtx = codecs.some(({ rtp }) => rtp.rtxPayloadType !== undefined);
  const group = withRtx ? fidGroups[0] : undefined;
  if (group !== undefined) return [{ ssrc: group[0], rtxSsrc: group[1] }];
  const ssrc = fidGroups[0]?.[0] ?? ssrcs[0];
  return [ssrc === undefined ? {} : { ssrc }];
}
