/** The one transport of an offer: which lines ride on it, and with which ICE and DTLS parameters. */
import type { MediaKind } from '../../sfu/commands.ts';
import type { DtlsFingerprint, IceParameters } from '../media-messages.ts';
import type { MediaSection } from './media-section.ts';
import { invalidSdp } from './sdp-lines.ts';
import type { SdpOffer } from './sdp-offer.ts';

/** A line that can carry media, with its kind known. */
export interface UsableLine {
  readonly section: MediaSection;
  readonly kind: MediaKind;
}

/** By mid, in the offer's order: a usable line, or why it is answered with port 0. */
export type LineUsability = ReadonlyMap<string, UsableLine | string>;

/** RFC 8829 §5.1.2. */
const PROTOCOL = /^(?:(?:UDP|TCP)\/D?TLS\/)?RTP\/SAVPF?$/;

/**
 * Sorts the lines of an offer. Usable are audio and video lines of the first BUNDLE group, or, without a group, the
 * first one alone: there is one transport. A line with port 0 has ended, unless it is bundle-only (RFC 9143 §6).
 * Throws `sdp_invalid` for a usable line without rtcp-mux, or that asks us to be the DTLS client.
 */
export function sortLines(offer: SdpOffer): LineUsability {
  const result = new Map<string, UsableLine | string>();
  let taken = false;
  for (const section of offer.media) {
    const { mid, media } = section;
    if (section.port === 0 && !section.bundleOnly) {
      result.set(mid, 'has port 0, so it has ended');
    } else if (media !== 'audio' && media !== 'video') {
      result.set(mid, `is neither audio nor video but ${media}`);
    } else if (!PROTOCOL.test(section.protocol)) {
      result.set(mid, `has protocol ${section.protocol}, not UDP/TLS/RTP/SAVPF`);
    } else if (offer.bundle === undefined ? taken : !offer.bundle.includes(mid)) {
      result.set(mid, 'is outside the BUNDLE group, and there is one transport only');
    } else {
      taken = true;
      checkTransport(section);
      result.set(mid, { section, kind: media });
    }
  }
  return result;
}

function checkTransport({ mid, rtcpMux, setup }: MediaSection): void {
  if (!rtcpMux) throw invalidSdp(`mid "${mid}" lacks a=rtcp-mux; RTCP has no port of its own here`, { mid });
  // Absent means active (RFC 4145 §4), and active suits us.
  if (setup !== undefined && setup !== 'actpass' && setup !== 'active') {
    throw invalidSdp(`mid "${mid}" has a=setup:${setup.slice(0, 16)}, but the client starts DTLS here`, {
      mid,
    });
  }
}

export interface PeerTransport {
  readonly ice: IceParameters;
  readonly fingerprints: readonly DtlsFingerprint[];
}

/**
 * The transport parameters of the BUNDLE: those of its first line that has them (RFC 9143 §7.1.3: the tagged one).
 * Undefined if no line is usable. Throws `sdp_invalid` if there are no ICE credentials or no usable fingerprint.
 */
export function peerTransport(offer: SdpOffer, lines: LineUsability): PeerTransport | undefined {
  const usable = [...lines.values()].filter((line): line is UsableLine => typeof line !== 'string');
  const order = offer.bundle ?? [];
  usable.sort((a, b) => order.indexOf(a.section.mid) - order.indexOf(b.section.mid));
  const first = usable[0];
  if (first === undefined) return undefined;
  const tagged = usable.find(({ section }) => section.ice !== undefined)?.section;
  if (tagged?.ice === undefined)
    throw invalidSdp(`mid "${first.section.mid}" has no a=ice-ufrag and a=ice-pwd`);
  if (tagged.fingerprints.length === 0) {
    throw invalidSdp(`mid "${tagged.mid}" has no a=fingerprint with sha-256, sha-384 or sha-512`);
  }
  return { ice: tagged.ice, fingerprints: tagged.fingerprints };
}

export function sameIce(a: IceParameters, b: IceParameters): boolean {
  return a.usernameFragment === b.usernameFragment && a.password === b.password;
}

/** Whether both name the same certificates, in whatever order. */
export function sameFingerprints(a: readonly DtlsFingerprint[], b: readonly DtlsFingerprint[]): boolean {
  const has = (set: readonly DtlsFingerprint[], { algorithm, value }: DtlsFingerprint) =>
    set.some((known) => known.algorithm === algorithm && known.value === value);
  return a.length === b.length && a.every((fingerprint) => has(b, fingerprint));
}
