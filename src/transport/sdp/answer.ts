/** Writes answers. A template of our own, so that every attribute in it is one we mean. */
import { EXTENSION_URI } from '../../rtp/header-extension.ts';
import type { DtlsFingerprint, HostCandidate, IceParameters } from '../media-messages.ts';
import type { NegotiatedCodec } from './codec-negotiation.ts';
import type { NegotiatedExtension } from './extension-negotiation.ts';
import type { NegotiatedFec } from './flexfec-negotiation.ts';
import type { MediaSection } from './media-section.ts';

/** One accepted media line; everything is as seen from the server. */
export interface AcceptedLine {
  readonly section: MediaSection;
  readonly direction: 'sendonly' | 'recvonly' | 'inactive';
  readonly codecs: readonly NegotiatedCodec[];
  readonly extensions: readonly NegotiatedExtension[];
  /** Rids to receive, in the offered order; absent or empty: no simulcast. */
  readonly rids?: readonly string[];
  /** What a `sendonly` line carries. */
  readonly sending?: {
    readonly streamId: string;
    readonly trackId: string;
    readonly cname: string;
    readonly ssrc: number;
    readonly rtxSsrc: number | undefined;
    readonly fec: NegotiatedFec | undefined;
  };
}

/** A line answered with port 0. */
export interface RejectedLine {
  readonly section: MediaSection;
  readonly rejected: true;
}

export type AnswerLine = AcceptedLine | RejectedLine;

export interface AnswerSession {
  /** Decimal, the same for every answer of a PeerConnection; the version rises (RFC 8866 §5.2). */
  readonly sessionId: number;
  readonly version: number;
  readonly mixedExtensions: boolean;
  /** The offered BUNDLE group; undefined: there was none, so the answer has none. */
  readonly bundle: readonly string[] | undefined;
  readonly ice: IceParameters;
  readonly fingerprint: DtlsFingerprint;
  readonly candidates: readonly HostCandidate[];
}

/**
 * The line that carries the transport: the first accepted one in the BUNDLE's order (RFC 9143 §7.3.1), or the only one.
 * Undefined if all are rejected.
 */
export function taggedLine(
  offer: { readonly bundle: readonly string[] | undefined },
  lines: readonly AnswerLine[],
): MediaSection | undefined {
  const accepted = lines.filter((line) => !('rejected' in line)).map((line) => line.section);
  const first = offer.bundle?.find((mid) => accepted.some((section) => section.mid === mid));
  return accepted.find(({ mid }) => mid === first) ?? accepted[0];
}

/**
 * The answer to lines given in the offer's order. ICE and DTLS stand on every accepted line, because some clients read
 * only the first and others each; candidates on the tagged one alone, which carries the BUNDLE.
 * @see RFC 8829 §5.3, RFC 9143 §7.3, RFC 8839 §4.2
 */
