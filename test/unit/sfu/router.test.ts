import t from 'tap';
import { readFir, readPli, writePli } from '../../../src/rtp/rtcp/key-frame-request.ts';
import { readNack, writeNack } from '../../../src/rtp/rtcp/nack.ts';
import { RTCP_TYPE } from '../../../src/rtp/rtcp/rtcp-packet.ts';
import { readSenderReport, writeSenderReport } from '../../../src/rtp/rtcp/sender-report.ts';
import { NOT_RECEIVED, readTransportCc } from '../../../src/rtp/rtcp/transport-cc.ts';
import { codec, extensionsOf, RouterFixture } from '../../helpers/router-fixture.ts';
import { RtpSource } from '../../helpers/rtp-source.ts';

const VP8 = codec('vp8', 96, 97);
const OPUS = codec('opus', 111);
const OUT_VP8 = codec('vp8', 100, 101);
const PLI = 1;
const NACK = 1;
const TRANSPORT_CC = 15;

/** One publisher with one VP8 stream on SSRC 10 (RTX 11), one subscriber on SSRC 20 (RTX 21). */
function oneToOne() {
  const fixture = new RouterFixture();
  fixture.transport('alice', 'bob');
  fixture.produce('alice', 'camera', [VP8], [{ ssrc: 10, rtxSsrc: 11 }]);
  fixture.consume('bob', 'c', 'camera', [OUT_VP8], 20, 21);
  const source = new RtpSource({ ssrc: 10, payloadType: 96, mid: 'camera' });
  const send = (packets: Buffer[]): void => {
    for (const packet of packets) fixture.rtpFrom('alice', packet);
  };
  return { fixture, source, send };
}

t.test('a picture goes from publisher to subscriber under the subscriber’s own numbers', (t) => {
  const { fixture, source, send } = oneToOne();
  send(source.vp8(3, { keyFrame: true, transportCc: 1 }));
  const sent = fixture.sentTo('bob');
  t.equal(sent.length, 3);
  t.ok(sent.every((packet) => packet.payloadType === 100 && packet.ssrc === 20));
  t.same(
    sent.map((packet) => packet.marker),
    [false, false, true],
  );
  t.same(
    sent.map((packet) => (packet.sequenceNumber - sent[0]!.sequenceNumber) & 0xffff),
    [0, 1, 2],
  );
  t.equal(new Set(sent.map((packet) => packet.timestamp)).size, 1);
  t.same(
    sent.map((packet) => extensionsOf(packet).mid),
    ['c', 'c', 'c'],
  );
  const numbers = sent.map((packet) => extensionsOf(packet).transportCc);
  t.same(numbers, [numbers[0], numbers[0]! + 1, numbers[0]! + 2], 'transport-wide numbers are our own');
  t.equal(sent[0]!.payload.length, 106);
  t.match(fixture.eventsOf('consumerLayer'), [
    { consumerId: 'c', to: { spatialLayer: 0, width: 640, height: 360 }, reason: 'start' },
  ]);
  t.equal(fixture.sentTo('alice').length, 0, 'nothing goes back to the publisher');
  t.end();
});

t.test('a late joiner gets nothing before a key frame, and one is asked for until it comes', (t) => {
  const { fixture, source, send } = oneToOne();
  send(source.vp8(2));
  fixture.run(20_000);
  t.equal(fixture.sentTo('bob').length, 0);
  t.equal(readPli(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI)[0]!), 10);
  fixture.run(1_000_000);
  const asked = fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).length;
  t.ok(asked >= 3 && asked <= 8, `asked ${asked} times in a second`);
  send(source.vp8(2, { keyFrame: true }));
  fixture.run(2_000_000);
  t.equal(fixture.sentTo('bob').length, 2);
  t.equal(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).length, asked, 'and no more after');
  t.end();
});

