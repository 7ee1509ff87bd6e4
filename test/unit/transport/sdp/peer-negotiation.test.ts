import t from 'tap';
import { editOffer, plainOffer, vector } from '../../../helpers/sdp-vectors.ts';
import {
  both,
  kinds,
  makeNegotiation,
  negotiate,
  receiving,
  section,
  testCandidates,
  testFingerprint,
} from '../../../helpers/test-negotiation.ts';

t.test('a first offer makes the transport, connects it, and makes producers', async (test) => {
  const peer = makeNegotiation();
  const result = negotiate(peer, plainOffer, both);
  test.same(kinds(result.messages), [
    'createTransport',
    'connectTransport',
    'createProducer',
    'createProducer',
  ]);
  const [create, connect, audio, video] = result.messages;
  test.match(create, {
    roomId: 'room',
    command: {
      transportId: 'transport',
      extensionIds: { mid: 4, transportCc: 3, audioLevel: 1 },
      mixedExtensions: true,
    },
  });
  test.match(connect, {
    roomId: 'room',
    transportId: 'transport',
    local: { usernameFragment: 'srv1' },
    remote: { usernameFragment: /(?<=a=ice-ufrag:).*(?=\r)/.exec(plainOffer)![0] },
    fingerprints: [{ algorithm: 'sha-256' }],
  });
  test.match(audio, { command: { producerId: 'id1', kind: 'audio', mid: '0', paused: false } });
  const ssrcs = /a=ssrc-group:FID (\d+) (\d+)/.exec(plainOffer)!.slice(1).map(Number);
  test.match(video, {
    command: {
      producerId: 'id2',
      kind: 'video',
      codecs: [
        { name: 'vp8', payloadType: 96, rtxPayloadType: 97, nack: true, pli: true, fir: true, remb: false },
      ],
      encodings: [{ ssrc: ssrcs[0], rtxSsrc: ssrcs[1] }],
    },
  });
  test.same(
    result.published.map(({ mid, producerId, kind, source, muted, codec, simulcast }) => [
      mid,
      producerId,
      kind,
      source,
      muted,
      codec,
      simulcast,
    ]),
    [
      ['0', 'id1', 'audio', 'microphone', false, 'opus', false],
      ['1', 'id2', 'video', 'camera', false, 'vp8', false],
    ],
  );
  test.same(result.lines, [
    { mid: '0', producerId: 'id1' },
    { mid: '1', producerId: 'id2' },
  ]);
});

t.test('an answer has one transport, one codec per line, and no REMB', async (test) => {
  const { sdp } = negotiate(makeNegotiation(), plainOffer, both);
  test.match(
    sdp,
    /^v=0\r\no=- 1001 1 IN IP4 127\.0\.0\.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE 0 1\r\n/,
  );
  test.match(section(sdp, '1'), /^m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97\r\n/);
  for (const mid of ['0', '1']) {
    const part = section(sdp, mid);
    for (const attribute of ['recvonly', 'setup:passive', 'ice-ufrag:srv1', 'rtcp-mux', 'rtcp-rsize']) {
      test.match(part, `a=${attribute}\r\n`);
    }
    test.match(part, `a=fingerprint:sha-256 ${testFingerprint.value}\r\n`);
  }
  test.equal(
    sdp.match(/^a=candidate:/gm)?.length,
    testCandidates.length,
    'candidates stand on one line only',
  );
  test.match(
    section(sdp, '0'),
    'a=candidate:2 1 tcp 1694498815 127.0.0.1 40001 typ host tcptype passive\r\n',
  );
  test.match(section(sdp, '0'), 'a=fmtp:111 minptime=10;useinbandfec=1\r\n');
  test.notMatch(sdp, 'goog-remb');
});

