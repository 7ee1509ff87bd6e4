/**
 * STUN messages as connectivity checks use them, RFC 8489 §5 with the attributes of RFC 8445 §16.1.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |0 0|     STUN Message Type     |         Message Length        |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                   Magic Cookie 0x2112A442                     |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                     Transaction ID (96 bits)                  |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    |         Attribute Type        |            Length             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                Value, padded to four bytes ...                |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

export const STUN_HEADER_LENGTH = 20;
export const STUN_MAGIC_COOKIE = 0x2112_a442;

export const STUN_TYPE = {
  bindingRequest: 0x0001,
  bindingIndication: 0x0011,
  bindingSuccess: 0x0101,
  bindingError: 0x0111,
} as const;

export const STUN_ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** Attributes below this must be understood, or the request is refused (RFC 8489 §5). */
const COMPREHENSION_OPTIONAL = 0x8000;
/** At most so many unknown attributes are named in an answer; the rest only make it be refused. */
const MAX_UNKNOWN = 8;

/** A parsed view over one message; borrows `buffer`. Offsets are of attribute headers, -1 when absent. */
export interface StunMessage {
  readonly buffer: Buffer;
  /** One of STUN_TYPE, or any other 14-bit number. */
  readonly type: number;
  readonly username: string | undefined;
  /** RFC 8445 §7.1.1: the priority the peer would give a peer-reflexive candidate; 0 when absent. */
  readonly priority: number;
  readonly useCandidate: boolean;
  readonly iceControlled: boolean;
  readonly iceControlling: boolean;
  readonly integrityOffset: number;
  readonly fingerprintOffset: number;
  /** Types of comprehension-required attributes that we do not know, at most eight. */
  readonly unknownRequired: readonly number[];
}

/**
 * Parses a whole datagram. Returns undefined for anything that is not a well-formed STUN message: wrong cookie, a
 * length that is not the datagram's, an attribute that runs past the end, a known attribute of wrong size, anything
 * after FINGERPRINT. What stands between MESSAGE-INTEGRITY and FINGERPRINT is not covered by the integrity check and
 * is ignored (RFC 8489 §14.5). Never throws; says nothing yet about who sent it.
 */
export function parseStunMessage(buffer: Buffer): StunMessage | undefined {
  const end = buffer.length;
  if (end < STUN_HEADER_LENGTH || (end & 3) !== 0) return undefined;
  const type = buffer.readUInt16BE(0);
  if (type >= 0x4000) return undefined;
  if (buffer.readUInt16BE(2) !== end - STUN_HEADER_LENGTH) return undefined;
  if (buffer.readUInt32BE(4) !== STUN_MAGIC_COOKIE) return undefined;
  let username: string | undefined;
  let priority = 0;
  let useCandidate = false;
  let iceControlled = false;
  let iceControlling = false;
  let integrityOffset = -1;
  let fingerprintOffset = -1;
  let unknownRequired: number[] | undefined;
  let offset = STUN_HEADER_LENGTH;
  while (offset < end) {
    if (fingerprintOffset !== -1) return undefined;
    const attribute = buffer.readUInt16BE(offset);
    const length = buffer.readUInt16BE(offset + 2);
    const value = offset + 4;
    const next = value + ((length + 3) & ~3);
    if (next > end) return undefined;
    if (attribute === STUN_ATTRIBUTE.fingerprint) {
      if (length !== 4) return undefined;
      fingerprintOffset = offset;
    } else if (integrityOffset === -1) {
      switch (attribute) {
        case STUN_ATTRIBUTE.messageIntegrity:
          if (length !== 20) return undefined;
          integrityOffset = offset;
          break;
        case STUN_ATTRIBUTE.username:
          // Two ufrags of at most 256 ice-chars and a colon (RFC 8839 §5.4).
          if (length > 513) return undefined;
          username ??= buffer.toString('latin1', value, value + length);
          break;
        case STUN_ATTRIBUTE.priority:
          if (length !== 4) return undefined;
          priority = buffer.readUInt32BE(value);
          break;
        case STUN_ATTRIBUTE.useCandidate:
          useCandidate = true;
          break;
        case STUN_ATTRIBUTE.iceControlled:
          iceControlled = true;
          break;
        case STUN_ATTRIBUTE.iceControlling:
          iceControlling = true;
          break;
        default:
          if (attribute < COMPREHENSION_OPTIONAL) {
            unknownRequired ??= [];
            if (unknownRequired.length < MAX_UNKNOWN) unknownRequired.push(attribute);
          }
      }
    }
    offset = next;
  }
  return {
    buffer,
    type,
    username,
    priority,
    useCandidate,
    iceControlled,
    iceControlling,
    integrityOffset,
    fingerprintOffset,
    unknownRequired: unknownRequired ?? NONE,
  };
}

const NONE: readonly number[] = [];
