import t from 'tap';
import { SRTP_COUNTER_NAMES, SrtpReceiver, SrtpSender } from '../../src/crypto/srtp.ts';
import { rtcpPacket, rtpPacket, sampleKeys, srtpProfiles } from '../helpers/rtp-samples.ts';
import { randomBytes, seeded } from '../helpers/seeded.ts';

const seed = 3711;
const rounds = 20_000;

for (const profile of srtpProfiles) {
  t.test(`${profile}: random and mangled packets are dropped and counted, never thrown`, async (t) => {
    t.comment(`seed ${seed}`);
    const random = seeded(seed);
    const receiver = new SrtpReceiver(profile, sampleKeys(profile));
    const sender = new SrtpSender(profile, sampleKeys(profile));
    const target = Buffer.alloc(300);
    for (let round = 0; round < rounds; round += 1) {
      const bytes = randomBytes(random, Math.floor(random() * 120));
      if (bytes.length > 0 && random() < 0.8) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
      if (receiver.unprotectRtp(bytes) !== undefined) t.fail(`RTP round ${round}`);
      if (receiver.unprotectRtcp(bytes) !== undefined) t.fail(`RTCP round ${round}`);
      sender.protectRtp(bytes, target);
      sender.protectRtcp(bytes, target);
    }
    const dropped = SRTP_COUNTER_NAMES.reduce((sum, name) => sum + receiver.counters[name], 0);
    t.equal(dropped, rounds * 2, 'each drop has one counter');
    const fresh = new SrtpSender(profile, sampleKeys(profile));
    t.ok(receiver.unprotectRtp(target.subarray(0, fresh.protectRtp(rtpPacket(9), target))));
    t.ok(receiver.unprotectRtcp(target.subarray(0, fresh.protectRtcp(rtcpPacket(), target))));
  });
}