t.test('PLIs of many subscribers become one', (t) => {
  const { fixture, source, send } = oneToOne();
  fixture.transport('carol');
  fixture.consume('carol', 'd', 'camera', [OUT_VP8], 30);
  send(source.vp8(1, { keyFrame: true }));
  fixture.run(500_000);
  const pli = Buffer.alloc(12);
  for (let times = 0; times < 5; times += 1) {
    writePli(pli, 0, 1, 20);
    fixture.rtcpFrom('bob', pli);
    writePli(pli, 0, 1, 30);
    fixture.rtcpFrom('carol', pli);
  }
  fixture.run(50_000);
  t.equal(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).length, 1);
  t.end();
});

t.test('a publisher without PLI is asked by FIR', (t) => {
  const fixture = new RouterFixture();
  fixture.transport('alice', 'bob');
  fixture.produce('alice', 'camera', [{ ...VP8, pli: false }], [{ ssrc: 10 }]);
  fixture.consume('bob', 'c', 'camera', [OUT_VP8], 20);
  fixture.run(1_000);
  t.match(readFir(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, 4)[0]!), [{ ssrc: 10 }]);
  t.end();
});

t.test(
  'what is lost on the way in is asked for by number, and its repair by RTX goes on in its place',
  (t) => {
    const { fixture, source, send } = oneToOne();
    send(source.vp8(1, { keyFrame: true }));
    const [, lost, after] = source.vp8(3);
    send([after!]);
    fixture.run(40_000);
    const nack = readNack(fixture.rtcpTo('alice', RTCP_TYPE.transportFeedback, NACK)[0]!)!;
    t.equal(nack.mediaSsrc, 10);
    t.same(nack.sequenceNumbers.length, 2, 'the two before the last');
    const rtx = Buffer.concat([lost!.subarray(0, -106), lost!.subarray(2, 4), lost!.subarray(-106)]);
    rtx[1] = (rtx[1]! & 0x80) | 97;
    rtx.writeUInt16BE(5, 2);
    rtx.writeUInt32BE(11, 8);
    fixture.rtpFrom('alice', rtx);
    const numbers = fixture.sentTo('bob').map((packet) => packet.sequenceNumber);
    t.same(
      numbers.map((number) => (number - numbers[0]!) & 0xffff),
      [0, 3, 2],
      'the hole keeps its number until the repair comes',
    );
    const stats = fixture.stats().producers[0]!.encodings[0]!;
    t.equal(stats.packetsLost, 2);
    t.equal(stats.packetsUnrepaired, 1);
    t.equal(stats.retransmissions, 1);
    t.end();
  },
);

t.test('a subscriber’s NACK is answered by RTX from the ring, once per round trip', (t) => {
  const { fixture, source, send } = oneToOne();
  send(source.vp8(4, { keyFrame: true }));
  const sent = fixture.sentTo('bob');
  const asked = [sent[1]!.sequenceNumber, sent[3]!.sequenceNumber];
  const nack = Buffer.alloc(64);
  const length = writeNack(nack, 0, 1, 20, asked, 2);
  fixture.rtcpFrom('bob', nack.subarray(0, length));
  fixture.rtcpFrom('bob', nack.subarray(0, length));
  const resent = fixture.sentTo('bob', 21);
  t.equal(fixture.sentTo('bob', 20).length, 4, 'nothing more on the media SSRC');
  t.equal(resent[0]!.payloadType, 101);
  t.equal(resent[0]!.timestamp, sent[1]!.timestamp);
  t.equal(resent[0]!.payload.readUInt16BE(0), sent[1]!.sequenceNumber);
  t.same(
    resent[0]!.payload.subarray(2),
    sent[1]!.payload,
    'the same bytes as first sent, rewritten descriptor and all',
  );
  t.equal(resent[1]!.payload.readUInt16BE(0), sent[3]!.sequenceNumber);
  t.equal(resent[1]!.marker, true);
  t.equal(extensionsOf(resent[0]!).mid, 'c');
  const length2 = writeNack(nack, 0, 1, 20, [(sent[0]!.sequenceNumber - 100) & 0xffff], 1);
  fixture.rtcpFrom('bob', nack.subarray(0, length2));
  t.equal(fixture.stats().drops.nackNotHeld, 1);
  t.end();
});

