/**
 * Offer/answer of one PeerConnection: the client offers, the server answers. Pure state, told its randomness; what it
 * decides comes back as plain messages for the worker. docs/sdp.md says what is negotiated and why.
 */
import { InvalidStateError, VisavisError } from '../../base/errors.ts';
import type { ExtensionIds } from '../../rtp/header-extension.ts';
import type { RouterCommand } from '../../sfu/commands.ts';
import type { IceParameters, ToWorker } from '../media-messages.ts';
import { type AnswerLine, taggedLine, writeAnswer } from './answer.ts';
import {
  type LineUsability,
  type PeerTransport,
  peerTransport,
  sameFingerprints,
  sameIce,
  sortLines,
  type UsableLine,
} from './bundle.ts';
import { choosePublisherCodecs } from './codec-negotiation.ts';
import { ExtensionTable, sameExtensionIds } from './extension-negotiation.ts';
import { writeIceFragment } from './ice-fragment.ts';
import { diffLines } from './line-changes.ts';
import {
  clientReceives,
  clientSends,
  idOf,
  keepPublishing,
  keepSubscribing,
  type LineState,
  publishOn,
  subscribeOn,
} from './line-state.ts';
import { readWishes } from './line-wishes.ts';
import type { MediaSection } from './media-section.ts';
import type {
  NegotiationLine,
  NegotiationResult,
  PeerNegotiationOptions,
  ProducerDescription,
} from './negotiation-types.ts';
import { invalidSdp } from './sdp-lines.ts';
import { readOffer, type SdpOffer } from './sdp-offer.ts';

/** All that a successful negotiation replaces at once. */
interface NegotiationState<Source extends string> {
  readonly lines: ReadonlyMap<string, LineState<Source>>;
  readonly mediaCount: number;
  readonly version: number;
  /** Absent before the first negotiation. */
  readonly transport?: {
    readonly local: IceParameters;
    readonly remote: PeerTransport;
    readonly extensionIds: ExtensionIds;
    readonly mixedExtensions: boolean;
    /** The line that carries the BUNDLE, for fragments. */
    readonly tagged: MediaSection;
  };
}

export class PeerNegotiation<Source extends string = string> {
  readonly #options: PeerNegotiationOptions;
  readonly #sessionId: number;
  #state: NegotiationState<Source> = { lines: new Map(), mediaCount: 0, version: 0 };

  constructor(options: PeerNegotiationOptions) {
    this.#options = options;
    this.#sessionId = options.random32() >>> 0;
  }

