import t from 'tap';
import { ExtensionReader } from '../../../src/rtp/extension-reader.ts';
import { parseRtpPacket, type RtpPacket } from '../../../src/rtp/rtp-packet.ts';
import type { ProducerEncoding, RtpCodec } from '../../../src/sfu/commands.ts';
import { type ListenedProducer, type ListenedStream, RtpListener } from '../../../src/sfu/rtp-listener.ts';

const feedback = { nack: true, pli: true, fir: true, transportCc: true, remb: false };
const vp8: RtpCodec = { name: 'vp8', payloadType: 96, clockRate: 90_000, rtxPayloadType: 97, ...feedback };
const opus: RtpCodec = { name: 'opus', payloadType: 111, clockRate: 48_000, ...feedback };

const producer = (
  mid: string,
  codecs: RtpCodec[],
  signalled: ProducerEncoding[],
): ListenedProducer<string> => ({
  mid,
  codecs,
  signalled,
  encodings: signalled.map((encoding, index) => `${mid}/${encoding.rid ?? index}`),
});

/** A packet with the elements given: mid 1, rid 2, repaired rid 3. */
function packet(
  payloadType: number,
  ssrc: number,
  named: { mid?: string; rid?: string; repairedRid?: string },
): RtpPacket {
  const parts = [named.mid, named.rid, named.repairedRid].flatMap((text, index) =>
    text === undefined ? [] : [Buffer.from([((index + 1) << 4) | (text.length - 1)]), Buffer.from(text)],
  );
  const elements = Buffer.concat(parts);
  const block = Buffer.alloc(Math.ceil(elements.length / 4) * 4);
  elements.copy(block);
  const head = Buffer.alloc(16);
  head[0] = 0x90;
  head[1] = payloadType;
  head.writeUInt32BE(ssrc, 8);
  head.writeUInt16BE(0xbede, 12);
  head.writeUInt16BE(block.length / 4, 14);
  return parseRtpPacket(Buffer.concat([head, block, Buffer.from([0, 0, 1])]))!;
}

function learner(listener: RtpListener<string, ListenedProducer<string>>) {
  const reader = new ExtensionReader({ mid: 1, rid: 2, repairedRid: 3 });
  return (incoming: RtpPacket): ListenedStream<string, ListenedProducer<string>> | undefined => {
    reader.read(incoming);
    return listener.get(incoming.ssrc) ?? listener.learn(incoming, reader);
  };
}

t.test('simulcast streams are learned from mid and rid once, then known by SSRC alone', (t) => {
  const listener = new RtpListener<string, ListenedProducer<string>>();
  listener.addProducer(producer('0', [vp8], [{ rid: 'l' }, { rid: 'm' }, { rid: 'h' }]));
  const learn = learner(listener);
  t.match(learn(packet(96, 11, { mid: '0', rid: 'm' })), { encoding: '0/m', ssrc: 11, repair: false });
  t.match(learn(packet(96, 11, {})), { encoding: '0/m' }, 'without extensions');
  t.match(learn(packet(97, 12, { mid: '0', repairedRid: 'm' })), { encoding: '0/m', ssrc: 12, repair: true });
  t.match(learn(packet(97, 13, { mid: '0', rid: 'h' })), { encoding: '0/h', ssrc: 13, repair: true });
  t.match(learn(packet(96, 14, { rid: 'l' })), { encoding: '0/l' }, 'by rid, there is but one producer');
  t.equal(learn(packet(96, 15, { mid: '0' })), undefined, 'simulcast without rid cannot be told apart');
  t.equal(learn(packet(96, 16, { mid: '0', rid: 'x' })), undefined, 'an unknown rid');
  t.equal(learn(packet(96, 17, { mid: '9', rid: 'l' })), undefined, 'an unknown mid');
  t.end();
});

t.test('the same rid on two media lines is told apart by mid', (t) => {
  const listener = new RtpListener<string, ListenedProducer<string>>();
  listener.addProducer(producer('0', [vp8], [{ rid: 'l' }, { rid: 'h' }]));
  listener.addProducer(producer('1', [vp8], [{ rid: 'l' }, { rid: 'h' }]));
  const learn = learner(listener);
  t.match(learn(packet(96, 1, { mid: '1', rid: 'l' })), { encoding: '1/l' });
  t.match(learn(packet(96, 2, { mid: '0', rid: 'l' })), { encoding: '0/l' });
  t.equal(learn(packet(96, 3, { rid: 'l' })), undefined, 'without mid it is ambiguous');
  t.end();
});

