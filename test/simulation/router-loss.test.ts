/**
 * A publisher and two subscribers around a real Router over lossy, late and reordering links, in virtual time, every
 * peer doing what a browser does: NACK, RTX, PLI, key frames. Regression tests for failures known from other SFUs.
 */
import t from 'tap';
import { readExtendedReport, writeExtendedReport } from '../../src/rtp/rtcp/extended-report.ts';
import { readPli, writePli } from '../../src/rtp/rtcp/key-frame-request.ts';
import { readNack, writeNack } from '../../src/rtp/rtcp/nack.ts';
import { RTCP_TYPE } from '../../src/rtp/rtcp/rtcp-packet.ts';
import type { RtpPacket } from '../../src/rtp/rtp-packet.ts';
import { NackGenerator } from '../../src/sfu/stream/nack-generator.ts';
import { ntpMiddle32 } from '../../src/sfu/stream/ntp-time.ts';
import { ReceiveStatistics } from '../../src/sfu/stream/receive-statistics.ts';
import { OUT_VP8, VP8 } from '../helpers/one-to-one.ts';
import { RouterFixture } from '../helpers/router-fixture.ts';
import { RtpSource } from '../helpers/rtp-source.ts';
import { seeded } from '../helpers/seeded.ts';

const SEED = 20261122;
const ONE_WAY_US = 25_000;

interface Scheduled {
  readonly atUs: number;
  readonly run: () => void;
}

/** A subscriber that asks for what is missing, as a browser does, and remembers what came. */
class Subscriber {
  readonly statistics = new ReceiveStatistics({ clockRate: 90_000 });
  readonly nack = new NackGenerator({ maxAgeUs: 1_000_000 });
  readonly got = new Set<number>();
  readonly timestamps = new Map<number, number>();
  highest = -1;

  constructor() {
    this.nack.rttUs = 2 * ONE_WAY_US;
  }

  receive(packet: RtpPacket, repaired: number | undefined, nowUs: number): void {
    const extended =
      repaired === undefined
        ? this.statistics.receive(packet.sequenceNumber, packet.timestamp, packet.payloadLength, nowUs)
        : this.statistics.receiveRepaired(repaired);
    if (extended < 0) return;
    if (repaired === undefined) this.nack.receive(extended, nowUs);
    else this.nack.receiveRepaired(extended, nowUs);
    this.got.add(extended);
    this.timestamps.set(extended, packet.timestamp);
    this.highest = Math.max(this.highest, extended);
  }

  /** Numbers never received between the first and the last. */
  missing(until = this.highest): number {
    let missing = 0;
    for (let number = Math.min(...this.got); number <= until; number += 1)
      if (!this.got.has(number)) missing += 1;
    return missing;
  }
}

/** Runs 30 fps of five-packet pictures for `seconds`; loss per link, both directions. */
function simulate(options: { seconds: number; up: number; downs: readonly number[] }) {
  const random = seeded(SEED);
  const fixture = new RouterFixture();
  const queue: Scheduled[] = [];
  const at = (atUs: number, run: () => void): void => {
    queue.push({ atUs, run });
  };
  const link = (loss: number, run: () => void): void => {
    if (random() >= loss) at(fixture.nowUs + ONE_WAY_US + random() * 3_000, run);
  };
  fixture.transport('alice');
  fixture.produce('alice', 'camera', [VP8], [{ ssrc: 10, rtxSsrc: 11 }]);
  const subscribers = options.downs.map((_, index) => {
    fixture.transport(`bob${index}`);
    fixture.consume(`bob${index}`, `c${index}`, 'camera', [OUT_VP8], 20 + index * 2, 21 + index * 2);
    return new Subscriber();
  });
  const source = new RtpSource({ ssrc: 10, payloadType: 96, mid: 'camera', sequenceNumber: 64_000 });
  const history = new Map<number, Buffer>();
  let rtxSequence = 65_000;
  let keyFrameAsked = true;
  let keyFrames = 0;

  fixture.onRtp = ({ transportId, packet }) => {
    const index = Number(transportId.slice(3));
    const subscriber = subscribers[index];
    if (subscriber === undefined) return;
    const repaired = packet.ssrc === 21 + index * 2 ? packet.payload.readUInt16BE(0) : undefined;
    link(options.downs[index]!, () => subscriber.receive(packet, repaired, fixture.nowUs));
  };
  fixture.onRtcp = ({ transportId, packets }) => {
    if (transportId !== 'alice') return;
    for (const packet of packets) {
      if (packet.type === RTCP_TYPE.extendedReport) {
        const { ssrc, receiverReferenceTime } = readExtendedReport(packet)!;
        const { ntpSeconds = 0, ntpFraction = 0 } = receiverReferenceTime ?? {};
        const delays = [{ ssrc, lastReceiverReport: ntpMiddle32(ntpSeconds, ntpFraction), delay: 0 }];
        const answer = Buffer.alloc(40);
        const length = writeExtendedReport(answer, 0, { ssrc: 10, receiverReferenceTime: undefined, delays });
        link(options.up, () => link(options.up, () => fixture.rtcpFrom('alice', answer.subarray(0, length))));
      }
      if (packet.type === RTCP_TYPE.payloadFeedback && readPli(packet) === 10) {
        link(options.up, () => {
          keyFrameAsked = true;
        });
      }
      if (packet.type === RTCP_TYPE.transportFeedback && packet.count === 1) {
        link(options.up, () => {
          for (const number of readNack(packet)!.sequenceNumbers) {
            const original = history.get(number);
            if (original === undefined) continue;
            const payloadAt = original.length - 106;
            const rtx = Buffer.concat([
              original.subarray(0, payloadAt),
              Buffer.alloc(2),
              original.subarray(payloadAt),
            ]);
            rtx[1] = (rtx[1]! & 0x80) | 97;
            rtx.writeUInt16BE(number, payloadAt);
            rtx.writeUInt16BE(rtxSequence, 2);
            rtx.writeUInt32BE(11, 8);
            rtxSequence = (rtxSequence + 1) & 0xffff;
            link(options.up, () => fixture.rtpFrom('alice', rtx));
          }
        });
      }
    }
  };

  const endUs = fixture.nowUs + options.seconds * 1e6;
  let frameUs = fixture.nowUs;
  const asked = new Uint16Array(100);
  const nack = Buffer.alloc(600);
  const pli = Buffer.alloc(12);
  for (; fixture.nowUs < endUs + 2e6; ) {
    if (fixture.nowUs >= frameUs && fixture.nowUs < endUs) {
      frameUs += 33_333;
      const keyFrame = keyFrameAsked;
      keyFrameAsked = false;
      if (keyFrame) keyFrames += 1;
      for (const packet of source.vp8(5, { keyFrame })) {
        history.set(packet.readUInt16BE(2), packet);
        link(options.up, () => fixture.rtpFrom('alice', Buffer.from(packet)));
      }
    }
    for (const [index, subscriber] of subscribers.entries()) {
      const count = subscriber.nack.due(fixture.nowUs, asked);
      const loss = options.downs[index]!;
      if (count > 0) {
        const request = Buffer.from(nack.subarray(0, writeNack(nack, 0, 1, 20 + index * 2, asked, count)));
        link(loss, () => fixture.rtcpFrom(`bob${index}`, request));
      }
      if (subscriber.nack.takeKeyFrameNeeded()) {
        const request = Buffer.from(pli.subarray(0, writePli(pli, 0, 1, 20 + index * 2)));
        link(loss, () => fixture.rtcpFrom(`bob${index}`, request));
      }
    }
    fixture.run(1_000);
    const due = queue.filter((item) => item.atUs <= fixture.nowUs).sort((a, b) => a.atUs - b.atUs);
    for (const item of due) {
      queue.splice(queue.indexOf(item), 1);
      item.run();
    }
  }
  return { fixture, subscribers, keyFrames };
}

