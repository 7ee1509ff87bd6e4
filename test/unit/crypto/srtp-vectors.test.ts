import { createHmac } from 'node:crypto';
import t from 'tap';
import { HmacSha1 } from '../../../src/crypto/hmac-sha1.ts';
import { AeadGcmTransform } from '../../../src/crypto/srtp-aead-gcm.ts';
import { CounterModeTransform } from '../../../src/crypto/srtp-counter-mode.ts';
import { deriveSessionKey, KEY_LABEL } from '../../../src/crypto/srtp-key-derivation.ts';
import { SrtpReceiver } from '../../../src/crypto/srtp-receiver.ts';
import { SrtpSender } from '../../../src/crypto/srtp-sender.ts';
import {
  libsrtpCounterMode,
  rfc3711CounterMode,
  rfc3711KeyDerivation,
  rfc7714,
} from '../../vectors/srtp/known-packets.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

t.test('session keys are those of RFC 3711 Appendix B.3', async (t) => {
  const keys = {
    masterKey: hex(rfc3711KeyDerivation.masterKey),
    masterSalt: hex(rfc3711KeyDerivation.masterSalt),
  };
  const derive = (label: number, length: number) => deriveSessionKey(keys, label, length).toString('hex');
  t.equal(derive(KEY_LABEL.rtpEncryption, 16), rfc3711KeyDerivation.cipherKey);
  t.equal(derive(KEY_LABEL.rtpSalt, 14), rfc3711KeyDerivation.cipherSalt);
  t.equal(derive(KEY_LABEL.rtpAuthentication, 32), rfc3711KeyDerivation.authenticationKey);
});

t.test('the counter-mode key stream is that of RFC 3711 Appendix B.2', async (t) => {
  const transform = new CounterModeTransform(
    hex(rfc3711CounterMode.sessionKey),
    hex(rfc3711CounterMode.sessionSalt),
    Buffer.alloc(20),
  );
  const packet = Buffer.alloc(12 + 48);
  packet[0] = 0x80;
  const target = Buffer.alloc(100);
  t.equal(transform.protectRtp(packet, 12, 0, target), 70);
  t.equal(target.toString('hex', 12, 60), rfc3711CounterMode.firstBlocks);
});

t.test('a packet of AES_CM_128_HMAC_SHA1_80 is that of libsrtp, both ways', async (t) => {
  const keys = {
    masterKey: hex(libsrtpCounterMode.masterKey),
    masterSalt: hex(libsrtpCounterMode.masterSalt),
  };
  const target = Buffer.alloc(64);
  const length = new SrtpSender('AES_CM_128_HMAC_SHA1_80', keys).protectRtp(
    hex(libsrtpCounterMode.plain),
    target,
  );
  t.equal(target.toString('hex', 0, length), libsrtpCounterMode.protected);
  const plain = new SrtpReceiver('AES_CM_128_HMAC_SHA1_80', keys).unprotectRtp(
    hex(libsrtpCounterMode.protected),
  );
  t.equal(plain?.toString('hex'), libsrtpCounterMode.plain);
});

t.test('AEAD_AES_128_GCM packets are those of RFC 7714 §16.1 and §17.1, both ways', async (t) => {
  const transform = new AeadGcmTransform(hex(rfc7714.sessionKey), hex(rfc7714.sessionSalt));
  const target = Buffer.alloc(128);
  const rtpLength = transform.protectRtp(hex(rfc7714.rtpPlain), 12, 0xf17b, target);
  t.equal(target.toString('hex', 0, rtpLength), rfc7714.rtpProtected);
  t.equal(transform.unprotectRtp(hex(rfc7714.rtpProtected), 12, 0xf17b)?.toString('hex'), rfc7714.rtpPlain);
  const rtcpLength = transform.protectRtcp(hex(rfc7714.rtcpPlain), rfc7714.rtcpIndex, target);
  t.equal(target.toString('hex', 0, rtcpLength), rfc7714.rtcpProtected);
  t.equal(
    transform.unprotectRtcp(hex(rfc7714.rtcpProtected), rfc7714.rtcpIndex)?.toString('hex'),
    rfc7714.rtcpPlain,
  );
});

t.test('HmacSha1 agrees with node:crypto for every key and message length around its block', async (t) => {
  for (const keyLength of [1, 19, 20, 21, 63, 64]) {
    const key = Buffer.alloc(keyLength, keyLength);
    const hmac = new HmacSha1(key);
    for (const length of [0, 1, 55, 56, 63, 64, 65, 1200, 65_535]) {
      const message = Buffer.alloc(length, 0x80 + keyLength);
      const trailer = Buffer.from('00ff80a5', 'hex');
      const target = Buffer.alloc(24, 0xee);
      hmac.write(message, length, trailer, target, 2, 20);
      const expected = createHmac('sha1', key).update(message).update(trailer).digest('hex');
      t.equal(target.toString('hex'), `eeee${expected}eeee`, `key ${keyLength}, message ${length}`);
    }
  }
  t.throws(() => new HmacSha1(Buffer.alloc(0)), TypeError);
  t.throws(() => new HmacSha1(Buffer.alloc(65)), TypeError);
  const long = Buffer.alloc(65_536);
  t.throws(
    () => new HmacSha1(Buffer.alloc(20)).write(long, long.length, Buffer.alloc(4), Buffer.alloc(20), 0, 20),
    RangeError,
  );
});
