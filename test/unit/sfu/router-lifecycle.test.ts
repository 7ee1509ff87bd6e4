import t from 'tap';
import { ExtensionReader } from '../../../src/rtp/extension-reader.ts';
import { readPli } from '../../../src/rtp/rtcp/key-frame-request.ts';
import { RTCP_TYPE } from '../../../src/rtp/rtcp/rtcp-packet.ts';
import { OPUS, OUT_VP8, oneToOne, VP8 } from '../../helpers/one-to-one.ts';
import { EXTENSION_IDS, RouterFixture } from '../../helpers/router-fixture.ts';
import { RtpSource } from '../../helpers/rtp-source.ts';

const NACK = 1;
const PLI = 1;

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

t.test('a paused camera that loses packets is asked for neither repairs nor key frames', (t) => {
  const { fixture, source, send } = oneToOne();
  send(source.vp8(1, { keyFrame: true }));
  fixture.command({ type: 'pauseProducer', producerId: 'camera' });
  for (let picture = 0; picture < 100; picture += 1) {
    send(source.vp8(2).slice(0, picture % 10 === 5 ? 1 : 2));
    fixture.run(33_000);
  }
  t.equal(fixture.rtcpTo('alice', RTCP_TYPE.transportFeedback, NACK).length, 0);
  t.equal(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).length, 0);
  t.end();
});

t.test('a layer that stopped before its key frame came is not asked for one for ever', (t) => {
  const fixture = new RouterFixture();
  fixture.transport('alice', 'bob');
  fixture.produce('alice', 'camera', [VP8], [{ rid: 'l' }, { rid: 'h' }]);
  const low = new RtpSource({ ssrc: 10, payloadType: 96, mid: 'camera', rid: 'l' });
  const high = new RtpSource({ ssrc: 12, payloadType: 96, mid: 'camera', rid: 'h', height: 720 });
  const picture = (of: RtpSource): void => {
    for (const packet of of.vp8(1)) fixture.rtpFrom('alice', packet);
  };
  picture(high);
  fixture.consume('bob', 'c', 'camera', [OUT_VP8], 20);
  const askedOfHigh = (): number =>
    fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).filter((pli) => readPli(pli) === 12).length;
  for (let times = 0; times < 30; times += 1) {
    picture(low);
    fixture.run(33_000);
  }
  const asked = askedOfHigh();
  t.ok(asked > 0);
  for (let times = 0; times < 150; times += 1) {
    picture(low);
    fixture.run(33_000);
  }
  t.equal(askedOfHigh(), asked);
  picture(high);
  fixture.run(33_000);
  t.ok(askedOfHigh() > asked, 'but when it is back');
  t.end();
});

t.test(
  'while a subscriber has no way open nothing is numbered for it, and then a key frame is asked for',
  (t) => {
    const { fixture, source, send } = oneToOne();
    const mic = new RtpSource({ ssrc: 12, payloadType: 111, mid: 'mic' });
    fixture.produce('alice', 'mic', [OPUS], [{ ssrc: 12 }]);
    fixture.consume('bob', 'm', 'mic', [OPUS], 30);
    send([...source.vp8(1, { keyFrame: true }), mic.opus()]);
    fixture.command({ type: 'suspendTransport', transportId: 'bob' });
    for (let times = 0; times < 50; times += 1) {
      send([...source.vp8(1, { keyFrame: times === 7 }), mic.opus()]);
      fixture.run(20_000);
    }
    fixture.command({ type: 'pauseProducer', producerId: 'camera' });
    fixture.command({ type: 'resumeProducer', producerId: 'camera' });
    fixture.command({ type: 'setConsumerLayers', consumerId: 'c', wanted: { maxHeight: 100 } });
    send(source.vp8(1, { keyFrame: true }));
    t.equal(fixture.sentTo('bob').length, 2);
    fixture.run(1_000_000);
    t.equal(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).length, 0);
    fixture.command({ type: 'resumeTransport', transportId: 'bob' });
    fixture.run(1_000);
    t.equal(fixture.rtcpTo('alice', RTCP_TYPE.payloadFeedback, PLI).length, 1);
    send([...source.vp8(1, { keyFrame: true }), mic.opus()]);
    for (const ssrc of [20, 30]) {
      const [before, after] = fixture.sentTo('bob', ssrc).map((packet) => packet.sequenceNumber);
      t.equal((after! - before!) & 0xffff, 1);
    }
    t.end();
  },
);

t.test('new header extension ids hold for the subscriptions that are there already', (t) => {
  const { fixture, source, send } = oneToOne();
  send(source.vp8(1, { keyFrame: true }));
  const extensionIds = { ...EXTENSION_IDS, mid: 7 };
  const update = { type: 'updateTransport', transportId: 'bob', mixedExtensions: true } as const;
  fixture.command({ ...update, extensionIds });
  send(source.vp8(1));
  const [before, after] = fixture.sentTo('bob').map((packet) => {
    const reader = new ExtensionReader(extensionIds);
    reader.read(packet);
    return packet.buffer.toString('latin1', reader.midOffset, reader.midOffset + reader.midLength);
  });
  t.same([before, after], ['', 'c']);
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
