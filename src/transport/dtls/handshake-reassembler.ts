import { diff16 } from '../../base/serial-number.ts';
import type { HandshakeFragment, HandshakeMessage } from './handshake-message.ts';

/** Longest message taken. A browser's longest is its ClientHello of 1.5 KB; an RSA certificate chain may need 6. */
const MAX_MESSAGE_LENGTH = 16_384;
/** How far ahead of the next message fragments are kept. A flight of the client has four messages. */
const MAX_MESSAGES_AHEAD = 8;
const MAX_PIECES = 64;
/** Bytes kept in all, for every message together. */
const MAX_BUFFERED = 32_768;

/** Bytes `[start, start + data.length)` of a body, own memory. */
interface Piece {
  readonly start: number;
  readonly data: Buffer;
}

interface PartialMessage {
  readonly type: number;
  readonly length: number;
  /** Sorted, not overlapping. */
  readonly pieces: Piece[];
  received: number;
}

/** `old`: of a message already taken, so the peer retransmits. `dropped`: contradictory, too far ahead or too much. */
export type FragmentFate = 'kept' | 'old' | 'dropped';

/**
 * Puts handshake messages together from fragments in any order, number and overlap, and gives each message once, in
 * the order of message_seq. Memory is bounded by what arrived, at most 32 KB, never by a length the peer told.
 * @see RFC 6347 §4.2.3
 */
export class HandshakeReassembler {
  #next = 0;
  #buffered = 0;
  readonly #partial = new Map<number, PartialMessage>();

  /** Takes one fragment, copying what it needs. When two fragments differ about the same bytes the first one wins. */
  add(fragment: HandshakeFragment): FragmentFate {
    const ahead = diff16(fragment.sequence, this.#next);
    if (ahead < 0) return 'old';
    if (ahead >= MAX_MESSAGES_AHEAD || fragment.length > MAX_MESSAGE_LENGTH) return 'dropped';
    let message = this.#partial.get(fragment.sequence);
    if (message === undefined) {
      message = { type: fragment.type, length: fragment.length, pieces: [], received: 0 };
      this.#partial.set(fragment.sequence, message);
    } else if (message.type !== fragment.type || message.length !== fragment.length) {
      return 'dropped';
    }
    if (
      message.pieces.length >= MAX_PIECES ||
      this.#buffered + fragment.data.length > MAX_BUFFERED ||
      fragment.offset + fragment.data.length > fragment.length
    ) {
      return 'dropped';
    }
    const added = fillGaps(message.pieces, fragment.offset, fragment.data);
    message.received += added;
    this.#buffered += added;
    return 'kept';
  }

  /** The next message in order if all of it is there; call until undefined. */
  take(): HandshakeMessage | undefined {
    const message = this.#partial.get(this.#next);
    if (message === undefined || message.received < message.length) return undefined;
    const sequence = this.#next;
    this.#partial.delete(sequence);
    this.#buffered -= message.received;
    this.#next = (sequence + 1) & 0xffff;
    return { type: message.type, sequence, body: Buffer.concat(message.pieces.map(({ data }) => data)) };
  }
}

/** Copies into `pieces` those bytes of `data` (at `offset`) that none of them has. Returns how many. */
function fillGaps(pieces: Piece[], offset: number, data: Buffer): number {
  const end = offset + data.length;
  let cursor = offset;
  let added = 0;
  const fill = (at: number, until: number) => {
    pieces.splice(at, 0, {
      start: cursor,
      data: Buffer.from(data.subarray(cursor - offset, until - offset)),
    });
    added += until - cursor;
  };
  for (let at = 0; at < pieces.length && cursor < end; at += 1) {
    const { start, data: known } = pieces[at]!;
    if (cursor < start) {
      fill(at, Math.min(end, start));
      at += 1;
    }
    cursor = Math.max(cursor, start + known.length);
  }
  if (cursor < end) fill(pieces.length, end);
  return added;
}
