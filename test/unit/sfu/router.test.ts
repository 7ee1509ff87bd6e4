import t from 'tap';
import { readPli } from '../../../src/rtp/rtcp/key-frame-request.ts';
import { RTCP_TYPE } from '../../../src/rtp/rtcp/rtcp-packet.ts';
import { readSenderReport, writeSenderReport } from '../../../src/rtp/rtcp/sender-report.ts';
import { OPUS, OUT_VP8, oneToOne, VP8 } from '../../helpers/one-to-one.ts';
import { extensionsOf, RouterFixture } from '../../helpers/router-fixture.ts';
import { RtpSource } from '../../helpers/rtp-source.ts';

const PLI = 1;

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

t.test('after the publisher changed its SSRC no sender report speaks by the clock of the old one', (t) => {
  const { fixture, source, send } = oneToOne();
  const report = Buffer.alloc(28);
  const reportOf = (ssrc: number, rtpTimestamp: number, ntpSeconds: number): void => {
    const counts = { packetCount: 1, octetCount: 1, reports: [] };
    writeSenderReport(report, 0, { ssrc, ntpSeconds, ntpFraction: 0, rtpTimestamp, ...counts });
    fixture.rtcpFrom('alice', report);
  };
  send(source.vp8(1, { keyFrame: true }));
  reportOf(10, source.timestamp, 3_900_000_000);
  fixture.run(2_000_000);
  fixture.rtcp.length = 0;
  const other = new RtpSource({ ssrc: 30, payloadType: 96, mid: 'camera', timestamp: 77 });
  send(other.vp8(1, { keyFrame: true }));
  const began = fixture.sentTo('bob').at(-1)!.timestamp;
  fixture.run(2_000_000);
  t.equal(fixture.rtcpTo('bob', RTCP_TYPE.senderReport).length, 0, 'none before the new one is known');
  reportOf(30, 77 + 180_000, 3_900_000_004);
  fixture.run(2_000_000);
  const reports = fixture.rtcpTo('bob', RTCP_TYPE.senderReport).map((packet) => readSenderReport(packet)!);
  t.ok(reports.length > 0);
  for (const { rtpTimestamp } of reports) {
    const ticks = (rtpTimestamp - began) | 0;
    t.ok(ticks > 170_000 && ticks < 370_000, `${ticks} ticks after the picture`);
  }
  t.end();
});
