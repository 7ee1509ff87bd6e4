import t from 'tap';
import { SRTP_MAX_OVERHEAD, type SrtpProfile, SrtpReceiver, SrtpSender } from '../../../src/crypto/srtp.ts';
import { rtcpPacket, rtpPacket, sampleKeys, srtpProfiles } from '../../helpers/rtp-samples.ts';

class Link {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
  readonly #target = Buffer.alloc(2000);

  constructor(profile: SrtpProfile, limits = {}) {
    this.sender = new SrtpSender(profile, sampleKeys(profile));
    this.receiver = new SrtpReceiver(profile, sampleKeys(profile), limits);
  }

  protect(packet: Buffer): Buffer {
    return Buffer.from(this.#target.subarray(0, this.sender.protectRtp(packet, this.#target)));
  }

  protectRtcp(packet: Buffer): Buffer {
    return Buffer.from(this.#target.subarray(0, this.sender.protectRtcp(packet, this.#target)));
  }

  /** True if the packet of that number comes out as it went in. */
  passes(sequenceNumber: number): boolean {
    const packet = rtpPacket(sequenceNumber);
    return this.receiver.unprotectRtp(this.protect(packet))?.equals(packet) === true;
  }
}

for (const profile of srtpProfiles) {
  t.test(profile, async (t) => {
    t.test('a packet comes out as it went in, whatever its header and payload length', async (t) => {
      const link = new Link(profile);
      let sequenceNumber = 0;
      for (const extension of [false, true]) {
        for (const csrcs of [0, 1, 15]) {
          for (const length of [0, 1, 15, 16, 17, 1199, 1200]) {
            sequenceNumber += 1;
            const packet = rtpPacket(sequenceNumber, { extension, csrcs, payload: Buffer.alloc(length, 9) });
            const wire = link.protect(packet);
            const headerLength = packet.length - length;
            t.ok(wire.subarray(0, headerLength).equals(packet.subarray(0, headerLength)), 'header in clear');
            if (length >= 16) t.notOk(wire.includes(packet.subarray(headerLength)), 'payload is not');
            const plain = link.receiver.unprotectRtp(wire);
            t.ok(plain?.equals(packet), `extension ${extension}, ${csrcs} CSRCs, ${length} bytes`);
          }
        }
      }
    });

    t.test('protects in place, and leaves what it unprotects untouched', async (t) => {
      const link = new Link(profile);
      const packet = rtpPacket(5, { extension: true });
      const memory = Buffer.alloc(packet.length + SRTP_MAX_OVERHEAD);
      packet.copy(memory);
      const length = link.sender.protectRtp(memory.subarray(0, packet.length), memory);
      const wire = memory.subarray(0, length);
      const before = Buffer.from(wire);
      const plain = link.receiver.unprotectRtp(wire);
      t.ok(plain?.equals(packet));
      t.ok(wire.equals(before));
      wire.fill(0);
      t.ok(plain?.equals(packet), 'the plain packet has memory of its own');
    });

    t.test('a stream goes on over three wraps of the sequence number', async (t) => {
      const link = new Link(profile);
      let passed = 0;
      for (let sequenceNumber = 65_000; sequenceNumber < 65_536 * 3 + 50; sequenceNumber += 50) {
        if (link.passes(sequenceNumber)) passed += 1;
      }
      t.equal(passed, Math.ceil((65_536 * 3 + 50 - 65_000) / 50));
    });

    t.test('an outage of 285 packets over the wrap does not end the stream', async (t) => {
      const link = new Link(profile);
      const lost = (sequenceNumber: number) => sequenceNumber > 65_400 && sequenceNumber <= 65_400 + 285;
      let passed = 0;
      for (let sequenceNumber = 65_300; sequenceNumber < 66_000; sequenceNumber += 1) {
        const wire = link.protect(rtpPacket(sequenceNumber));
        if (!lost(sequenceNumber) && link.receiver.unprotectRtp(wire) !== undefined) passed += 1;
      }
      t.equal(passed, 700 - 285);
      t.equal(link.receiver.counters.srtpNotAuthentic, 0);
    });

    t.test('outages of half a turn, and up to a turn less the window, do not end it either', async (t) => {
      for (const outage of [32_767, 32_768, 32_769, 50_000, 65_536 - 1024]) {
        for (const start of [100, 30_000, 65_535, 70_000]) {
          const link = new Link(profile);
          t.ok(link.passes(start));
          // The sender goes through every number; a hop of half a turn at most keeps its own counter right.
          link.protect(rtpPacket(start + (outage >> 1)));
          t.ok(link.passes(start + outage), `${outage} packets after ${start}`);
        }
      }
    });

    t.test('packets reordered over the wrap are all accepted, once', async (t) => {
      const link = new Link(profile);
      const wires = new Map<number, Buffer>();
      for (let number = 65_530; number < 65_545; number += 1)
        wires.set(number, link.protect(rtpPacket(number)));
      for (const number of [65_530, 65_540, 65_535, 65_536, 65_531, 65_544, 65_534, 65_537]) {
        t.ok(link.receiver.unprotectRtp(wires.get(number)!), `${number}`);
        t.notOk(link.receiver.unprotectRtp(wires.get(number)!), `${number} again`);
      }
      t.equal(link.receiver.counters.srtpReplayed, 8);
      t.equal(link.receiver.counters.srtpNotAuthentic, 0);
    });

    t.test('an older packet sent again after the wrap keeps its rollover counter', async (t) => {
      const link = new Link(profile);
      const before = link.protect(rtpPacket(65_500));
      for (let number = 65_501; number < 65_536 + 200; number += 1) link.protect(rtpPacket(number));
      t.ok(link.protect(rtpPacket(65_500)).equals(before), 'byte for byte the first transmission');
      t.ok(link.passes(65_536 + 200), 'and the stream goes on');
      t.ok(link.receiver.unprotectRtp(before), 'the receiver takes it late');
    });

    t.test('a stream whose packets before the first wrap were all lost is still found', async (t) => {
      const link = new Link(profile);
      for (const lost of [65_530, 65_535]) link.protect(rtpPacket(lost));
      t.ok(link.passes(65_536 + 3));
      t.ok(link.passes(65_534), 'and so is a late packet of before');
    });

    t.test('replays are dropped, those behind the window too', async (t) => {
      const link = new Link(profile);
      const first = link.protect(rtpPacket(1));
      t.ok(link.receiver.unprotectRtp(first));
      t.notOk(link.receiver.unprotectRtp(first));
      const edge = link.protect(rtpPacket(2));
      for (let number = 3; number <= 2 + 1023; number += 1) link.passes(number);
      t.ok(link.receiver.unprotectRtp(edge), '1023 late is in the window');
      t.notOk(link.receiver.unprotectRtp(first), '1024 late is not');
      t.notOk(link.receiver.unprotectRtp(edge));
    });

    t.test('forged packets change nothing', async (t) => {
      const link = new Link(profile);
      link.passes(1000);
      const forged = rtpPacket(65_000, { payload: Buffer.alloc(60) });
      for (let ssrc = 0; ssrc < 100; ssrc += 1) {
        forged.writeUInt32BE(ssrc, 8);
        t.notOk(link.receiver.unprotectRtp(forged));
      }
      t.notOk(link.receiver.unprotectRtp(rtpPacket(33_000, { payload: Buffer.alloc(60) })));
      t.ok(link.passes(1001));
      t.equal(link.receiver.counters.srtpNotAuthentic, 101);
    });

    t.test('every flipped bit of a packet is noticed', async (t) => {
      const link = new Link(profile);
      const wire = link.protect(rtpPacket(77, { extension: true, payload: Buffer.alloc(5, 1) }));
      const report = link.protectRtcp(rtcpPacket());
      for (let bit = 0; bit < wire.length * 8; bit += 1) {
        const bad = Buffer.from(wire);
        bad[bit >> 3] = bad[bit >> 3]! ^ (1 << (bit & 7));
        if (link.receiver.unprotectRtp(bad) !== undefined) t.fail(`RTP bit ${bit}`);
      }
      for (let bit = 0; bit < report.length * 8; bit += 1) {
        const bad = Buffer.from(report);
        bad[bit >> 3] = bad[bit >> 3]! ^ (1 << (bit & 7));
        if (link.receiver.unprotectRtcp(bad) !== undefined) t.fail(`RTCP bit ${bit}`);
      }
      t.ok(link.receiver.unprotectRtp(wire));
      t.ok(link.receiver.unprotectRtcp(report));
    });

    t.test('truncated packets of every length are dropped', async (t) => {
      const link = new Link(profile);
      const wire = link.protect(rtpPacket(8, { extension: true, csrcs: 2 }));
      const report = link.protectRtcp(rtcpPacket());
      for (let length = 0; length < wire.length; length += 1) {
        if (link.receiver.unprotectRtp(wire.subarray(0, length)) !== undefined) t.fail(`RTP ${length}`);
      }
      for (let length = 0; length < report.length; length += 1) {
        if (link.receiver.unprotectRtcp(report.subarray(0, length)) !== undefined) t.fail(`RTCP ${length}`);
      }
      t.ok(link.receiver.unprotectRtp(wire));
      t.ok(link.receiver.unprotectRtcp(report));
    });

    t.test('each SSRC has its own counter, and only so many are remembered', async (t) => {
      const link = new Link(profile, { maxSsrcs: 3 });
      for (const ssrc of [1, 2, 3, 4]) {
        for (const number of [65_535, 65_536]) {
          const plain = link.receiver.unprotectRtp(link.protect(rtpPacket(number, { ssrc })));
          t.equal(plain !== undefined, ssrc < 4, `SSRC ${ssrc}`);
        }
        const plain = link.receiver.unprotectRtcp(link.protectRtcp(rtcpPacket(ssrc)));
        t.equal(plain !== undefined, ssrc < 4, `RTCP of SSRC ${ssrc}`);
      }
      t.equal(link.receiver.counters.srtpSsrcLimit, 2);
      t.equal(link.receiver.counters.srtcpSsrcLimit, 1);
    });

    t.test('RTCP comes out as it went in, once, in any order within 128', async (t) => {
      const link = new Link(profile);
      const wires = Array.from({ length: 300 }, (_, count) => link.protectRtcp(rtcpPacket(9, count)));
      t.notOk(wires[0]!.includes(rtcpPacket(9, 0).subarray(8)), 'encrypted');
      for (const count of [0, 5, 3, 130, 4, 127]) {
        const plain = link.receiver.unprotectRtcp(wires[count]!);
        t.equal(plain?.equals(rtcpPacket(9, count)), count === 0 || count > 2, `${count}`);
        t.notOk(link.receiver.unprotectRtcp(wires[count]!), `${count} again`);
      }
      t.notOk(link.receiver.unprotectRtcp(wires[2]!), '128 late');
      t.equal(link.receiver.counters.srtcpReplayed, 7);
    });

    t.test('RTCP without encryption is refused', async (t) => {
      const link = new Link(profile);
      const wire = link.protectRtcp(rtcpPacket());
      const word = profile === 'AEAD_AES_128_GCM' ? wire.length - 4 : wire.length - 14;
      wire[word] = wire[word]! & 0x7f;
      t.notOk(link.receiver.unprotectRtcp(wire));
      t.equal(link.receiver.counters.srtcpMalformed, 1);
    });

    t.test('a target without room is the caller’s mistake; what is not RTP is not sent', async (t) => {
      const { sender } = new Link(profile);
      t.throws(() => sender.protectRtp(rtpPacket(1), Buffer.alloc(52)), RangeError);
      t.throws(() => sender.protectRtcp(rtcpPacket(), Buffer.alloc(40)), RangeError);
      t.equal(sender.protectRtp(Buffer.alloc(20), Buffer.alloc(100)), 0);
      t.equal(sender.protectRtcp(Buffer.alloc(7), Buffer.alloc(100)), 0);
    });

    t.test('keys of other lengths are refused', async (t) => {
      const { masterKey, masterSalt } = sampleKeys(profile);
      for (const keys of [
        { masterKey: masterKey.subarray(1), masterSalt },
        { masterKey, masterSalt: masterSalt.subarray(1) },
        { masterKey, masterSalt: Buffer.alloc(20) },
      ]) {
        t.throws(() => new SrtpSender(profile, keys), TypeError);
        t.throws(() => new SrtpReceiver(profile, keys), TypeError);
      }
    });
  });
}

t.test('two directions with their own keys do not understand each other', async (t) => {
  const sender = new SrtpSender('AEAD_AES_128_GCM', sampleKeys('AEAD_AES_128_GCM', 1));
  const receiver = new SrtpReceiver('AEAD_AES_128_GCM', sampleKeys('AEAD_AES_128_GCM', 2));
  const target = Buffer.alloc(200);
  const length = sender.protectRtp(rtpPacket(1), target);
  t.notOk(receiver.unprotectRtp(target.subarray(0, length)));
});
