/** Byte for byte against an independent implementation, werift's, over a wrap of the sequence number. */
import t from 'tap';
import { RtpHeader, SrtcpSession, SrtpSession } from 'werift';
import { SRTP_PROFILES, SrtpReceiver, SrtpSender } from '../../../src/crypto/srtp.ts';
import { rtcpPacket, rtpPacket, sampleKeys, srtpProfiles } from '../../helpers/rtp-samples.ts';

for (const profile of srtpProfiles) {
  const keys = sampleKeys(profile);
  const config = {
    keys: {
      localMasterKey: keys.masterKey,
      localMasterSalt: keys.masterSalt,
      remoteMasterKey: keys.masterKey,
      remoteMasterSalt: keys.masterSalt,
    },
    profile: SRTP_PROFILES[profile].dtlsId,
  };

  t.test(`${profile}: SRTP is the same over a wrap, and each side reads the other`, async (t) => {
    const theirs = new SrtpSession(config as ConstructorParameters<typeof SrtpSession>[0]);
    const sender = new SrtpSender(profile, keys);
    const receiver = new SrtpReceiver(profile, keys);
    const target = Buffer.alloc(1500);
    for (let number = 65_400; number < 65_700; number += 1) {
      const packet = rtpPacket(number, {
        extension: number % 3 === 0,
        payload: Buffer.alloc(number % 1200, 7),
      });
      const header = RtpHeader.deSerialize(packet);
      const wire = target.subarray(0, sender.protectRtp(packet, target));
      const expected = theirs.encrypt(packet.subarray(header.payloadOffset), header);
      if (!wire.equals(expected)) t.equal(wire.toString('hex'), expected.toString('hex'), `${number}`);
      if (!theirs.decrypt(wire).equals(packet)) t.fail(`${number}: not read by werift`);
      if (receiver.unprotectRtp(expected)?.equals(packet) !== true) t.fail(`${number}: not read by us`);
    }
    t.equal(receiver.counters.srtpNotAuthentic, 0);
  });

  t.test(`${profile}: SRTCP is the same, and each side reads the other`, async (t) => {
    const theirs = new SrtcpSession(config as ConstructorParameters<typeof SrtcpSession>[0]);
    const sender = new SrtpSender(profile, keys);
    const receiver = new SrtpReceiver(profile, keys);
    const target = Buffer.alloc(1500);
    // RFC 3711 §3.4 starts the index at 0, werift at 1.
    sender.protectRtcp(rtcpPacket(), target);
    for (let count = 0; count < 50; count += 1) {
      const packet = rtcpPacket(0x1234_5678, count);
      const wire = target.subarray(0, sender.protectRtcp(packet, target));
      const expected = theirs.encrypt(packet);
      t.ok(wire.equals(expected), `packet ${count}`);
      t.ok(theirs.decrypt(wire).equals(packet));
      t.ok(receiver.unprotectRtcp(expected)?.equals(packet));
    }
  });
}