  /**
   * Answers an offer. `lines` names what new or changed media lines carry; lines left out are as before, lines that
   * went inactive or to port 0 end what they carried, lines nobody named stay inactive. Naming a line again as it is
   * changes nothing. Throws `VisavisError` (`sdp_invalid`, `codec_unsupported`, `producer_unknown`, `limit_reached`)
   * for the offer as a whole, and then nothing has changed: the client rolls back and offers again without that line.
   */
  negotiate(
    input: { readonly sdp: string; readonly lines: readonly NegotiationLine<Source>[] },
    lookupProducer: (producerId: string) => ProducerDescription | undefined,
  ): NegotiationResult<Source> {
    const before = this.#state;
    const offer = readOffer(input.sdp);
    this.#checkOrder(offer);
    this.#checkExtensions(offer);
    const usability = sortLines(offer);
    const wishes = readWishes(input.lines, usability);
    const remote = peerTransport(offer, usability);
    if (remote === undefined && before.transport === undefined) {
      throw invalidSdp('has no audio or video line that can be used');
    }

    const lines = this.#decideLines(usability, wishes, lookupProducer);
    const mixedExtensions = offer.media.some((section) => section.mixedExtensions);
    const table = new ExtensionTable(mixedExtensions);
    const answerLines = offer.media.map((section) =>
      this.#answerLine(usability.get(section.mid), section, lines.get(section.mid), table),
    );

    const messages: ToWorker[] = [];
    let transport = before.transport;
    if (remote !== undefined) {
      transport = this.#connect(remote, table.ids, mixedExtensions, taggedLine(offer, answerLines), messages);
    }
    const version = before.version + 1;
    const sdp = writeAnswer(
      {
        sessionId: this.#sessionId,
        version,
        mixedExtensions,
        bundle: offer.bundle,
        ice: transport!.local,
        fingerprint: this.#options.fingerprint,
        candidates: this.#options.candidates,
      },
      answerLines,
    );
    const changes = diffLines(this.#options.transportId, before.lines, lines);
    messages.push(...changes.commands.map((command) => this.#routerMessage(command)));
    this.#state = { lines, mediaCount: offer.media.length, version, transport: transport! };
    return {
      sdp,
      messages,
      published: changes.published,
      subscribed: changes.subscribed,
      endedProducers: changes.endedProducers,
      endedConsumers: changes.endedConsumers,
      lines: [...lines].map(([mid, line]) =>
        line.type === 'publish'
          ? { mid, producerId: line.producerId }
          : { mid, producerId: line.producerId, consumerId: line.consumerId },
      ),
    };
  }

  /**
   * ICE restart without an offer (RFC 9725 §4.3.3): takes the client's new credentials and makes new ones of ours.
   * Throws `InvalidStateError` before the first negotiation.
   */
  restartIce(remoteIce: IceParameters): { local: IceParameters; fragment: string; messages: ToWorker[] } {
    const { transport } = this.#state;
    if (transport === undefined) throw new InvalidStateError('nothing has been negotiated yet');
    const remote = { ...transport.remote, ice: remoteIce };
    const local = this.#options.makeIceParameters();
    const fragment = writeIceFragment(local, transport.tagged, this.#options.candidates);
    this.#state = { ...this.#state, transport: { ...transport, local, remote } };
    return {
      local,
      fragment,
      messages: [this.#connectMessage(local, remote)],
    };
  }

  /** Both sides' ICE credentials as of now; undefined before the first negotiation. */
  get ice(): { readonly local: IceParameters; readonly remote: IceParameters } | undefined {
    const { transport } = this.#state;
    return transport && { local: transport.local, remote: transport.remote.ice };
  }

  /**
   * Notes that a producer or consumer was closed without a negotiation (unpublish, publisher gone), so that its line
   * is answered inactive from now on. Unknown ids are of no matter.
   */
  release(id: string): void {
    const lines = new Map(this.#state.lines);
    for (const [mid, line] of lines) {
      if (idOf(line) === id) lines.delete(mid);
    }
    this.#state = { ...this.#state, lines };
  }

  /** Media lines never move and never vanish (RFC 3264 §8). */
  #checkOrder(offer: SdpOffer): void {
    const { lines, mediaCount } = this.#state;
    if (offer.media.length < mediaCount) {
      throw invalidSdp(
        `has ${offer.media.length} media lines, fewer than the ${mediaCount} of the offer before`,
      );
    }
    for (const { mid, index } of offer.media) {
      const line = lines.get(mid);
      if (line !== undefined && line.index !== index) {
        throw invalidSdp(`mid "${mid}" moved from media line ${line.index} to ${index}`, { mid });
      }
    }
  }

  #checkExtensions({ media }: SdpOffer): void {
    const { maxExtensionsPerLine } = this.#options.limits;
    if (media.every(({ extensions }) => extensions.length <= maxExtensionsPerLine)) return;
    throw new VisavisError(
      'limit_reached',
      `one media line may offer ${maxExtensionsPerLine} header extensions (maxExtensionsPerLine)`,
      { limit: 'maxExtensionsPerLine', value: maxExtensionsPerLine },
    );
  }

  #decideLines(
    usability: LineUsability,
    wishes: ReadonlyMap<string, NegotiationLine<Source>>,
    lookupProducer: (producerId: string) => ProducerDescription | undefined,
  ): Map<string, LineState<Source>> {
    const { limits } = this.#options;
    const lines = new Map<string, LineState<Source>>();
    const ssrcs = new Set<number>();
    for (const line of this.#state.lines.values()) {
      if (line.type === 'publish') continue;
      ssrcs.add(line.ssrc);
      if (line.rtxSsrc !== undefined) ssrcs.add(line.rtxSsrc);
      if (line.fec !== undefined) ssrcs.add(line.fec.ssrc);
    }
    let producers = 0;
    let consumers = 0;
    for (const [mid, usable] of usability) {
      if (typeof usable === 'string') continue;
      const line = this.#decideLine(
        usable,
        this.#state.lines.get(mid),
        wishes.get(mid),
        lookupProducer,
        ssrcs,
      );
      if (line === undefined) continue;
      lines.set(mid, line);
      if (line.type === 'publish') producers += 1;
      else consumers += 1;
    }
    if (producers > limits.maxProducers) throw limitReached('maxProducers', limits.maxProducers);
    if (consumers > limits.maxConsumers) throw limitReached('maxConsumers', limits.maxConsumers);
    return lines;
  }

  #decideLine(
    usable: UsableLine,
    before: LineState<Source> | undefined,
    wish: NegotiationLine<Source> | undefined,
    lookupProducer: (producerId: string) => ProducerDescription | undefined,
    ssrcs: Set<number>,
  ): LineState<Source> | undefined {
    const { section } = usable;
    if (before?.type === 'publish' && clientSends(section) && before.kind === usable.kind) {
      const same = wish === undefined || wish.publish?.source === before.source;
      if (same) return keepPublishing(usable, before);
    }
    if (before?.type === 'subscribe' && clientReceives(section) && before.kind === usable.kind) {
      const same = wish === undefined || wish.subscribe?.producerId === before.producerId;
      if (same) return keepSubscribing(usable, before);
    }
    if (wish?.publish !== undefined) {
      return publishOn(usable, wish.publish, this.#options.makeId(), this.#options.codecs);
    }
    if (wish?.subscribe !== undefined) {
      const producer = lookupProducer(wish.subscribe.producerId);
      const consumerId = this.#options.makeId();
      const makeSsrc = () => this.#makeSsrc(ssrcs);
      return subscribeOn(usable, wish.subscribe, producer, consumerId, this.#options.codecs, makeSsrc);
    }
    return undefined;
  }

  #answerLine(
    usable: UsableLine | string | undefined,
    section: MediaSection,
    line: LineState<Source> | undefined,
    table: ExtensionTable,
  ): AnswerLine {
    if (usable === undefined || typeof usable === 'string') return { section, rejected: true };
    const { kind } = usable;
    if (line === undefined) {
      const codecs = choosePublisherCodecs(kind, section.codecs, this.#options.codecs);
      if (codecs.length === 0) return { section, rejected: true };
      // With its extensions, or Chromium (seen in 156) offers none on the lines it adds later.
      return {
        section,
        direction: 'inactive',
        codecs,
        extensions: table.negotiate(section, kind, 'receive'),
      };
    }
    const { codecs } = line;
    if (line.type === 'subscribe') {
      const extensions = table.negotiate(section, kind, 'send');
      const { streamId, consumerId: trackId, ssrc, rtxSsrc, fec } = line;
      const sending = { streamId, trackId, cname: streamId, ssrc, rtxSsrc, fec };
      return { section, direction: 'sendonly', codecs, extensions, sending };
    }
    const rids = (section.simulcast ?? []).filter((rid) => line.encodings.some((known) => known.rid === rid));
    const extensions = table.negotiate(section, kind, 'receive');
    if (rids.length > 0 && !extensions.some(({ name }) => name === 'rid')) {
      const { mid } = section;
      throw invalidSdp(`mid "${mid}" simulcasts without the rtp-stream-id header extension`, { mid });
    }
    return { section, direction: 'recvonly', codecs, extensions, rids };
  }

  /** Decides what the transport is told; new local credentials exactly when the client's changed (RFC 8839 §4.4.1.1). */
  #connect(
    remote: PeerTransport,
    extensionIds: ExtensionIds,
    mixedExtensions: boolean,
    tagged: MediaSection | undefined,
    messages: ToWorker[],
  ): NonNullable<NegotiationState<Source>['transport']> {
    const { transportId } = this.#options;
    const before = this.#state.transport;
    if (before === undefined) {
      messages.push(
        this.#routerMessage({ type: 'createTransport', transportId, extensionIds, mixedExtensions }),
      );
    } else if (
      before.mixedExtensions !== mixedExtensions ||
      !sameExtensionIds(before.extensionIds, extensionIds)
    ) {
      messages.push(
        this.#routerMessage({ type: 'updateTransport', transportId, extensionIds, mixedExtensions }),
      );
    }
    const restart = before === undefined || !sameIce(before.remote.ice, remote.ice);
    if (!restart && !sameFingerprints(before.remote.fingerprints, remote.fingerprints)) {
      throw invalidSdp('the fingerprint changed without an ICE restart; make a new PeerConnection');
    }
    const local = restart ? this.#options.makeIceParameters() : before.local;
    if (restart) messages.push(this.#connectMessage(local, remote));
    const line = tagged ?? before?.tagged;
    if (line === undefined) throw invalidSdp('has no audio or video line with a codec of ours');
    return { local, remote, extensionIds, mixedExtensions, tagged: line };
  }

  /** Fresh on this transport; 0 is left out because some stacks take it for "none". */
  #makeSsrc(taken: Set<number>): number {
    let ssrc = this.#options.random32() >>> 0;
    while (ssrc === 0 || taken.has(ssrc)) ssrc = (ssrc + 1) >>> 0;
    taken.add(ssrc);
    return ssrc;
  }

  #routerMessage(command: RouterCommand): ToWorker {
    return { type: 'router', roomId: this.#options.roomId, command };
  }

  #connectMessage(local: IceParameters, { ice, fingerprints }: PeerTransport): ToWorker {
    const { roomId, transportId } = this.#options;
    return { type: 'connectTransport', roomId, transportId, local, remote: ice, fingerprints };
  }
}

function limitReached(limit: string, value: number): VisavisError {
  return new VisavisError('limit_reached', `one PeerConnection may have ${value} (${limit})`, {
    limit,
    value,
  });
}