t.test('without loss nothing is asked for, and nothing is missing', (t) => {
  const { fixture, subscribers, keyFrames } = simulate({ seconds: 10, up: 0, downs: [0] });
  t.equal(subscribers[0]!.missing(), 0);
  t.equal(fixture.stats().producers[0]!.encodings[0]!.nacksSent, 0);
  t.equal(fixture.stats().consumers[0]!.nacksReceived, 0);
  t.ok(keyFrames <= 2, `${keyFrames} key frames: the first, and the one asked for before it came`);
  t.end();
});

t.test(
  `at 30 % loss on both legs and both ways all but a few packets in ten thousand come through (seed ${SEED})`,
  (t) => {
    const { fixture, subscribers, keyFrames } = simulate({ seconds: 20, up: 0.3, downs: [0.3] });
    const rttSeconds = fixture.stats().transports[0]!.rttSeconds ?? 0;
    t.ok(Math.abs(rttSeconds - 0.053) < 0.005, `round trip ${rttSeconds} s, by DLRR`);
    const [subscriber] = subscribers;
    const whole = subscriber!.got.size + subscriber!.missing();
    t.ok(whole > 2_900, `${whole} packets`);
    t.ok(subscriber!.missing() <= whole * 0.002, `${subscriber!.missing()} missing`);
    t.ok(keyFrames <= 6, `${keyFrames} key frames`);
    const encoding = fixture.stats().producers[0]!.encodings[0]!;
    t.ok(encoding.packetsLost > whole * 0.25, 'loss before repair is told');
    t.ok(encoding.packetsUnrepaired <= whole * 0.002, 'and after');
    t.end();
  },
);

t.test('one bad subscriber changes nothing for the other (mediasoup #962)', (t) => {
  const { fixture, subscribers } = simulate({ seconds: 10, up: 0, downs: [0, 0.5] });
  t.equal(subscribers[0]!.missing(), 0);
  const [good, bad] = fixture.stats().consumers;
  t.equal(good!.nacksReceived, 0);
  t.equal(good!.retransmissions, 0);
  t.ok(bad!.retransmissions > 500, `${bad!.retransmissions} sent again to the other`);
  t.equal(good!.layer.spatialLayer, 0);
  t.end();
});

t.test('every subscriber sees timestamps and numbers in step, however they come', (t) => {
  const { subscribers } = simulate({ seconds: 10, up: 0.2, downs: [0.2] });
  const numbers = [...subscribers[0]!.timestamps.keys()].sort((a, b) => a - b);
  for (let index = 1; index < numbers.length; index += 1) {
    const before = subscribers[0]!.timestamps.get(numbers[index - 1]!)!;
    const now = subscribers[0]!.timestamps.get(numbers[index]!)!;
    if (((now - before) | 0) < 0) t.fail(`timestamp back at ${numbers[index]}`);
  }
  t.ok(numbers.length > 1_400, `${numbers.length} packets`);
  t.end();
});
