/**
 * The outer shape of a session description (RFC 8866 §5): typed lines, cut into the session part and one part per
 * `m=` line. Strict about what would make two readers disagree, and bounded before anything is kept.
 */
import { VisavisError } from '../../base/errors.ts';

/** UTF-8 bytes of one description; the protocol's own limit for `negotiate.sdp`. */
export const MAX_SDP_BYTES = 262_144;
/** Media lines of one description. */
export const MAX_MEDIA_LINES = 128;

/** One line: `a=mid:0` is `{ type: 'a', name: 'mid', value: '0' }`; other types have an empty name. */
export interface SdpLine {
  /** Counted from 1, for messages. */
  readonly number: number;
  readonly type: string;
  readonly name: string;
  readonly value: string;
}

export interface SdpSections {
  readonly session: readonly SdpLine[];
  /** Each begins with its `m=` line. */
  readonly media: readonly (readonly SdpLine[])[];
}

/** The error of a line: names its number and attribute, never its value (which may be an ICE password). */
export function invalidLine(line: SdpLine, problem: string): VisavisError {
  const label = line.name === '' ? `${line.type}=` : `${line.type}=${line.name}`;
  return new VisavisError('sdp_invalid', `SDP line ${line.number} (${label}): ${problem}`, {
    line: line.number,
    attribute: label,
  });
}

/** The error of a description or of a whole media line. */
export function invalidSdp(problem: string, details?: Readonly<Record<string, unknown>>): VisavisError {
  return new VisavisError('sdp_invalid', `SDP: ${problem}`, details);
}

/**
 * Cuts a description into lines and sections. Accepts CRLF and LF. Throws `sdp_invalid` for anything longer than
 * `MAX_SDP_BYTES`, more than `MAX_MEDIA_LINES` media lines, a line that is not `x=…`, control characters, and a
 * description that does not begin with `v=0`.
 */
export function splitSdp(sdp: string): SdpSections {
  const { session, media } = splitFragment(sdp);
  const first = session[0];
  if (first?.type !== 'v' || first.value !== '0') throw invalidSdp('does not begin with v=0');
  return { session, media };
}

/** As `splitSdp`, for a piece of a description, which needs no `v=0` (RFC 8840 §9). */
export function splitFragment(sdp: string): SdpSections {
  if (sdp.length > MAX_SDP_BYTES || Buffer.byteLength(sdp) > MAX_SDP_BYTES) {
    throw invalidSdp(`is longer than ${MAX_SDP_BYTES} bytes`);
  }
  const session: SdpLine[] = [];
  const media: SdpLine[][] = [];
  let section = session;
  let number = 0;
  for (let start = 0; start < sdp.length; ) {
    const newline = sdp.indexOf('\n', start);
    const next = newline === -1 ? sdp.length : newline + 1;
    let end = newline === -1 ? sdp.length : newline;
    if (end > start && sdp.charCodeAt(end - 1) === 0x0d) end -= 1;
    number += 1;
    const text = sdp.slice(start, end);
    start = next;
    // Blank lines are no SDP, but hand-made clients put them at the end, where they cannot mean anything.
    if (text === '' && sdp.slice(start).trim() === '') break;
    const line = readLine(text, number);
    if (line.type === 'm') {
      if (media.length === MAX_MEDIA_LINES)
        throw invalidLine(line, `more than ${MAX_MEDIA_LINES} media lines`);
      section = [];
      media.push(section);
    }
    section.push(line);
  }
  return { session, media };
}

function readLine(text: string, number: number): SdpLine {
  const type = text[0] ?? '';
  if (text[1] !== '=' || type < 'a' || type > 'z') {
    throw invalidSdp(`line ${number} is not of the form x=value`, { line: number });
  }
  for (let i = 2; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f)
      throw invalidSdp(`line ${number} has a control character`, { line: number });
  }
  if (type !== 'a') return { number, type, name: '', value: text.slice(2) };
  const colon = text.indexOf(':', 2);
  if (colon === -1) return { number, type, name: text.slice(2), value: '' };
  return { number, type, name: text.slice(2, colon), value: text.slice(colon + 1) };
}

/** RFC 8866 §9 `token`. */
export function isToken(text: string, maxLength: number): boolean {
  return text.length <= maxLength && /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/.test(text);
}

/** A decimal integer without sign, `min..max`; undefined for anything else. Never reads more than 10 digits. */
export function readInteger(text: string, min: number, max: number): number | undefined {
  if (!/^[0-9]{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
