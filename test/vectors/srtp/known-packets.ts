/** Published SRTP vectors, as hexadecimal text. */

/** RFC 3711 Appendix B.2: AES-CM key stream of SSRC 0, index 0. */
export const rfc3711CounterMode = {
  sessionKey: '2b7e151628aed2a6abf7158809cf4f3c',
  sessionSalt: 'f0f1f2f3f4f5f6f7f8f9fafbfcfd',
  /** Blocks 0, 1, 2. */
  firstBlocks:
    'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
  /** Blocks 0xfeff, 0xff00, 0xff01 come after more bytes than a datagram has; they are not reachable through SRTP. */
};

/** RFC 3711 Appendix B.3: key derivation. */
export const rfc3711KeyDerivation = {
  masterKey: 'e1f97a0d3e018be0d64fa32c06de4139',
  masterSalt: '0ec675ad498afeebb6960b3aabe6',
  cipherKey: 'c61e7a93744f39ee10734afe3ff7a087',
  cipherSalt: '30cbbc08863d8c85d49db34a9ae1',
  /** The first 32 of the appendix's 94 bytes: HMAC-SHA1 needs 20. */
  authenticationKey: 'cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbce',
};

/** libsrtp test/srtp_driver.c: one packet of AES_CM_128_HMAC_SHA1_80 from the master key, rollover counter 0. */
export const libsrtpCounterMode = {
  masterKey: 'e1f97a0d3e018be0d64fa32c06de4139',
  masterSalt: '0ec675ad498afeebb6960b3aabe6',
  plain: '800f1234decafbadcafebabeabababababababababababababababab',
  protected: '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb',
};

/** RFC 7714 §16.1 and §17.1: AEAD_AES_128_GCM under session keys. */
export const rfc7714 = {
  sessionKey: '000102030405060708090a0b0c0d0e0f',
  sessionSalt: '517569642070726f2071756f',
  rtpPlain:
    '8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573',
  rtpProtected:
    '8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833' +
    '899d7f27beb16a9152cf765ee4390cce',
  rtcpIndex: 0x5d4,
  rtcpPlain:
    '81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  rtcpProtected:
    '81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b' +
    'c84aa45896cf4d2fc5abf87245d9eade800005d4',
};