t.test('simulcast by rid is taken layer by layer, ordered by size for the Router only', async (test) => {
  const { sdp, messages, published } = negotiate(makeNegotiation(), vector('firefox-simulcast'), both);
  test.match(messages[3], { command: { encodings: [{ rid: 'low' }, { rid: 'medium' }, { rid: 'high' }] } });
  test.equal(published[1]?.simulcast, true);
  const part = section(sdp, '1');
  test.match(
    part,
    'a=rid:high recv\r\na=rid:medium recv\r\na=rid:low recv\r\na=simulcast:recv high;medium;low\r\n',
  );
  test.match(part, 'a=extmap:8/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n');
  test.notMatch(part, 'playout-delay', 'an extension only the client receives is of no use on its own line');
});

t.test('a subscriber gets a line per producer, each with SSRCs of its own', async (test) => {
  const result = negotiate(makeNegotiation(), vector('chromium-receive-only'), receiving);
  test.same(kinds(result.messages).slice(2), ['createConsumer', 'createConsumer', 'createConsumer']);
  test.match(result.messages[3], {
    command: {
      consumerId: 'id2',
      producerId: 'cam',
      mid: '1',
      cname: 'alice',
      paused: true,
      wanted: { maxHeight: 360 },
      codecs: [{ name: 'vp8' }],
      ssrc: 1003,
      rtxSsrc: 1004,
      fec: { payloadType: 49, ssrc: 1005 },
    },
  });
  test.match(section(result.sdp, '0'), 'a=msid:alice id1\r\na=ssrc:1002 cname:alice\r\n');
  test.match(
    section(result.sdp, '1'),
    'a=msid:alice id2\r\na=ssrc-group:FID 1003 1004\r\na=ssrc-group:FEC-FR 1003 1005\r\n' +
      'a=ssrc:1003 cname:alice\r\na=ssrc:1004 cname:alice\r\na=ssrc:1005 cname:alice\r\n',
  );
  test.match(section(result.sdp, '2'), 'a=rtpmap:98 VP9/90000\r\n');
  test.same(result.subscribed[0], { mid: '0', producerId: 'mic', consumerId: 'id1' });
  test.same(result.lines[0], { mid: '0', producerId: 'mic', consumerId: 'id1' });
});

t.test('SSRCs are never repeated or zero', async (test) => {
  const numbers = [1, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0, 7];
  const peer = makeNegotiation({ random32: () => numbers.shift() ?? 7 });
  const { messages } = negotiate(peer, vector('chromium-receive-only'), receiving);
  const ssrcs = messages.flatMap((message) =>
    message.type === 'router' && message.command.type === 'createConsumer'
      ? [message.command.ssrc, message.command.rtxSsrc ?? -1, message.command.fec?.ssrc ?? -1]
      : [],
  );
  test.same(ssrcs, [0xffff_ffff, -1, -1, 1, 2, 3, 7, 8, 9]);
});

t.test('the same producer may be shown twice', async (test) => {
  const { sdp } = negotiate(makeNegotiation(), vector('chromium-receive-only'), [
    { mid: '1', subscribe: { producerId: 'cam' } },
    { mid: '2', subscribe: { producerId: 'cam' } },
  ]);
  const msids = sdp.match(/^a=msid:.*$/gm) ?? [];
  test.equal(new Set(msids).size, 2, 'Chromium refuses an answer with one msid on two lines');
});

t.test('codecs that do not meet fail the offer, naming the line', async (test) => {
  const vp9Only = makeNegotiation({ codecs: ['vp9', 'opus'] });
  test.equal(negotiate(vp9Only, plainOffer, both).published[1]?.codec, 'vp9');
  test.throws(() => negotiate(makeNegotiation({ codecs: ['opus'] }), plainOffer, both), {
    code: 'codec_unsupported',
    details: { mid: '1' },
  });
  const noVp9 = vector('chromium-receive-only').replaceAll('VP9/90000', 'VPX/90000');
  test.throws(() => negotiate(makeNegotiation(), noVp9, receiving), {
    code: 'codec_unsupported',
    details: { mid: '2', producerId: 'cam9' },
  });
});

