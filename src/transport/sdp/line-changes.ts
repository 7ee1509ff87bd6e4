/** From two sets of lines to what the Router has to do and the room has to know. */
import type { RouterCommand } from '../../sfu/commands.ts';
import { idOf, type LineState, type PublishState, type SubscribeState } from './line-state.ts';
import type { PublishedLine, SubscribedLine } from './negotiation-types.ts';

export interface LineChanges<Source extends string> {
  readonly commands: readonly RouterCommand[];
  readonly published: readonly PublishedLine<Source>[];
  readonly subscribed: readonly SubscribedLine[];
  readonly endedProducers: readonly string[];
  readonly endedConsumers: readonly string[];
}

/** Compares by producer and consumer id. Closings come first, because a line's mid may be taken over. */
export function diffLines<Source extends string>(
  transportId: string,
  before: ReadonlyMap<string, LineState<Source>>,
  after: ReadonlyMap<string, LineState<Source>>,
): LineChanges<Source> {
  const alive = new Set([...after.values()].map(idOf));
  const ended = [...before.values()].filter((line) => !alive.has(idOf(line)));
  const endedProducers = ended.filter((line) => line.type === 'publish').map(idOf);
  const endedConsumers = ended.filter((line) => line.type === 'subscribe').map(idOf);

  const known = new Set([...before.values()].map(idOf));
  const published: PublishedLine<Source>[] = [];
  const subscribed: SubscribedLine[] = [];
  const producing: RouterCommand[] = [];
  const consuming: RouterCommand[] = [];
  for (const [mid, line] of after) {
    if (known.has(idOf(line))) continue;
    if (line.type === 'publish') {
      producing.push(createProducer(transportId, mid, line));
      published.push(publishedLine(mid, line));
    } else {
      consuming.push(createConsumer(transportId, mid, line));
      subscribed.push({ mid, producerId: line.producerId, consumerId: line.consumerId });
    }
  }
  const commands: RouterCommand[] = [
    ...endedConsumers.map((consumerId) => ({ type: 'closeConsumer', consumerId }) as const),
    ...endedProducers.map((producerId) => ({ type: 'closeProducer', producerId }) as const),
    ...producing,
    ...consuming,
  ];
  return { commands, published, subscribed, endedProducers, endedConsumers };
}

function createProducer(transportId: string, mid: string, line: PublishState<string>): RouterCommand {
  const { producerId, kind, encodings, muted } = line;
  const codecs = line.codecs.map(({ rtp }) => rtp);
  return { type: 'createProducer', transportId, producerId, kind, mid, codecs, encodings, paused: muted };
}

function createConsumer(transportId: string, mid: string, line: SubscribeState): RouterCommand {
  const { consumerId, producerId, ssrc, rtxSsrc, fec, streamId, paused, wanted } = line;
  return {
    type: 'createConsumer',
    transportId,
    consumerId,
    producerId,
    mid,
    codecs: line.codecs.map(({ rtp }) => rtp),
    ssrc,
    ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
    ...(fec === undefined ? {} : { fec: { payloadType: fec.payloadType, ssrc: fec.ssrc } }),
    cname: streamId,
    paused,
    wanted,
  };
}

function publishedLine<Source extends string>(
  mid: string,
  line: PublishState<Source>,
): PublishedLine<Source> {
  const { producerId, kind, source, muted, encodings } = line;
  return {
    mid,
    producerId,
    kind,
    source,
    muted,
    codec: line.codecs.find(({ name }) => name !== 'red')!.name,
    simulcast: encodings.length > 1,
    codecs: line.codecs.map(({ name, parameters }) => ({ name, parameters })),
  };
}
