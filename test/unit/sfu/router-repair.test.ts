import t from 'tap';
import { readFir, readPli, writePli } from '../../../src/rtp/rtcp/key-frame-request.ts';
import { readNack, writeNack } from '../../../src/rtp/rtcp/nack.ts';
import { RTCP_TYPE } from '../../../src/rtp/rtcp/rtcp-packet.ts';
import { NOT_RECEIVED, readTransportCc } from '../../../src/rtp/rtcp/transport-cc.ts';
import { OPUS, OUT_VP8, oneToOne, VP8 } from '../../helpers/one-to-one.ts';
import { codec, extensionsOf, RouterFixture } from '../../helpers/router-fixture.ts';
import { RtpSource } from '../../helpers/rtp-source.ts';

const PLI = 1;
const NACK = 1;
const TRANSPORT_CC = 15;

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
  t.same(again.buffer, sent[2]!.buffer, 'to the byte: other ones under one SRTP index would betray its key');
  t.end();
});

t.test('a subscriber without RED hears the Opus inside, sent again too', (t) => {
  const fixture = new RouterFixture();
  const red = codec('red', 63);
  fixture.transport('alice', 'bob', 'carol');
  fixture.produce('alice', 'mic', [red, OPUS], [{ ssrc: 10 }]);
  fixture.consume('bob', 'b', 'mic', [{ ...OPUS, payloadType: 109 }], 20);
  fixture.consume('carol', 'c', 'mic', [red, OPUS], 30);
  const source = new RtpSource({ ssrc: 10, payloadType: 63 });
  const payload = Buffer.from('ef0f00026faabbddeeff', 'hex');
  fixture.rtpFrom('alice', source.packet(payload));
  fixture.rtpFrom('alice', source.packet(Buffer.from('ef0f', 'hex')));
  fixture.rtpFrom('alice', source.packet(payload));
  const bob = fixture.sentTo('bob');
  t.same(
    bob.map((packet) => [packet.payloadType, packet.payload.toString('hex')]),
    [
      [109, 'ddeeff'],
      [109, 'ddeeff'],
    ],
  );
  const [carol] = fixture.sentTo('carol');
  t.same([carol!.payloadType, carol!.payload.toString('hex')], [111, 'ddeeff'], 'no loss, no redundancy');
  const nack = Buffer.alloc(16);
  fixture.rtcpFrom('bob', nack.subarray(0, writeNack(nack, 0, 1, 20, [bob[0]!.sequenceNumber], 1)));
  t.same(fixture.sentTo('bob')[2]!.buffer, bob[0]!.buffer);
  t.equal(fixture.stats().drops.payloadMalformed, 2, 'one of each subscriber');
  t.end();
});

t.test('a NACK of a whole 64 KB datagram keeps no other room waiting', (t) => {
  const { fixture, source, send } = oneToOne();
  send(source.vp8(2, { keyFrame: true }));
  const nack = Buffer.alloc(60_000, 0xff);
  writeNack(nack, 0, 1, 20, [], 0);
  nack.writeUInt16BE(nack.length / 4 - 1, 2);
  fixture.rtcpFrom('bob', nack);
  const { consumers, drops } = fixture.stats();
  t.equal(consumers[0]!.nacksReceived, 0);
  t.equal(drops.rtcpTooLong, 1);
  t.end();
});

t.test('where NACK was not negotiated none is answered', (t) => {
  const fixture = new RouterFixture();
  const opus = { ...OPUS, nack: false };
  fixture.transport('alice', 'bob');
  fixture.produce('alice', 'mic', [opus], [{ ssrc: 10 }]);
  fixture.consume('bob', 'c', 'mic', [opus], 20);
  fixture.rtpFrom('alice', new RtpSource({ ssrc: 10, payloadType: 111 }).opus());
  const [sent] = fixture.sentTo('bob');
  t.ok(extensionsOf(sent!).transportCc >= 0, 'so it may have a transport-wide number');
  const nack = Buffer.alloc(16);
  fixture.rtcpFrom('bob', nack.subarray(0, writeNack(nack, 0, 1, 20, [sent!.sequenceNumber], 1)));
  t.equal(fixture.sentTo('bob').length, 1);
  t.equal(fixture.stats().drops.nackNotHeld, 1);
  t.end();
});

t.test('transport-cc feedback comes within 100 ms, and does not speak of what was lost', (t) => {
  const { fixture, source, send } = oneToOne();
  const packets = source.vp8(6, { keyFrame: true, transportCc: 65_533 });
  packets.splice(2, 2);
  send(packets);
  fixture.run(100_000);
  const told = fixture.rtcpTo('alice', RTCP_TYPE.transportFeedback, TRANSPORT_CC).map((packet) => {
    const { baseSequenceNumber, count, deltas } = readTransportCc(packet)!;
    return [baseSequenceNumber, count, Array.from(deltas).includes(NOT_RECEIVED)];
  });
  t.same(told, [
    [65_533, 2, false],
    [1, 2, false],
  ]);
  t.end();
});

t.test('a subscriber that asks for key frames all the time gets one a second, others theirs', (t) => {
  const { fixture, source, send } = oneToOne();
  send(source.vp8(1, { keyFrame: true }));
  const pli = Buffer.alloc(12);
  for (let tick = 0; tick < 200; tick += 1) {
    writePli(pli, 0, 1, 20);
    fixture.rtcpFrom('bob', pli);
    fixture.run(50_000);
    const { keyFrameRequests, keyFrames } = fixture.stats().producers[0]!.encodings[0]!;
    send(source.vp8(1, { keyFrame: keyFrameRequests > keyFrames - 1 }));
  }
  const asked = fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).length;
  t.ok(asked >= 10 && asked <= 16, `${asked} in 10 s`);
  t.ok(fixture.stats().drops.keyFrameOverBudget! > 50);
  t.end();
});