t.test('limits count what one PeerConnection carries', async (test) => {
  const limits = { maxProducers: 1, maxConsumers: 2, maxExtensionsPerLine: 64 };
  const peer = makeNegotiation({ limits });
  test.throws(() => negotiate(peer, plainOffer, both), {
    code: 'limit_reached',
    details: { limit: 'maxProducers' },
  });
  test.equal(negotiate(peer, plainOffer, [both[0]!]).published.length, 1, 'the limit itself is allowed');
  const receiver = makeNegotiation({ limits });
  const offer = vector('chromium-receive-only');
  test.throws(() => negotiate(receiver, offer, receiving), { code: 'limit_reached' });
  test.equal(negotiate(receiver, offer, receiving.slice(0, 2)).subscribed.length, 2);
});

t.test('header extensions of a media line are counted, and the limit itself is allowed', async (test) => {
  const most = Math.max(...['0', '1'].map((mid) => section(plainOffer, mid).split('a=extmap:').length - 1));
  test.ok(most > 1);
  const peerWith = (maxExtensionsPerLine: number) =>
    makeNegotiation({ limits: { maxProducers: 8, maxConsumers: 8, maxExtensionsPerLine } });
  test.throws(() => negotiate(peerWith(most - 1), plainOffer, both), {
    code: 'limit_reached',
    details: { limit: 'maxExtensionsPerLine', value: most - 1 },
  });
  test.equal(negotiate(peerWith(most), plainOffer, both).published.length, 2);
});

t.test(
  'lines beside the BUNDLE, of other media or protocols get port 0; naming them is an error',
  async (test) => {
    const rows: readonly [string, string, RegExp][] = [
      ['outside the group', editOffer(/BUNDLE 0 1/, 'BUNDLE 0'), /outside the BUNDLE/],
      ['the second where there is no group', editOffer(/^a=group.*\r\n/m, ''), /outside the BUNDLE/],
      ['text', editOffer(/^m=video/m, 'm=text'), /neither audio nor video/],
      ['plain RTP', editOffer(/^(m=video 9) \S+/m, '$1 RTP/AVP'), /protocol RTP\/AVP/],
    ];
    for (const [name, sdp, message] of rows) {
      test.match(section(negotiate(makeNegotiation(), sdp, [both[0]!]).sdp, '1'), /^m=\w+ 0 /, name);
      test.throws(() => negotiate(makeNegotiation(), sdp, both), { code: 'sdp_invalid', message }, name);
    }
    const alone = negotiate(makeNegotiation(), editOffer(/^a=group.*\r\n/m, ''), [both[0]!]);
    test.notMatch(alone.sdp, 'a=group', 'no group is answered where none was offered');
  },
);

t.test('devices are answered in their dialects', async (test) => {
  const rows: readonly [string, string, string, number[], object][] = [
    ['device-obs', '0', '1', [96, 97], { ssrc: 271828183 }],
    ['device-gstreamer', 'audio1', 'video0', [96, 97], { ssrc: 1618033988, rtxSsrc: 1618033989 }],
    ['device-ffmpeg', '0', '1', [106], { ssrc: 3735928560 }],
    ['safari-h264', '0', '1', [98, 99], { ssrc: 1732050811, rtxSsrc: 1732050812 }],
  ];
  for (const [name, audio, video, payloadTypes, encoding] of rows) {
    const result = negotiate(makeNegotiation(), vector(name), [
      { mid: audio, publish: { source: 'microphone' } },
      { mid: video, publish: { source: 'instrument' } },
    ]);
    test.match(section(result.sdp, video), `m=video 9 UDP/TLS/RTP/SAVPF ${payloadTypes.join(' ')}\r\n`, name);
    test.match(section(result.sdp, audio), 'm=audio 9 ', name);
    const create = result.messages.find(
      (message) => message.type === 'router' && 'mid' in message.command && message.command.mid === video,
    );
    test.match(create, { command: { encodings: [encoding] } }, name);
  }
  const gstreamer = negotiate(makeNegotiation(), vector('device-gstreamer'), [
    { mid: 'audio1', publish: { source: 'microphone' } },
  ]);
  test.match(
    gstreamer.sdp,
    'a=group:BUNDLE video0 audio1\r\n',
    "the offer's order is kept, its first line carries",
  );
  test.match(section(gstreamer.sdp, 'video0'), 'a=candidate');
});
