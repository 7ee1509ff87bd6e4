import { createCipheriv, createSecretKey } from 'node:crypto';
import type { SrtpKeys } from './srtp-profile.ts';

/** What a session key is for. @see RFC 3711 §4.3.2, table 1 of §4.3.1 */
export const KEY_LABEL = {
  rtpEncryption: 0x00,
  rtpAuthentication: 0x01,
  rtpSalt: 0x02,
  rtcpEncryption: 0x03,
  rtcpAuthentication: 0x04,
  rtcpSalt: 0x05,
} as const;

/**
 * Derives `length` bytes (1..32) of session key material for `label` with the AES-CM PRF and a key derivation rate
 * of zero, the only one DTLS-SRTP has. A 12-byte GCM salt is padded with zeros on the right to the PRF's 14 bytes.
 * Throws TypeError for a master key that is not 16 bytes long.
 *
 *     x (14 bytes) = master_salt XOR (label << 48)      the label lands on byte 7
 *     key stream   = AES-CTR(master_key, x * 2^16)
 *
 * @see RFC 3711 §4.3.1, §4.3.3, RFC 7714 §11
 */
export function deriveSessionKey(keys: SrtpKeys, label: number, length: number): Buffer {
  if (keys.masterKey.length !== 16) throw new TypeError('an SRTP master key has 16 bytes');
  const counter = Buffer.alloc(16);
  keys.masterSalt.copy(counter, 0, 0, 14);
  counter[7] = counter[7]! ^ label;
  const cipher = createCipheriv('aes-128-ctr', createSecretKey(keys.masterKey), counter);
  return cipher.update(Buffer.alloc(length));
}
