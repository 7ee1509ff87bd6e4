/** ICE and DTLS attributes, which stand at session level or on a media line. */
import type { DtlsFingerprint, IceParameters } from '../media-messages.ts';
import { invalidLine, type SdpLine } from './sdp-lines.ts';

/** Digest bytes of the hash functions we take (RFC 8122 §5); SHA-1 and MD5 no longer bind a certificate. */
const DIGEST_BYTES: Readonly<Record<string, number>> = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };
const MAX_FINGERPRINTS = 8;

/**
 * `a=fingerprint:sha-256 AB:CD:…` (RFC 8122 §5), pushed onto `into`. An algorithm we do not use is passed over;
 * a known one with a wrong digest throws.
 */
export function readFingerprint(line: SdpLine, into: DtlsFingerprint[]): void {
  const space = line.value.indexOf(' ');
  const algorithm = line.value.slice(0, space === -1 ? undefined : space).toLowerCase();
  if (!Object.hasOwn(DIGEST_BYTES, algorithm)) return;
  const value =
    space === -1
      ? ''
      : line.value
          .slice(space + 1)
          .trim()
          .toUpperCase();
  if (!/^[0-9A-F]{2}(:[0-9A-F]{2})*$/.test(value) || value.length !== DIGEST_BYTES[algorithm]! * 3 - 1) {
    throw invalidLine(line, `malformed ${algorithm} digest`);
  }
  if (into.length === MAX_FINGERPRINTS) throw invalidLine(line, `more than ${MAX_FINGERPRINTS} fingerprints`);
  if (!into.some((known) => known.algorithm === algorithm && known.value === value))
    into.push({ algorithm, value });
}

/**
 * `a=ice-ufrag` and `a=ice-pwd` of one section (RFC 8839 §5.4), or `inherited` where it has neither.
 * Throws on characters or lengths outside the RFC, and on one without the other.
 */
export function readIceParameters(
  lines: readonly SdpLine[],
  inherited: IceParameters | undefined,
): IceParameters | undefined {
  let ufragLine: SdpLine | undefined;
  let passwordLine: SdpLine | undefined;
  for (const line of lines) {
    if (line.type !== 'a') continue;
    if (line.name === 'ice-ufrag') ufragLine = line;
    else if (line.name === 'ice-pwd') passwordLine = line;
  }
  if (ufragLine === undefined && passwordLine === undefined) return inherited;
  if (ufragLine === undefined) throw invalidLine(passwordLine!, 'comes without ice-ufrag');
  if (passwordLine === undefined) throw invalidLine(ufragLine, 'comes without ice-pwd');
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(ufragLine.value))
    throw invalidLine(ufragLine, 'must be 4..256 ice-chars');
  if (!/^[A-Za-z0-9+/]{22,256}$/.test(passwordLine.value)) {
    throw invalidLine(passwordLine, 'must be 22..256 ice-chars');
  }
  return { usernameFragment: ufragLine.value, password: passwordLine.value };
}
