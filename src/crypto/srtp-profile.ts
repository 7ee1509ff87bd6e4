/** The two SRTP protection profiles this server speaks, by their names in the IANA DTLS-SRTP registry. */
export type SrtpProfile = 'AEAD_AES_128_GCM' | 'AES_CM_128_HMAC_SHA1_80';

/** Master key and salt of one direction, in the lengths of `SRTP_PROFILES`; what a DTLS-SRTP export gives. */
export interface SrtpKeys {
  readonly masterKey: Buffer;
  readonly masterSalt: Buffer;
}

export interface SrtpProfileParameters {
  /** Two bytes of the use_srtp extension, RFC 5764 §4.1.2 and RFC 7714 §14.2. */
  readonly dtlsId: number;
  readonly masterKeyLength: number;
  readonly masterSaltLength: number;
  /** Bytes of the authentication tag, the same for SRTP and SRTCP. */
  readonly tagLength: number;
}

/** Lengths in bytes. @see RFC 5764 §4.1.2 (CM), RFC 7714 §12 (GCM) */
export const SRTP_PROFILES: { readonly [Profile in SrtpProfile]: SrtpProfileParameters } = {
  AEAD_AES_128_GCM: { dtlsId: 0x0007, masterKeyLength: 16, masterSaltLength: 12, tagLength: 16 },
  AES_CM_128_HMAC_SHA1_80: { dtlsId: 0x0001, masterKeyLength: 16, masterSaltLength: 14, tagLength: 10 },
};

/** Bytes a target buffer must have beyond the plain packet for any profile: a GCM tag and the SRTCP index word. */
export const SRTP_MAX_OVERHEAD = 20;
