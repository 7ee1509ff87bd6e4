/** Which RTP header extensions a line uses, and the one table of ids of the whole BUNDLE. */
import { EXTENSION_URI, type ExtensionIds, type ExtensionName } from '../../rtp/header-extension.ts';
import type { MediaKind } from '../../sfu/commands.ts';
import type { MediaSection } from './media-section.ts';
import { invalidSdp } from './sdp-lines.ts';

/** One extension of one line of an answer. */
export interface NegotiatedExtension {
  readonly name: ExtensionName;
  readonly id: number;
  /** Answered direction, present where the offer named one. */
  readonly direction?: 'sendonly' | 'recvonly' | 'sendrecv';
}

/** What a line is for, seen from the server. */
export type LineUse = 'receive' | 'send';

const ALWAYS: readonly ExtensionName[] = ['mid', 'transportCc', 'absSendTime'];
const OF_KIND: Readonly<Record<MediaKind, readonly ExtensionName[]>> = {
  audio: ['audioLevel'],
  // The rids also where nothing is simulcast: Chromium (seen in 156) does not offer what an answer left out on lines
  // that it adds later, and then refuses its own offer of simulcast.
  video: ['videoOrientation', 'playoutDelay', 'dependencyDescriptor', 'rid', 'repairedRid'],
};

const NAME_OF_URI = new Map<string, ExtensionName>(
  (Object.keys(EXTENSION_URI) as ExtensionName[]).map((name) => [EXTENSION_URI[name], name]),
);

/**
 * Ids of all bundled lines of one offer. In a BUNDLE an id means one thing (RFC 9143 §9.2); the same extension under a
 * second id is left unanswered on that line, because the Router writes one id per transport.
 */
export class ExtensionTable {
  readonly #mixed: boolean;
  readonly #uriOfId = new Map<number, string>();
  readonly #ids: { [Name in ExtensionName]?: number } = {};

  constructor(mixed: boolean) {
    this.#mixed = mixed;
  }

  /** What was negotiated on the lines so far. */
  get ids(): ExtensionIds {
    return { ...this.#ids };
  }

  /**
   * The extensions of one bundled line that we understand. Throws `sdp_invalid` if an id meant another URI on
   * an earlier line. Ids that need two-byte elements are taken only with `extmap-allow-mixed`.
   */
  negotiate(section: MediaSection, kind: MediaKind, use: LineUse): NegotiatedExtension[] {
    const wanted: readonly ExtensionName[] = [...ALWAYS, ...OF_KIND[kind]];
    const result: NegotiatedExtension[] = [];
    for (const { id, uri, direction } of section.extensions) {
      const known = this.#uriOfId.get(id);
      if (known !== undefined && known !== uri) {
        throw invalidSdp(
          `header extension id ${id} of mid "${section.mid}" means another extension elsewhere`,
          {
            mid: section.mid,
          },
        );
      }
      this.#uriOfId.set(id, uri);
      const name = NAME_OF_URI.get(uri);
      if (name === undefined || !wanted.includes(name) || !this.#fits(id)) continue;
      // Seen from the offerer: what it only receives we cannot be sent, and the other way round.
      if (direction === 'inactive' || direction === (use === 'send' ? 'sendonly' : 'recvonly')) continue;
      if (result.some((extension) => extension.name === name)) continue;
      if ((this.#ids[name] ?? id) !== id) continue;
      this.#ids[name] = id;
      result.push(
        direction === undefined
          ? { name, id }
          : {
              name,
              id,
              direction: direction === 'sendrecv' ? 'sendrecv' : use === 'send' ? 'sendonly' : 'recvonly',
            },
      );
    }
    return result;
  }

  /** RFC 8285 §4.2, §4.3: 1..14 in one byte, 15 is reserved, 16..255 in two. */
  #fits(id: number): boolean {
    return id <= 14 || (this.#mixed && id >= 16 && id <= 255);
  }
}

/** Whether two tables are the same. */
export function sameExtensionIds(a: ExtensionIds, b: ExtensionIds): boolean {
  return (Object.keys(EXTENSION_URI) as ExtensionName[]).every((name) => a[name] === b[name]);
}
