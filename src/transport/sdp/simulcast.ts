/** Simulcast by rid (RFC 8851, RFC 8853), and which of the layers is the small one. */
import { invalidLine, readInteger, type SdpLine } from './sdp-lines.ts';

/** `a=rid:<rid> send [restrictions]`. */
export interface OfferedRid {
  readonly rid: string;
  /** Pixels the restrictions allow (RFC 8851 §5), if they say so. */
  readonly maxPixels: number | undefined;
}

/** Layers of one producer; `WantedLayers.spatialLayer` counts to 7. */
const MAX_RIDS = 8;
/** RFC 8851 §10 sets no limit; a one-byte extension element carries 16 bytes. */
const RID = /^[A-Za-z0-9_-]{1,16}$/;

/** Reads `a=rid` and pushes it onto `into` if its direction is `send`; the other direction is no business of ours. */
export function readRid(line: SdpLine, into: OfferedRid[]): void {
  const [rid = '', direction, restrictions = ''] = line.value.trim().split(/ +/, 3);
  if (!RID.test(rid) || (direction !== 'send' && direction !== 'recv')) {
    throw invalidLine(line, 'is not "<rid of 1..16 letters, digits, - or _> send|recv …"');
  }
  if (direction === 'recv') return;
  if (into.some((known) => known.rid === rid)) throw invalidLine(line, `rid "${rid}" is there twice`);
  if (into.length === MAX_RIDS) throw invalidLine(line, `more than ${MAX_RIDS} rids`);
  into.push({ rid, maxPixels: readMaxPixels(restrictions) });
}

function readMaxPixels(restrictions: string): number | undefined {
  const limits = new Map<string, number>();
  for (const part of restrictions.split(';', 16)) {
    const [name = '', value = ''] = part.split('=', 2);
    const number = readInteger(value, 1, 0x7fff_ffff);
    if (number !== undefined) limits.set(name, number);
  }
  const frameSize = limits.get('max-fs');
  if (frameSize !== undefined) return frameSize * 256;
  const width = limits.get('max-width');
  const height = limits.get('max-height');
  return width === undefined || height === undefined ? (width ?? height) : width * height;
}

/** Rids after `send` of `a=simulcast` (RFC 8853 §5.1): the first of each list of alternatives, paused ones included. */
export function readSimulcast(line: SdpLine): string[] | undefined {
  const words = line.value.trim().split(/ +/, 4);
  const at = words[0] === 'send' ? 0 : words[2] === 'send' ? 2 : -1;
  if (at === -1) {
    if (words[0] !== 'recv') throw invalidLine(line, 'is not "send|recv <rids>"');
    return undefined;
  }
  const rids: string[] = [];
  for (const stream of (words[at + 1] ?? '').split(';', MAX_RIDS + 1)) {
    const rid = stream.split(',', 1)[0]!.replace(/^~/, '');
    if (!RID.test(rid) || rids.includes(rid)) throw invalidLine(line, 'malformed or repeated rid');
    if (rids.length === MAX_RIDS) throw invalidLine(line, `more than ${MAX_RIDS} layers`);
    rids.push(rid);
  }
  return rids;
}

/** Sets of names that say their order, smallest first. `h` is "half" in one and "high" in the other. */
const KNOWN_ORDERS: readonly (readonly string[])[] = [
  ['l', 'm', 'h'],
  ['q', 'h', 'f'],
  ['low', 'mid', 'high'],
  ['low', 'medium', 'high'],
  ['lo', 'mid', 'hi'],
];

/**
 * `rids` ordered from the smallest picture to the largest: by the pixels their restrictions allow if all say so and
 * differ, else by conventional names (`l m h`, `q h f`, `low medium high`), else in the client's order, because
 * `addTransceiver` (W3C webrtc-pc §5.1) scales the first encoding down most by default. The Router learns the true sizes from key frames.
 */
export function orderRids(rids: readonly string[], offered: readonly OfferedRid[]): string[] {
  const pixels = new Map<string, number>();
  for (const rid of rids) {
    const max = offered.find((known) => known.rid === rid)?.maxPixels;
    if (max !== undefined) pixels.set(rid, max);
  }
  if (pixels.size === rids.length && new Set(pixels.values()).size === rids.length) {
    return [...rids].sort((a, b) => pixels.get(a)! - pixels.get(b)!);
  }
  const order = KNOWN_ORDERS.find((known) => rids.every((rid) => known.includes(rid)));
  return order === undefined ? [...rids] : order.filter((rid) => rids.includes(rid));
}