t.test('signalled SSRCs need no extension; the payload type alone serves where it is unique', (t) => {
  const listener = new RtpListener<string, ListenedProducer<string>>();
  listener.addProducer(producer('0', [vp8], [{ ssrc: 5, rtxSsrc: 6 }]));
  listener.addProducer(producer('1', [opus], [{}]));
  const learn = learner(listener);
  t.match(learn(packet(97, 6, {})), { encoding: '0/0', ssrc: 6, repair: true });
  t.match(learn(packet(111, 77, {})), { encoding: '1/0', ssrc: 77, repair: false });
  t.equal(learn(packet(100, 78, { mid: '1' })), undefined, 'a payload type that was not negotiated');
  t.end();
});

t.test('a new SSRC takes the place of the old one, so the table stays small', (t) => {
  const listener = new RtpListener<string, ListenedProducer<string>>();
  const added = producer('0', [vp8], [{}]);
  listener.addProducer(added);
  const learn = learner(listener);
  for (let ssrc = 1; ssrc <= 1000; ssrc += 1) learn(packet(96, ssrc, { mid: '0' }));
  t.match([...listener.streams()], [{ encoding: '0/0', ssrc: 1000, repair: false }]);
  listener.removeProducer(added);
  t.same([...listener.streams()], []);
  t.equal(learn(packet(96, 1, { mid: '0' })), undefined);
  listener.removeProducer(added);
  t.end();
});

t.test('an SSRC of one producer cannot be taken over by another', (t) => {
  const listener = new RtpListener<string, ListenedProducer<string>>();
  listener.addProducer(producer('0', [vp8], [{ ssrc: 5 }]));
  listener.addProducer(producer('1', [vp8], [{ ssrc: 5 }]));
  t.equal(listener.get(5)?.encoding, '0/0');
  t.end();
});

t.test('what still comes of a closed camera does not take the place of the screen', (t) => {
  const listener = new RtpListener<string, ListenedProducer<string>>();
  const camera = producer('0', [vp8], [{ rid: 'l' }, { rid: 'h' }]);
  listener.addProducer(camera);
  listener.addProducer(producer('1', [vp8], [{}]));
  const learn = learner(listener);
  learn(packet(96, 11, { mid: '0', rid: 'h' }));
  learn(packet(96, 21, { mid: '1' }));
  listener.removeProducer(camera);
  t.equal(learn(packet(96, 11, {})), undefined);
  t.match(learn(packet(96, 21, {})), { encoding: '1/0', ssrc: 21 });
  t.match(learn(packet(96, 22, { mid: '1' })), { encoding: '1/0', ssrc: 22 }, 'one that gives its mid may');
  t.end();
});

t.test('a simulcast layer that was switched off by BYE comes back on its SSRC without mid and rid', (t) => {
  const listener = new RtpListener<string, ListenedProducer<string>>();
  const camera = producer('0', [vp8], [{ rid: 'l' }, { rid: 'h' }]);
  listener.addProducer(camera);
  const learn = learner(listener);
  learn(packet(96, 11, { mid: '0', rid: 'h' }));
  listener.leave(11);
  t.match(learn(packet(96, 11, {})), { encoding: '0/h' });
  listener.removeProducer(camera);
  t.same([...listener.streams()], []);
  t.end();
});

t.test('a device without mid goes on with another SSRC after its BYE', (t) => {
  const listener = new RtpListener<string, ListenedProducer<string>>();
  listener.addProducer(producer('0', [vp8], [{ ssrc: 5 }]));
  const learn = learner(listener);
  t.equal(learn(packet(96, 6, {})), undefined, 'not while the first is there');
  listener.leave(5);
  listener.leave(99);
  t.match(learn(packet(96, 6, {})), { encoding: '0/0', ssrc: 6 });
  t.equal(listener.get(5), undefined);
  t.end();
});
