import { ipAddressBytes } from './ip-address.ts';
import { FINGERPRINT_LENGTH, INTEGRITY_LENGTH, type StunKey, writeFingerprint } from './stun-integrity.ts';
import {
  STUN_ATTRIBUTE,
  STUN_HEADER_LENGTH,
  STUN_MAGIC_COOKIE,
  STUN_TYPE,
  type StunMessage,
} from './stun-message.ts';

const TRAILER_LENGTH = INTEGRITY_LENGTH + FINGERPRINT_LENGTH;

const REASONS = { 420: 'Unknown Attribute', 487: 'Role Conflict' } as const;

/**
 * The success response to an authenticated Binding request: where the request was seen to come from, signed.
 * Owned by the caller.
 *
 *     XOR-MAPPED-ADDRESS, RFC 8489 §14.2:
 *    |0 0 0 0 0 0 0 0|    Family     |  Port xor (cookie >> 16)      |
 *    |            Address xor (cookie | transaction id)              |
 */
export function writeSuccessResponse(
  request: StunMessage,
  address: string,
  port: number,
  key: StunKey,
): Buffer {
  const bytes = ipAddressBytes(address);
  if (bytes === undefined) throw new TypeError('address must be an IP address');
  const valueLength = 4 + bytes.length;
  const response = startResponse(request, STUN_TYPE.bindingSuccess, 4 + valueLength);
  let offset = writeAttributeHeader(
    response,
    STUN_HEADER_LENGTH,
    STUN_ATTRIBUTE.xorMappedAddress,
    valueLength,
  );
  response[offset + 1] = bytes.length === 4 ? 0x01 : 0x02;
  response.writeUInt16BE(port ^ (STUN_MAGIC_COOKIE >>> 16), offset + 2);
  offset += 4;
  // Cookie and transaction id stand side by side in the header, at byte 4.
  for (let at = 0; at < bytes.length; at += 1) response[offset + at] = bytes[at]! ^ response[4 + at]!;
  return finish(response, offset + bytes.length, key);
}

/**
 * An error response to an authenticated Binding request. 420 names the attributes that were not understood.
 * Owned by the caller.
 *
 *     ERROR-CODE, RFC 8489 §14.8:
 *    |           Reserved, should be 0         |Class|     Number    |
 *    |      Reason Phrase (variable)                                ..
 */
export function writeErrorResponse(request: StunMessage, code: keyof typeof REASONS, key: StunKey): Buffer {
  const reason = REASONS[code];
  const reasonLength = 4 + reason.length;
  const unknown = code === 420 ? request.unknownRequired : [];
  const unknownLength = unknown.length === 0 ? 0 : 4 + padded(unknown.length * 2);
  const response = startResponse(request, STUN_TYPE.bindingError, 4 + padded(reasonLength) + unknownLength);
  let offset = writeAttributeHeader(response, STUN_HEADER_LENGTH, STUN_ATTRIBUTE.errorCode, reasonLength);
  response[offset + 2] = Math.floor(code / 100);
  response[offset + 3] = code % 100;
  response.write(reason, offset + 4, 'latin1');
  offset += padded(reasonLength);
  if (unknown.length > 0) {
    offset = writeAttributeHeader(response, offset, STUN_ATTRIBUTE.unknownAttributes, unknown.length * 2);
    for (const [index, attribute] of unknown.entries()) response.writeUInt16BE(attribute, offset + index * 2);
    offset += padded(unknown.length * 2);
  }
  return finish(response, offset, key);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function startResponse(request: StunMessage, type: number, attributesLength: number): Buffer {
  const length = attributesLength + TRAILER_LENGTH;
  const response = Buffer.alloc(STUN_HEADER_LENGTH + length);
  response.writeUInt16BE(type, 0);
  response.writeUInt16BE(length, 2);
  request.buffer.copy(response, 4, 4, STUN_HEADER_LENGTH);
  return response;
}

function writeAttributeHeader(buffer: Buffer, offset: number, type: number, length: number): number {
  buffer.writeUInt16BE(type, offset);
  buffer.writeUInt16BE(length, offset + 2);
  return offset + 4;
}

function finish(response: Buffer, offset: number, key: StunKey): Buffer {
  key.sign(response, offset);
  writeFingerprint(response, offset + INTEGRITY_LENGTH);
  return response;
}
