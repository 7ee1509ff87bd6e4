/** Which of the offered payload types a line uses. A line carries one codec (and RED around it), never a choice. */
import type { CodecName, MediaKind, RtpCodec } from '../../sfu/commands.ts';
import { h264Profile, PREFERRED_PROFILES, profileDistance } from './h264-profile.ts';
import type { OfferedCodec } from './offered-codec.ts';

/** What a producer sends, independent of payload types: enough to find it in another peer's offer. Plain data. */
export interface CodecDescription {
  readonly name: CodecName;
  /** Format parameters that tell variants apart and go into answers, in SDP's spelling. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A codec of one line of an answer. */
export interface NegotiatedCodec extends CodecDescription {
  readonly rtp: RtpCodec;
  readonly channels: number;
}

interface CodecRow {
  readonly kind: MediaKind;
  readonly clockRate: number;
  readonly channels: number;
}

const CODECS: Readonly<Record<CodecName, CodecRow>> = {
  vp8: { kind: 'video', clockRate: 90_000, channels: 1 },
  vp9: { kind: 'video', clockRate: 90_000, channels: 1 },
  h264: { kind: 'video', clockRate: 90_000, channels: 1 },
  av1: { kind: 'video', clockRate: 90_000, channels: 1 },
  opus: { kind: 'audio', clockRate: 48_000, channels: 2 },
  red: { kind: 'audio', clockRate: 48_000, channels: 2 },
};

function isCodecName(name: string): name is CodecName {
  return Object.hasOwn(CODECS, name);
}

/**
 * The codec a publisher is asked for: the first of its offer whose name is in `allowed`, so that its own preference
 * decides; of several H.264 variants the most widely decoded. RED joins Opus where allowed, in the offered order.
 * Empty: none is acceptable.
 */
export function choosePublisherCodecs(
  kind: MediaKind,
  offered: readonly OfferedCodec[],
  allowed: readonly CodecName[],
): NegotiatedCodec[] {
  const usable = offered.filter((codec) => acceptableName(kind, codec, allowed) !== undefined);
  const first = usable.find((codec) => codec.name !== 'red');
  if (first === undefined) return [];
  const main = first.name === 'h264' ? preferredH264(usable) : first;
  const red = usable.find((codec) => codec.name === 'red' && wraps(codec, main));
  return inOfferedOrder(offered, red === undefined ? [main] : [main, red]).map(negotiated);
}

/**
 * The subscriber's payload types for what a producer sends. Empty: the offer has no equivalent of its codec. RED is
 * there wherever it is offered and allowed, also if the producer sends none: the Router wraps and unwraps it.
 */
export function matchSubscriberCodecs(
  kind: MediaKind,
  offered: readonly OfferedCodec[],
  producer: readonly CodecDescription[],
  allowed: readonly CodecName[],
): NegotiatedCodec[] {
  const main = producer.find((codec) => codec.name !== 'red');
  if (main === undefined) return [];
  const candidates = offered.filter((codec) => acceptableName(kind, codec, [main.name]) !== undefined);
  const chosen =
    main.name === 'h264' ? closestH264(candidates, main) : candidates.find((o) => sameVariant(o, main));
  if (chosen === undefined) return [];
  const red = offered.find((o) => acceptableName(kind, o, allowed) === 'red' && wraps(o, chosen));
  return inOfferedOrder(offered, red === undefined ? [chosen] : [chosen, red]).map(negotiated);
}

/**
 * Finds the codecs of a line again in a later offer by payload type, in its order now, which says whether the
 * publisher would send RED; undefined if one is gone or became another.
 */
export function keepCodecs(
  kind: MediaKind,
  offered: readonly OfferedCodec[],
  current: readonly NegotiatedCodec[],
): NegotiatedCodec[] | undefined {
  const kept: OfferedCodec[] = [];
  for (const { name, rtp } of current) {
    const codec = offered.find((candidate) => candidate.payloadType === rtp.payloadType);
    if (codec === undefined || acceptableName(kind, codec, [name]) === undefined) return undefined;
    if (codec.rtxPayloadType !== rtp.rtxPayloadType) return undefined;
    kept.push(codec);
  }
  return inOfferedOrder(offered, kept).map(negotiated);
}

function inOfferedOrder(offered: readonly OfferedCodec[], chosen: readonly OfferedCodec[]): OfferedCodec[] {
  return chosen.toSorted((a, b) => offered.indexOf(a) - offered.indexOf(b));
}

function acceptableName(
  kind: MediaKind,
  codec: OfferedCodec,
  allowed: readonly CodecName[],
): CodecName | undefined {
  const { name } = codec;
  if (!isCodecName(name) || !allowed.includes(name)) return undefined;
  const row = CODECS[name];
  if (row.kind !== kind || row.clockRate !== codec.clockRate || row.channels !== codec.channels)
    return undefined;
  switch (name) {
    case 'vp9':
      return ['0', '2'].includes(codec.parameters.get('profile-id') ?? '0') ? name : undefined;
    case 'av1':
      return (codec.parameters.get('profile') ?? '0') === '0' ? name : undefined;
    case 'h264':
      // Mode 0 forbids the fragmentation that any real picture needs (RFC 6184 §6.2).
      if (codec.parameters.get('packetization-mode') !== '1') return undefined;
      return h264Profile(codec.parameters.get('profile-level-id')) === undefined ? undefined : name;
    default:
      return name;
  }
}

function preferredH264(usable: readonly OfferedCodec[]): OfferedCodec {
  const variants = usable.filter((codec) => codec.name === 'h264');
  const rank = (codec: OfferedCodec) =>
    PREFERRED_PROFILES.indexOf(h264Profile(codec.parameters.get('profile-level-id'))!);
  return variants.reduce((best, codec) => (rank(codec) < rank(best) ? codec : best));
}

function closestH264(
  candidates: readonly OfferedCodec[],
  stream: CodecDescription,
): OfferedCodec | undefined {
  const sent = h264Profile(stream.parameters['profile-level-id']);
  if (sent === undefined) return candidates[0];
  const distance = (codec: OfferedCodec) =>
    profileDistance(h264Profile(codec.parameters.get('profile-level-id'))!, sent);
  return candidates.toSorted((a, b) => distance(a) - distance(b))[0];
}

/** VP9's profiles are bit depths, and no decoder takes one for the other. */
function sameVariant(codec: OfferedCodec, stream: CodecDescription): boolean {
  if (codec.name !== 'vp9') return true;
  return (codec.parameters.get('profile-id') ?? '0') === (stream.parameters['profile-id'] ?? '0');
}

/** `a=fmtp:63 111/111` (RFC 2198 §5): every block is the payload type of `main`. */
function wraps(red: OfferedCodec, main: OfferedCodec): boolean {
  const [blocks = ''] = red.parameters.keys();
  return blocks.split('/', 32).every((block) => block === String(main.payloadType));
}

/** We ask for one block of redundancy, however many were offered. */
function redBlocks(offered: string): string {
  const main = offered.split('/', 1)[0]!;
  return `${main}/${main}`;
}

function negotiated(codec: OfferedCodec): NegotiatedCodec {
  const name = codec.name as CodecName;
  return {
    name,
    channels: codec.channels,
    parameters: answerParameters(name, codec.parameters),
    rtp: {
      name,
      payloadType: codec.payloadType,
      clockRate: codec.clockRate,
      ...(codec.rtxPayloadType === undefined ? {} : { rtxPayloadType: codec.rtxPayloadType }),
      nack: codec.feedback.has('nack'),
      pli: codec.feedback.has('nack pli'),
      fir: codec.feedback.has('ccm fir'),
      transportCc: codec.feedback.has('transport-cc'),
      // Never answered: transport-cc does the same job better, and both at once confuse old Safari.
      remb: false,
    },
  };
}

/** The parameters we answer with: those that name the variant, as offered; ours for Opus (RFC 7587 §6.1). */
function answerParameters(name: CodecName, offered: ReadonlyMap<string, string>): Record<string, string> {
  const echo = (...names: string[]): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((key) => {
        const value = offered.get(key) ?? '';
        return /^[0-9A-Za-z]{1,8}$/.test(value) ? [[key, value]] : [];
      }),
    );
  switch (name) {
    case 'vp8':
      return {};
    case 'vp9':
      return echo('profile-id');
    case 'av1':
      return echo('level-idx', 'profile', 'tier');
    case 'h264':
      return echo('level-asymmetry-allowed', 'packetization-mode', 'profile-level-id');
    case 'opus':
      // In-band FEC always: a voice with gaps is worse than one at 20 % more bits. Stereo as the peer wishes. Never DTX:
      // after a silence nobody could tell what was lost from what was not sent, and NACK and RED have nothing to hold on to.
      return { minptime: '10', ...echo('stereo', 'sprop-stereo'), useinbandfec: '1' };
    case 'red':
      return Object.fromEntries([...offered.keys()].slice(0, 1).map((blocks) => [redBlocks(blocks), '']));
  }
}
