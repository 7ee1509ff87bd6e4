/** One media line of an offer and its attributes, read into plain data. */
import type { DtlsFingerprint, IceParameters } from '../media-messages.ts';
import { type OfferedCodec, readOfferedCodecs } from './offered-codec.ts';
import { invalidLine, isToken, readInteger, type SdpLine } from './sdp-lines.ts';
import { type OfferedRid, readRid, readSimulcast } from './simulcast.ts';
import { readFingerprint, readIceParameters } from './transport-attributes.ts';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** `a=extmap:3/sendonly urn:…`; `id` 1..4351 as offered. */
export interface OfferedExtension {
  readonly id: number;
  readonly uri: string;
  readonly direction: Direction | undefined;
}

/** What a media line inherits where it says nothing itself. */
export interface SessionDefaults {
  readonly ice: IceParameters | undefined;
  readonly fingerprints: readonly DtlsFingerprint[];
  readonly setup: string | undefined;
  readonly direction: Direction;
  readonly mixedExtensions: boolean;
}

export interface MediaSection {
  /** Position in the description, from 0. */
  readonly index: number;
  /** "audio", "video", "application" or anything else, as written. */
  readonly media: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly mid: string;
  readonly bundleOnly: boolean;
  readonly direction: Direction;
  readonly rtcpMux: boolean;
  readonly rtcpReducedSize: boolean;
  /** `a=rtcp-xr:rcvr-rtt=all`: the receiver would measure its round trip by RRTR and DLRR (RFC 3611 §5.1). */
  readonly receiverRtt: boolean;
  readonly setup: string | undefined;
  readonly ice: IceParameters | undefined;
  readonly fingerprints: readonly DtlsFingerprint[];
  readonly mixedExtensions: boolean;
  readonly codecs: readonly OfferedCodec[];
  readonly extensions: readonly OfferedExtension[];
  /** In the order they first appear. */
  readonly ssrcs: readonly number[];
  /** `a=ssrc-group:FID media rtx` (RFC 5576 §4.2, RFC 4588 §8.8). */
  readonly fidGroups: readonly (readonly [number, number])[];
  /** Whether an `a=ssrc-group:SIM` stands here: simulcast by SSRC, which has no RFC. */
  readonly ssrcSimulcast: boolean;
  readonly sendRids: readonly OfferedRid[];
  /** Rids of `a=simulcast:send` in its order; undefined: no simulcast. */
  readonly simulcast: readonly string[] | undefined;
}

/** RFC 9143 lets a mid be any token; in an RTP one-byte extension element it can have 16 bytes. */
export const MAX_MID_LENGTH = 16;
/** One for each id a packet's two-byte element can carry (RFC 8285 §4.3); what is allowed of it, `NegotiationLimits` says. */
export const MAX_EXTENSIONS = 255;
const MAX_SSRCS = 32;
const MAX_SSRC_GROUPS = 16;

export function isDirection(name: string): name is Direction {
  return name === 'sendrecv' || name === 'sendonly' || name === 'recvonly' || name === 'inactive';
}

