/**
 * DTLS handshake messages and their fragments (RFC 6347 §4.2.2); a whole message is a fragment with offset 0 and
 * fragment length = length:
 *
 *     0        1                          4                 6                          9                          12
 *    +--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+----
 *    | type   | length                   | message_seq     | fragment offset          | fragment length          | body
 *    +--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+----
 */
export const FRAGMENT_HEADER_LENGTH = 12;

export const HANDSHAKE_TYPE = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

export interface HandshakeMessage {
  readonly type: number;
  /** message_seq, from 0 with the first message of each side. */
  readonly sequence: number;
  readonly body: Buffer;
}

/** A piece of a message; `data` is borrowed from the record. */
export interface HandshakeFragment {
  readonly type: number;
  readonly sequence: number;
  /** Bytes of the whole body, as told by the peer. */
  readonly length: number;
  readonly offset: number;
  readonly data: Buffer;
}

/** The fragments in the plaintext of one handshake record, up to the first malformed one. Never throws. */
export function parseFragments(plaintext: Buffer): HandshakeFragment[] {
  const fragments: HandshakeFragment[] = [];
  let at = 0;
  while (at + FRAGMENT_HEADER_LENGTH <= plaintext.length) {
    const length = plaintext.readUIntBE(at + 1, 3);
    const offset = plaintext.readUIntBE(at + 6, 3);
    const start = at + FRAGMENT_HEADER_LENGTH;
    const end = start + plaintext.readUIntBE(at + 9, 3);
    if (end > plaintext.length || offset + (end - start) > length) break;
    fragments.push({
      type: plaintext[at]!,
      sequence: plaintext.readUInt16BE(at + 4),
      length,
      offset,
      data: plaintext.subarray(start, end),
    });
    at = end;
  }
  return fragments;
}

/** Header and bytes `[offset, offset + length)` of the body: one fragment, or all of the message by default. */
export function encodeFragment(
  message: HandshakeMessage,
  offset = 0,
  length = message.body.length - offset,
): Buffer {
  const fragment = Buffer.alloc(FRAGMENT_HEADER_LENGTH + length);
  fragment[0] = message.type;
  fragment.writeUIntBE(message.body.length, 1, 3);
  fragment.writeUInt16BE(message.sequence, 4);
  fragment.writeUIntBE(offset, 6, 3);
  fragment.writeUIntBE(length, 9, 3);
  message.body.copy(fragment, FRAGMENT_HEADER_LENGTH, offset, offset + length);
  return fragment;
}