t.test('without RTX a lost packet is sent again as it was', (t) => {
  const fixture = new RouterFixture();
  fixture.transport('alice', 'bob');
  fixture.produce('alice', 'mic', [OPUS], [{ ssrc: 10 }]);
  fixture.consume('bob', 'c', 'mic', [OPUS], 20);
  const source = new RtpSource({ ssrc: 10, payloadType: 111 });
  for (let times = 0; times < 5; times += 1) fixture.rtpFrom('alice', source.opus({ audioLevel: 30 }));
  const sent = fixture.sentTo('bob');
  t.equal(sent.length, 5);
  t.equal(extensionsOf(sent[0]!).audioLevel, 30);
  const nack = Buffer.alloc(16);
  fixture.rtcpFrom('bob', nack.subarray(0, writeNack(nack, 0, 1, 20, [sent[2]!.sequenceNumber], 1)));
  const again = fixture.sentTo('bob')[5]!;
  t.equal(again.sequenceNumber, sent[2]!.sequenceNumber);
  t.same(again.payload, sent[2]!.payload);
  t.end();
});

t.test('transport-cc feedback comes within 100 ms and never says received of what was lost', (t) => {
  const { fixture, source, send } = oneToOne();
  const packets = source.vp8(6, { keyFrame: true, transportCc: 65_533 });
  packets.splice(2, 2);
  send(packets);
  fixture.run(100_000);
  const feedback = readTransportCc(fixture.rtcpTo('alice', RTCP_TYPE.transportFeedback, TRANSPORT_CC)[0]!)!;
  t.equal(feedback.baseSequenceNumber, 65_533);
  t.same(
    Array.from(feedback.deltas)
      .slice(0, feedback.count)
      .map((delta) => delta !== NOT_RECEIVED),
    [true, true, false, false, true, true],
  );
  t.end();
});

t.test(
  'simulcast: the wanted layer is forwarded, switching waits for a key frame and leaves no seam',
  (t) => {
    const fixture = new RouterFixture();
    fixture.transport('alice', 'bob');
    fixture.produce('alice', 'camera', [VP8], [{ rid: 'l' }, { rid: 'h' }]);
    fixture.consume('bob', 'c', 'camera', [OUT_VP8], 20, 21, { maxHeight: 300 });
    const low = new RtpSource({
      ssrc: 10,
      payloadType: 96,
      mid: 'camera',
      rid: 'l',
      width: 640,
      height: 360,
    });
    const high = new RtpSource({
      ssrc: 12,
      payloadType: 96,
      mid: 'camera',
      rid: 'h',
      width: 1920,
      height: 1080,
      timestamp: 5,
      sequenceNumber: 100,
    });
    const frame = (keyFrame: boolean): void => {
      for (const packet of [...low.vp8(1, { keyFrame }), ...high.vp8(2, { keyFrame })])
        fixture.rtpFrom('alice', packet);
      fixture.run(33_333);
    };
    frame(true);
    for (let times = 0; times < 5; times += 1) frame(false);
    t.equal(fixture.eventsOf('consumerLayer').at(-1)?.to.height, 360);
    fixture.command({ type: 'setConsumerLayers', consumerId: 'c', wanted: { maxHeight: 1080 } });
    frame(false);
    t.equal(fixture.eventsOf('consumerLayer').at(-1)?.to.height, 360, 'not before a key frame');
    t.equal(
      readPli(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).at(-1)!),
      12,
      'which is asked of the large layer',
    );
    frame(true);
    frame(false);
    t.match(fixture.eventsOf('consumerLayer').at(-1), {
      from: { height: 360 },
      to: { height: 1080 },
      reason: 'wanted',
    });
    fixture.command({ type: 'setConsumerLayers', consumerId: 'c', wanted: { maxHeight: 100 } });
    frame(true);
    frame(false);
    t.equal(fixture.eventsOf('consumerLayer').at(-1)?.to.height, 360);
    const sent = fixture.sentTo('bob', 20);
    const pictureIds = sent.map((packet) => packet.payload.readUInt16BE(2) & 0x7fff);
    for (let index = 1; index < sent.length; index += 1) {
      const step = (sent[index]!.sequenceNumber - sent[index - 1]!.sequenceNumber) & 0xffff;
      const ticks = (sent[index]!.timestamp - sent[index - 1]!.timestamp) | 0;
      const pictures = (pictureIds[index]! - pictureIds[index - 1]!) & 0x7fff;
      const newPicture = sent[index - 1]!.marker;
      if (
        step !== 1 ||
        (newPicture ? pictures !== 1 || ticks < 90 || ticks > 9000 : pictures !== 0 || ticks !== 0)
      ) {
        t.fail(`seam at ${index}: step ${step}, ticks ${ticks}, pictures ${pictures}`);
      }
    }
    t.ok(sent.length > 10);
    t.end();
  },
);

