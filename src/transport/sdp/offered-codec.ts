/** The payload types of one media line of an offer: rtpmap, fmtp and rtcp-fb joined, RTX tied to what it repairs. */
import { invalidLine, readInteger, type SdpLine } from './sdp-lines.ts';

export interface OfferedCodec {
  /** 0..127. */
  readonly payloadType: number;
  /** Encoding name in lower case: "vp8", "opus", "telephone-event". */
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  /** `a=fmtp` parameters by lower-case name; a parameter without "=" has the empty string. */
  readonly parameters: ReadonlyMap<string, string>;
  /** `a=rtcp-fb` values such as "nack" or "nack pli", those of `*` included. */
  readonly feedback: ReadonlySet<string>;
  /** Payload type of its RTX (RFC 4588 §8.1), if offered. */
  readonly rtxPayloadType: number | undefined;
}

const MAX_PARAMETERS = 32;
const MAX_FEEDBACK = 32;

/**
 * The codecs of a line in the order of its formats, without RTX itself and without formats that have no rtpmap
 * (static payload types, none of which we use). Throws `sdp_invalid` on malformed or over-many attributes.
 * @see RFC 8866 §6.6, §6.15; RFC 4585 §4.2
 */
export function readOfferedCodecs(formats: readonly string[], lines: readonly SdpLine[]): OfferedCodec[] {
  const maps = new Map<number, { name: string; clockRate: number; channels: number }>();
  const parameters = new Map<number, Map<string, string>>();
  const feedback = new Map<number, Set<string>>();
  const feedbackOfAll = new Set<string>();
  for (const line of lines) {
    if (line.type !== 'a') continue;
    if (line.name !== 'rtpmap' && line.name !== 'fmtp' && line.name !== 'rtcp-fb') continue;
    const space = line.value.indexOf(' ');
    const head = space === -1 ? line.value : line.value.slice(0, space);
    const rest = space === -1 ? '' : line.value.slice(space + 1).trim();
    if (line.name === 'rtcp-fb' && head === '*') {
      addFeedback(line, feedbackOfAll, rest);
      continue;
    }
    const payloadType = readInteger(head, 0, 127);
    if (payloadType === undefined || rest === '') throw invalidLine(line, 'is not "<payload type 0..127> …"');
    if (line.name === 'rtpmap') {
      const [name = '', rate = '', channels = '1'] = rest.split('/', 3);
      const clockRate = readInteger(rate, 1, 1_000_000);
      const channelCount = readInteger(channels, 1, 255);
      if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name) || clockRate === undefined || channelCount === undefined) {
        throw invalidLine(line, 'is not "<payload type> <name>/<clock rate>[/<channels>]"');
      }
      if (maps.has(payloadType)) throw invalidLine(line, `payload type ${payloadType} is mapped twice`);
      maps.set(payloadType, { name: name.toLowerCase(), clockRate, channels: channelCount });
    } else if (line.name === 'fmtp') {
      parameters.set(payloadType, readParameters(line, rest));
    } else {
      const set = feedback.get(payloadType) ?? new Set<string>();
      addFeedback(line, set, rest);
      feedback.set(payloadType, set);
    }
  }

  const rtx = new Map<number, number>();
  for (const [payloadType, map] of maps) {
    if (map.name !== 'rtx') continue;
    const repaired = readInteger(parameters.get(payloadType)?.get('apt') ?? '', 0, 127);
    if (repaired !== undefined && !rtx.has(repaired)) rtx.set(repaired, payloadType);
  }
  const codecs: OfferedCodec[] = [];
  for (const format of new Set(formats)) {
    const payloadType = readInteger(format, 0, 127);
    const map = payloadType === undefined ? undefined : maps.get(payloadType);
    if (payloadType === undefined || map === undefined || map.name === 'rtx') continue;
    const own = feedback.get(payloadType);
    const rtxPayloadType = rtx.get(payloadType);
    codecs.push({
      payloadType,
      ...map,
      parameters: parameters.get(payloadType) ?? new Map(),
      feedback: own === undefined ? feedbackOfAll : new Set([...own, ...feedbackOfAll]),
      rtxPayloadType: formats.includes(String(rtxPayloadType)) ? rtxPayloadType : undefined,
    });
  }
  return codecs;
}

function readParameters(line: SdpLine, text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(';', MAX_PARAMETERS + 1)) {
    const equals = part.indexOf('=');
    const name = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name === '') continue;
    if (parameters.size === MAX_PARAMETERS) throw invalidLine(line, `more than ${MAX_PARAMETERS} parameters`);
    parameters.set(name, equals === -1 ? '' : part.slice(equals + 1).trim());
  }
  return parameters;
}

function addFeedback(line: SdpLine, into: Set<string>, text: string): void {
  if (into.size === MAX_FEEDBACK) throw invalidLine(line, `more than ${MAX_FEEDBACK} for one payload type`);
  into.add(text.replace(/ +/g, ' ').toLowerCase());
}