/** Reads one section whose first line is its `m=`. Throws `sdp_invalid` for a malformed or over-long one. */
export function readMediaSection(
  lines: readonly SdpLine[],
  index: number,
  defaults: SessionDefaults,
): MediaSection {
  const header = lines[0]!;
  const [media, portText, protocol, ...formats] = header.value.trim().split(/ +/);
  const port = readInteger(portText?.replace(/\/\d+$/, '') ?? '', 0, 65535);
  if (media === undefined || port === undefined || protocol === undefined || formats.length === 0) {
    throw invalidLine(header, 'is not "m=<media> <port> <protocol> <format> …"');
  }
  if (!isToken(media, 32) || !/^[A-Za-z0-9/]{1,64}$/.test(protocol) || formats.some((f) => !isToken(f, 64))) {
    throw invalidLine(header, 'has characters that no media line may have');
  }
  if (formats.length > 128) throw invalidLine(header, 'more than 128 formats');

  let mid: string | undefined;
  let direction = defaults.direction;
  let setup = defaults.setup;
  let bundleOnly = false;
  let rtcpMux = false;
  let rtcpReducedSize = false;
  let receiverRtt = false;
  let mixedExtensions = defaults.mixedExtensions;
  let ssrcSimulcast = false;
  let simulcast: readonly string[] | undefined;
  const fingerprints: DtlsFingerprint[] = [];
  const extensions: OfferedExtension[] = [];
  const ssrcs = new Set<number>();
  const fidGroups: [number, number][] = [];
  const sendRids: OfferedRid[] = [];
  for (const line of lines) {
    if (line.type !== 'a') continue;
    switch (line.name) {
      case 'mid':
        if (!isToken(line.value, MAX_MID_LENGTH)) {
          throw invalidLine(line, `must be a token of 1..${MAX_MID_LENGTH} characters`);
        }
        mid = line.value;
        break;
      case 'sendrecv':
      case 'sendonly':
      case 'recvonly':
      case 'inactive':
        direction = line.name;
        break;
      case 'setup':
        setup = line.value;
        break;
      case 'bundle-only':
        bundleOnly = true;
        break;
      case 'rtcp-mux':
      case 'rtcp-mux-only':
        rtcpMux = true;
        break;
      case 'rtcp-rsize':
        rtcpReducedSize = true;
        break;
      case 'rtcp-xr':
        receiverRtt ||= line.value.split(/ +/, 16).includes('rcvr-rtt=all');
        break;
      case 'extmap-allow-mixed':
        mixedExtensions = true;
        break;
      case 'fingerprint':
        readFingerprint(line, fingerprints);
        break;
      case 'extmap':
        if (extensions.length === MAX_EXTENSIONS) throw invalidLine(line, `more than ${MAX_EXTENSIONS}`);
        extensions.push(readExtension(line));
        break;
      case 'ssrc':
        ssrcs.add(readSsrc(line, line.value.split(' ', 1)[0]!));
        if (ssrcs.size > MAX_SSRCS) throw invalidLine(line, `more than ${MAX_SSRCS} SSRCs`);
        break;
      case 'ssrc-group': {
        const [semantics, ...members] = line.value.trim().split(/ +/, MAX_SSRCS + 1);
        if (semantics === 'SIM') ssrcSimulcast = true;
        if (semantics !== 'FID' || members.length !== 2) break;
        if (fidGroups.length === MAX_SSRC_GROUPS) throw invalidLine(line, `more than ${MAX_SSRC_GROUPS}`);
        fidGroups.push([readSsrc(line, members[0]!), readSsrc(line, members[1]!)]);
        break;
      }
      case 'rid':
        readRid(line, sendRids);
        break;
      case 'simulcast':
        simulcast = readSimulcast(line);
        break;
    }
  }
  if (mid === undefined) throw invalidLine(header, 'has no a=mid');
  for (const rid of simulcast ?? []) {
    if (!sendRids.some((known) => known.rid === rid)) {
      throw invalidLine(header, `a=simulcast names rid "${rid}", for which there is no "a=rid:${rid} send"`);
    }
  }
  return {
    index,
    media,
    port,
    protocol,
    formats,
    mid,
    bundleOnly,
    direction,
    rtcpMux,
    rtcpReducedSize,
    receiverRtt,
    setup,
    ice: readIceParameters(lines, defaults.ice),
    fingerprints: fingerprints.length > 0 ? fingerprints : defaults.fingerprints,
    mixedExtensions,
    codecs: media === 'audio' || media === 'video' ? readOfferedCodecs(formats, lines) : [],
    extensions,
    ssrcs: [...ssrcs],
    fidGroups,
    ssrcSimulcast,
    sendRids,
    simulcast,
  };
}

/** `<id>["/" direction] SP <uri> [SP attributes]`, RFC 8285 §8. */
function readExtension(line: SdpLine): OfferedExtension {
  const [head = '', uri] = line.value.trim().split(/ +/, 2);
  const [idText = '', direction, extra] = head.split('/', 3);
  const id = readInteger(idText, 1, 4351);
  if (id === undefined || uri === undefined || uri === '' || extra !== undefined) {
    throw invalidLine(line, 'is not "<id 1..255> <uri>"');
  }
  if (direction !== undefined && !isDirection(direction)) throw invalidLine(line, 'unknown direction');
  return { id, uri, direction };
}

function readSsrc(line: SdpLine, text: string): number {
  const ssrc = readInteger(text, 0, 0xffff_ffff);
  if (ssrc === undefined) throw invalidLine(line, 'SSRC is not 0..4294967295');
  return ssrc;
}
