import { AeadGcmTransform } from './srtp-aead-gcm.ts';
import { CounterModeTransform } from './srtp-counter-mode.ts';
import { deriveSessionKey, KEY_LABEL } from './srtp-key-derivation.ts';
import { SRTP_PROFILES, type SrtpKeys, type SrtpProfile } from './srtp-profile.ts';
import type { SrtpTransform } from './srtp-transform.ts';

/** The transforms of one direction of a transport, all that depends on its master key. @see RFC 3711 §3.2 */
export interface SrtpTransforms {
  readonly rtp: SrtpTransform;
  readonly rtcp: SrtpTransform;
}

export function closeTransforms({ rtp, rtcp }: SrtpTransforms): void {
  rtp.close();
  rtcp.close();
}

/** Derives the session keys of one direction. Throws TypeError when key or salt do not fit the profile. */
export function makeTransforms(profile: SrtpProfile, keys: SrtpKeys): SrtpTransforms {
  const { masterKeyLength, masterSaltLength } = SRTP_PROFILES[profile];
  if (keys.masterKey.length !== masterKeyLength || keys.masterSalt.length !== masterSaltLength) {
    throw new TypeError(
      `${profile} needs a ${masterKeyLength}-byte master key and a ${masterSaltLength}-byte salt`,
    );
  }
  const derive = (label: number, length: number) => deriveSessionKey(keys, label, length);
  const rtpKey = derive(KEY_LABEL.rtpEncryption, 16);
  const rtpSalt = derive(KEY_LABEL.rtpSalt, masterSaltLength);
  const rtcpKey = derive(KEY_LABEL.rtcpEncryption, 16);
  const rtcpSalt = derive(KEY_LABEL.rtcpSalt, masterSaltLength);
  if (profile === 'AEAD_AES_128_GCM') {
    return { rtp: new AeadGcmTransform(rtpKey, rtpSalt), rtcp: new AeadGcmTransform(rtcpKey, rtcpSalt) };
  }
  return {
    rtp: new CounterModeTransform(rtpKey, rtpSalt, derive(KEY_LABEL.rtpAuthentication, 20)),
    rtcp: new CounterModeTransform(rtcpKey, rtcpSalt, derive(KEY_LABEL.rtcpAuthentication, 20)),
  };
}