export function writeAnswer(session: AnswerSession, lines: readonly AnswerLine[]): string {
  const tagged = taggedLine(session, lines);
  const accepted = new Set(lines.filter((line) => !('rejected' in line)).map((line) => line.section.mid));
  const group = session.bundle?.filter((mid) => accepted.has(mid)) ?? [];
  const out = [
    'v=0',
    `o=- ${session.sessionId} ${session.version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'a=ice-lite',
  ];
  if (group.length > 0) out.push(`a=group:BUNDLE ${group.join(' ')}`);
  out.push('a=msid-semantic: WMS *');
  if (session.mixedExtensions) out.push('a=extmap-allow-mixed');
  for (const line of lines) {
    if ('rejected' in line) writeRejected(line, out);
    else writeAccepted(session, line, line.section === tagged, out);
  }
  return `${out.join('\r\n')}\r\n`;
}

function writeRejected({ section }: RejectedLine, out: string[]): void {
  out.push(
    `m=${section.media} 0 ${section.protocol} ${section.formats.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${section.mid}`,
    'a=inactive',
  );
}

function writeAccepted(session: AnswerSession, line: AcceptedLine, first: boolean, out: string[]): void {
  const { section, codecs } = line;
  const payloadTypes = codecs.flatMap(({ rtp }) =>
    rtp.rtxPayloadType === undefined ? [rtp.payloadType] : [rtp.payloadType, rtp.rtxPayloadType],
  );
  const fec = line.sending?.fec;
  if (fec !== undefined) payloadTypes.push(fec.payloadType);
  out.push(
    `m=${section.media} 9 ${section.protocol} ${payloadTypes.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${section.mid}`,
    `a=ice-ufrag:${session.ice.usernameFragment}`,
    `a=ice-pwd:${session.ice.password}`,
    'a=ice-options:ice2 trickle',
    `a=fingerprint:${session.fingerprint.algorithm} ${session.fingerprint.value}`,
    'a=setup:passive',
  );
  if (first) out.push(...candidateLines(session.candidates));
  out.push(`a=${line.direction}`, 'a=rtcp-mux');
  if (section.rtcpReducedSize) out.push('a=rtcp-rsize');
  if (section.receiverRtt) out.push('a=rtcp-xr:rcvr-rtt=all');
  for (const { name, id, direction } of line.extensions) {
    out.push(`a=extmap:${id}${direction === undefined ? '' : `/${direction}`} ${EXTENSION_URI[name]}`);
  }
  for (const codec of codecs) writeCodec(codec, out);
  if (fec !== undefined) writeFec(fec, out);
  if (line.rids !== undefined && line.rids.length > 0) {
    for (const rid of line.rids) out.push(`a=rid:${rid} recv`);
    out.push(`a=simulcast:recv ${line.rids.join(';')}`);
  }
  if (line.sending !== undefined) {
    const { streamId, trackId, cname, ssrc, rtxSsrc } = line.sending;
    out.push(`a=msid:${streamId} ${trackId}`);
    if (rtxSsrc !== undefined) out.push(`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`);
    if (fec !== undefined) out.push(`a=ssrc-group:FEC-FR ${ssrc} ${fec.ssrc}`);
    for (const own of [ssrc, rtxSsrc, fec?.ssrc]) {
      if (own !== undefined) out.push(`a=ssrc:${own} cname:${cname}`);
    }
  }
}

/** Spelling of encoding names as registered; comparing ignores case (RFC 8866 §6.6), old devices do not. */
const ENCODING_NAME = { vp8: 'VP8', vp9: 'VP9', h264: 'H264', av1: 'AV1', opus: 'opus', red: 'red' } as const;

function writeCodec({ name, rtp, channels, parameters }: NegotiatedCodec, out: string[]): void {
  const { payloadType, clockRate, rtxPayloadType } = rtp;
  const suffix = channels === 1 ? '' : `/${channels}`;
  out.push(`a=rtpmap:${payloadType} ${ENCODING_NAME[name]}/${clockRate}${suffix}`);
  const format = Object.entries(parameters)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(';');
  if (format !== '') out.push(`a=fmtp:${payloadType} ${format}`);
  if (rtp.nack) out.push(`a=rtcp-fb:${payloadType} nack`);
  if (rtp.pli) out.push(`a=rtcp-fb:${payloadType} nack pli`);
  if (rtp.fir) out.push(`a=rtcp-fb:${payloadType} ccm fir`);
  if (rtp.transportCc) out.push(`a=rtcp-fb:${payloadType} transport-cc`);
  if (rtxPayloadType !== undefined) {
    out.push(`a=rtpmap:${rtxPayloadType} rtx/${clockRate}`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`);
  }
}

function writeFec({ payloadType, repairWindow, transportCc }: NegotiatedFec, out: string[]): void {
  out.push(`a=rtpmap:${payloadType} flexfec-03/90000`, `a=fmtp:${payloadType} repair-window=${repairWindow}`);
  if (transportCc) out.push(`a=rtcp-fb:${payloadType} transport-cc`);
}

/** `a=candidate` lines (RFC 8839 §5.1; TCP: RFC 6544 §4.5) and the end of them: an ice-lite server has no more. */
export function candidateLines(candidates: readonly HostCandidate[]): string[] {
  return [
    ...candidates.map(({ foundation, protocol, priority, address, port }) => {
      const type = protocol === 'tcp' ? 'typ host tcptype passive' : 'typ host';
      return `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} ${type}`;
    }),
    'a=end-of-candidates',
  ];
}