t.test(
  'a layer that stops is replaced by a smaller one, and the client is told that the publisher did it',
  (t) => {
    const fixture = new RouterFixture();
    fixture.transport('alice', 'bob');
    fixture.produce('alice', 'camera', [VP8], [{ rid: 'l' }, { rid: 'h' }]);
    fixture.consume('bob', 'c', 'camera', [OUT_VP8], 20);
    const low = new RtpSource({ ssrc: 10, payloadType: 96, mid: 'camera', rid: 'l' });
    const high = new RtpSource({
      ssrc: 12,
      payloadType: 96,
      mid: 'camera',
      rid: 'h',
      width: 1280,
      height: 720,
    });
    for (let frame = 0; frame < 60; frame += 1) {
      const keyFrame =
        frame === 0 ||
        fixture
          .stats()
          .producers[0]!.encodings.some((encoding) => encoding.keyFrameRequests > encoding.keyFrames);
      for (const packet of low.vp8(1, { keyFrame })) fixture.rtpFrom('alice', packet);
      if (frame < 30) for (const packet of high.vp8(1, { keyFrame })) fixture.rtpFrom('alice', packet);
      fixture.run(33_333);
    }
    t.match(fixture.eventsOf('producerEncoding').at(-1), { rid: 'h', active: false });
    t.match(fixture.eventsOf('consumerLayer').at(-1), {
      from: { height: 720 },
      to: { height: 360 },
      reason: 'publisher',
    });
    t.end();
  },
);

t.test('sender reports carry the publisher’s clock over to the subscriber’s timestamps', (t) => {
  const { fixture, source, send } = oneToOne();
  const report = Buffer.alloc(28);
  const captured = source.timestamp;
  writeSenderReport(report, 0, {
    ssrc: 10,
    ntpSeconds: 3_900_000_000,
    ntpFraction: 0,
    rtpTimestamp: captured,
    packetCount: 1,
    octetCount: 1,
    reports: [],
  });
  send(source.vp8(1, { keyFrame: true }));
  fixture.rtcpFrom('alice', report);
  const atUs = fixture.nowUs;
  fixture.run(3_000_000);
  const sent = fixture.sentTo('bob')[0]!;
  const reports = fixture.rtcpTo('bob', RTCP_TYPE.senderReport).map((packet) => readSenderReport(packet)!);
  t.ok(reports.length >= 2, `${reports.length} reports in 3 s`);
  for (const { ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount } of reports) {
    t.equal(ssrc, 20);
    t.equal(packetCount, 1);
    const unixUs = (ntpSeconds - 2_208_988_800) * 1e6 + (ntpFraction * 1e6) / 2 ** 32;
    const sinceUs = unixUs - 1_700_000_000_000_000 - atUs;
    const ticks = (rtpTimestamp - sent.timestamp) | 0;
    t.ok(Math.abs(ticks - sinceUs * 0.09) < 2, `${ticks} ticks after ${sinceUs} µs`);
  }
  t.end();
});

t.test('a paused producer’s media go nowhere, and its picture begins again with a key frame', (t) => {
  const { fixture, source, send } = oneToOne();
  send(source.vp8(1, { keyFrame: true }));
  fixture.command({ type: 'pauseProducer', producerId: 'camera' });
  send(source.vp8(1));
  t.equal(fixture.sentTo('bob').length, 1);
  t.equal(fixture.stats().drops.producerPaused, 1);
  fixture.run(1_000_000);
  fixture.rtcp.length = 0;
  fixture.command({ type: 'resumeProducer', producerId: 'camera' });
  fixture.run(1_000);
  t.equal(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).length, 1);
  send(source.vp8(1, { keyFrame: true }));
  const numbers = fixture.sentTo('bob').map((packet) => packet.sequenceNumber);
  t.equal((numbers[1]! - numbers[0]!) & 0xffff, 1, 'what was held back leaves no hole to ask for');
  t.end();
});

t.test('closing a transport closes what stands on it, and says so once', (t) => {
  const { fixture, source, send } = oneToOne();
  fixture.produce('bob', 'other', [VP8], [{ ssrc: 40 }]);
  fixture.consume('alice', 'e', 'other', [OUT_VP8], 50);
  fixture.command({ type: 'closeTransport', transportId: 'alice' });
  t.same(
    fixture
      .eventsOf('consumerClosed')
      .map((event) => event.consumerId)
      .sort(),
    ['c', 'e'],
  );
  t.same(
    fixture.eventsOf('producerClosed').map((event) => event.producerId),
    ['camera'],
  );
  send(source.vp8(1, { keyFrame: true }));
  t.equal(fixture.stats().drops.transportUnknown, 1);
  t.same(fixture.stats().consumers, []);
  fixture.command({ type: 'closeTransport', transportId: 'alice' });
  t.match(fixture.eventsOf('commandFailed'), [
    { command: 'closeTransport', id: 'alice', code: 'transport_unknown' },
  ]);
  t.end();
});

t.test('commands that cannot be done say so and change nothing', (t) => {
  const { fixture } = oneToOne();
  fixture.transport('alice');
  fixture.produce('nobody', 'p', [VP8], [{}]);
  fixture.produce('alice', 'camera', [VP8], [{}]);
  fixture.produce('alice', 'p', [VP8], []);
  fixture.consume('bob', 'x', 'nothing', [OUT_VP8], 60);
  fixture.consume('bob', 'y', 'camera', [OPUS], 61);
  fixture.command({ type: 'pauseConsumer', consumerId: 'x' });
  t.same(
    fixture.eventsOf('commandFailed').map((event) => event.code),
    [
      'id_taken',
      'transport_unknown',
      'id_taken',
      'codec_unsupported',
      'producer_unknown',
      'codec_unsupported',
      'consumer_unknown',
    ],
  );
  const { producers, consumers, transports } = fixture.stats();
  t.same([producers.length, consumers.length, transports.length], [1, 1, 2]);
  t.end();
});

t.test('a closed router is silent and has nothing to do', (t) => {
  const { fixture, source, send } = oneToOne();
  fixture.command({ type: 'closeRouter' });
  const before = fixture.events.length;
  send(source.vp8(1, { keyFrame: true }));
  fixture.command({ type: 'getStats', requestId: 1 });
  fixture.run(10_000_000);
  t.equal(fixture.router.nextTimeout(), Number.POSITIVE_INFINITY);
  t.same([fixture.events.length, fixture.rtp.length, fixture.rtcp.length], [before, 0, 0]);
  t.end();
});

t.test('the dominant speaker is told by producer', (t) => {
  const fixture = new RouterFixture();
  fixture.transport('alice', 'bob');
  fixture.produce('alice', 'a', [OPUS], [{ ssrc: 10 }]);
  fixture.produce('bob', 'b', [OPUS], [{ ssrc: 11 }]);
  const alice = new RtpSource({ ssrc: 10, payloadType: 111 });
  const bob = new RtpSource({ ssrc: 11, payloadType: 111 });
  for (let packet = 0; packet < 150; packet += 1) {
    fixture.rtpFrom('alice', alice.opus({ audioLevel: 0x80 | (packet % 2 === 0 ? 20 : 35) }));
    fixture.rtpFrom('bob', bob.opus({ audioLevel: 127 }));
    fixture.run(20_000);
  }
  t.equal(fixture.eventsOf('activeSpeaker').at(-1)?.producerId, 'a');
  fixture.command({ type: 'closeProducer', producerId: 'a' });
  fixture.run(5_000_000);
  t.equal(fixture.eventsOf('activeSpeaker').at(-1)?.producerId, null);
  t.end();
});
