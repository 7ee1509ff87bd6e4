import t from 'tap';
import type { ToWorker } from '../../../../src/transport/media-messages.ts';
import type {
  NegotiationLine,
  ProducerDescription,
} from '../../../../src/transport/sdp/negotiation-types.ts';
import type { PeerNegotiation } from '../../../../src/transport/sdp/peer-negotiation.ts';
import { editOffer, plainOffer, vector } from '../../../helpers/sdp-vectors.ts';
import { makeNegotiation, testCandidates, testFingerprint } from '../../../helpers/test-negotiation.ts';

const producers = new Map<string, ProducerDescription>();
for (const [producerId, kind, name] of [
  ['mic', 'audio', 'opus'],
  ['cam', 'video', 'vp8'],
  ['cam9', 'video', 'vp9'],
] as const) {
  producers.set(producerId, { producerId, kind, streamId: 'alice', codecs: [{ name, parameters: {} }] });
}

function negotiate(peer: PeerNegotiation, sdp: string, lines: readonly NegotiationLine[] = []) {
  return peer.negotiate({ sdp, lines }, (id) => producers.get(id));
}

const both: readonly NegotiationLine[] = [
  { mid: '0', publish: { source: 'microphone' } },
  { mid: '1', publish: { source: 'camera' } },
];
const receiving: readonly NegotiationLine[] = [
  { mid: '0', subscribe: { producerId: 'mic' } },
  { mid: '1', subscribe: { producerId: 'cam', wanted: { maxHeight: 360 }, paused: true } },
  { mid: '2', subscribe: { producerId: 'cam9' } },
];

/** `createProducer`, `connectTransport`, … in their order. */
const kinds = (messages: readonly ToWorker[]) =>
  messages.map((message) => (message.type === 'router' ? message.command.type : message.type));

function section(sdp: string, mid: string): string {
  return sdp.split(/(?=^m=)/m).find((part) => part.includes(`a=mid:${mid}\r\n`)) ?? '';
}

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

t.test('the same offer again tells the worker nothing', async (test) => {
  const peer = makeNegotiation();
  const first = negotiate(peer, plainOffer, both);
  for (const lines of [[], both]) {
    const again = negotiate(peer, plainOffer, lines);
    test.same(again.messages, []);
    test.same(again.published, []);
    test.same(again.lines, first.lines);
  }
  const last = negotiate(peer, plainOffer, both).sdp;
  test.equal(last.replace('1001 4 IN', '1001 1 IN'), first.sdp, 'only the version differs');
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

t.test('simulcast that cannot be told apart is refused', async (test) => {
  const sim = editOffer(/^a=ssrc-group:FID/m, 'a=ssrc-group:SIM 1 2\r\na=ssrc-group:FID');
  const noRid = editOffer(/^a=extmap:\d+ \S+rtp-stream-id\r\n/m, '', vector('chromium-vp8-simulcast'));
  test.throws(() => negotiate(makeNegotiation(), sim, both), {
    code: 'sdp_invalid',
    message: /ssrc-group:SIM/,
  });
  test.throws(() => negotiate(makeNegotiation(), noRid, [{ mid: '0', publish: { source: 'camera' } }]), {
    code: 'sdp_invalid',
    message: /rtp-stream-id/,
  });
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
    },
  });
  test.match(section(result.sdp, '0'), 'a=msid:alice id1\r\na=ssrc:1002 cname:alice\r\n');
  test.match(
    section(result.sdp, '1'),
    'a=msid:alice id2\r\na=ssrc-group:FID 1003 1004\r\na=ssrc:1003 cname:alice\r\na=ssrc:1004 cname:alice\r\n',
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
      ? [message.command.ssrc, message.command.rtxSsrc ?? -1]
      : [],
  );
  test.same(ssrcs, [0xffff_ffff, -1, 1, 2, 3, 7]);
});

t.test('the same producer may be shown twice', async (test) => {
  const { sdp } = negotiate(makeNegotiation(), vector('chromium-receive-only'), [
    { mid: '1', subscribe: { producerId: 'cam' } },
    { mid: '2', subscribe: { producerId: 'cam' } },
  ]);
  const msids = sdp.match(/^a=msid:.*$/gm) ?? [];
  test.equal(new Set(msids).size, 2, 'Chromium refuses an answer with one msid on two lines');
});

t.test('a line that goes inactive ends what it carried, and can carry something else', async (test) => {
  const peer = makeNegotiation();
  const offer = vector('chromium-receive-only');
  const first = negotiate(peer, offer, receiving);
  const inactive = offer.replace(/(a=mid:1\r\n(?:(?!m=)[\s\S])*?)a=recvonly/, '$1a=inactive');
  const second = negotiate(peer, inactive);
  test.same(second.endedConsumers, [first.subscribed[1]?.consumerId]);
  test.same(kinds(second.messages), ['closeConsumer']);
  test.match(section(second.sdp, '1'), 'a=inactive\r\n');
  test.notMatch(section(second.sdp, '1'), 'a=msid');
  const third = negotiate(peer, offer);
  test.same(third.messages, [], 'active again without being named carries nothing');
  const fourth = negotiate(peer, offer, [{ mid: '1', subscribe: { producerId: 'cam9' } }]);
  test.same(kinds(fourth.messages), ['createConsumer']);
  test.match(section(fourth.sdp, '1'), 'VP9/90000');
});

t.test('a line that is told to carry something else closes the old before it makes the new', async (test) => {
  const peer = makeNegotiation();
  const offer = vector('chromium-receive-only');
  const first = negotiate(peer, offer, receiving);
  const second = negotiate(peer, offer, [{ mid: '1', subscribe: { producerId: 'cam9' } }]);
  test.same(kinds(second.messages), ['closeConsumer', 'createConsumer']);
  test.same(second.endedConsumers, [first.subscribed[1]?.consumerId]);
  test.match(second.subscribed, [{ mid: '1', producerId: 'cam9' }]);
  test.equal(second.lines.length, 3);
});

t.test('another source on a line is another producer', async (test) => {
  const peer = makeNegotiation();
  const first = negotiate(peer, plainOffer, both);
  const second = negotiate(peer, plainOffer, [{ mid: '1', publish: { source: 'screen', muted: true } }]);
  test.same(kinds(second.messages), ['closeProducer', 'createProducer']);
  test.same(second.endedProducers, [first.published[1]?.producerId]);
  test.match(second.messages[1], { command: { paused: true } });
});

t.test('a line may turn from sending to receiving', async (test) => {
  const peer = makeNegotiation();
  const sendrecv = vector('safari-h264');
  negotiate(peer, sendrecv, both);
  const second = negotiate(peer, sendrecv, [{ mid: '0', subscribe: { producerId: 'mic' } }]);
  test.same(kinds(second.messages), ['closeProducer', 'createConsumer']);
  test.match(section(second.sdp, '0'), 'a=sendonly\r\n');
});

t.test('a stopped line is answered with port 0 and its place taken by a new mid', async (test) => {
  const peer = makeNegotiation();
  const first = negotiate(peer, plainOffer, both);
  const stopped = editOffer(/^m=video 9/m, 'm=video 0').replace('BUNDLE 0 1', 'BUNDLE 0');
  const second = negotiate(peer, stopped);
  test.same(second.endedProducers, [first.published[1]?.producerId]);
  test.match(section(second.sdp, '1'), /^m=video 0 /);
  test.match(second.sdp, 'a=group:BUNDLE 0\r\n');
  const recycled = plainOffer.replace('BUNDLE 0 1', 'BUNDLE 0 x').replace('a=mid:1', 'a=mid:x');
  const third = negotiate(peer, recycled, [{ mid: 'x', publish: { source: 'screen' } }]);
  test.same(
    third.published.map(({ mid }) => mid),
    ['x'],
  );
  const direct = makeNegotiation();
  negotiate(direct, plainOffer, both);
  test.same(negotiate(direct, recycled).endedProducers, ['id2'], 'a mid that vanished has ended');
});

t.test('changed ICE credentials are an ICE restart with new ones of ours', async (test) => {
  const peer = makeNegotiation();
  negotiate(peer, plainOffer, both);
  const restarted = plainOffer.replaceAll(/a=ice-ufrag:.*(?=\r)/g, 'a=ice-ufrag:NewUfrag');
  const result = negotiate(peer, restarted);
  test.same(kinds(result.messages), ['connectTransport']);
  test.match(result.messages[0], {
    local: { usernameFragment: 'srv2' },
    remote: { usernameFragment: 'NewUfrag' },
  });
  test.match(result.sdp, 'a=ice-ufrag:srv2\r\n');
});

t.test('an ICE restart by fragment counts for the offers after it', async (test) => {
  const peer = makeNegotiation();
  test.throws(
    () => peer.restartIce({ usernameFragment: 'NewUfrag', password: 'p'.repeat(24) }),
    /negotiated/,
  );
  test.equal(peer.ice, undefined);
  negotiate(peer, plainOffer, both);
  const password = /(?<=a=ice-pwd:).*(?=\r)/.exec(plainOffer)![0];
  const { local, fragment, messages } = peer.restartIce({ usernameFragment: 'NewUfrag', password });
  test.same(kinds(messages), ['connectTransport']);
  test.equal(local.usernameFragment, 'srv2');
  test.match(
    fragment,
    /^a=ice-lite\r\n.*a=ice-ufrag:srv2\r\n.*a=mid:0\r\na=candidate.*a=end-of-candidates\r\n$/s,
  );
  const restarted = plainOffer.replaceAll(/a=ice-ufrag:.*(?=\r)/g, 'a=ice-ufrag:NewUfrag');
  test.same(negotiate(peer, restarted).messages, []);
  test.match(peer.ice, { local: { usernameFragment: 'srv2' }, remote: { usernameFragment: 'NewUfrag' } });
});

t.test('another fingerprint needs an ICE restart with it', async (test) => {
  const peer = makeNegotiation();
  negotiate(peer, plainOffer, both);
  const other = plainOffer.replaceAll(
    /a=fingerprint:.*(?=\r)/g,
    `a=fingerprint:sha-256 ${testFingerprint.value}`,
  );
  test.throws(() => negotiate(peer, other), { code: 'sdp_invalid', message: /fingerprint changed/ });
  const restarted = other.replaceAll(/a=ice-ufrag:.*(?=\r)/g, 'a=ice-ufrag:NewUfrag');
  test.match(negotiate(peer, restarted).messages, [{ fingerprints: [testFingerprint] }]);
});

t.test('extensions that come with later lines update the transport first', async (test) => {
  const peer = makeNegotiation();
  negotiate(peer, plainOffer, [both[0]!]);
  const result = negotiate(peer, plainOffer, both);
  test.same(kinds(result.messages), ['updateTransport', 'createProducer']);
  test.match(result.messages[0], { command: { extensionIds: { videoOrientation: 13, mid: 4 } } });
});

t.test('a producer or consumer that ended elsewhere leaves its line inactive', async (test) => {
  const peer = makeNegotiation();
  negotiate(peer, plainOffer, both);
  peer.release('id2');
  peer.release('never heard of');
  const result = negotiate(peer, plainOffer);
  test.same(result.messages, [{ type: 'router', roomId: 'room', command: updateWithoutVideo }]);
  test.same(result.endedProducers, [], 'it was told already');
  test.match(section(result.sdp, '1'), 'a=inactive\r\n');
});

const updateWithoutVideo = {
  type: 'updateTransport',
  transportId: 'transport',
  extensionIds: { mid: 4, transportCc: 3, absSendTime: 2, audioLevel: 1 },
  mixedExtensions: true,
};

t.test('a refused offer changes nothing', async (test) => {
  const rows: readonly [string, string, readonly NegotiationLine[], string, RegExp][] = [
    ['a broken offer', editOffer(/^a=mid:1$/m, 'a=mid:0'), [], 'sdp_invalid', /two media lines/],
    [
      'fewer lines',
      plainOffer.split(/(?=^m=video)/m)[0]!.replace('BUNDLE 0 1', 'BUNDLE 0'),
      [],
      'sdp_invalid',
      /fewer/,
    ],
    [
      'an unknown mid',
      plainOffer,
      [{ mid: '7', publish: { source: 'camera' } }],
      'sdp_invalid',
      /does not have/,
    ],
    ['a mid named twice', plainOffer, [both[0]!, both[0]!], 'sdp_invalid', /twice/],
    ['a line for nothing', plainOffer, [{ mid: '0' }], 'sdp_invalid', /exactly one/],
    [
      'a line for both',
      plainOffer,
      [{ mid: '0', publish: { source: 'x' }, subscribe: { producerId: 'mic' } }],
      'sdp_invalid',
      /exactly one/,
    ],
    [
      'a subscription on a sending line',
      plainOffer,
      [{ mid: '0', subscribe: { producerId: 'mic' } }],
      'sdp_invalid',
      /sendonly/,
    ],
    [
      'a video on an audio line',
      editOffer(/^a=sendonly/m, 'a=recvonly'),
      [{ mid: '0', subscribe: { producerId: 'cam' } }],
      'sdp_invalid',
      /is audio but/,
    ],
    [
      'a producer that is gone',
      editOffer(/^a=sendonly/m, 'a=recvonly'),
      [{ mid: '0', subscribe: { producerId: 'gone' } }],
      'producer_unknown',
      /"gone"/,
    ],
    ['rtcp-mux missing', plainOffer.replaceAll('a=rtcp-mux\r\n', ''), [], 'sdp_invalid', /rtcp-mux/],
    [
      'a client that waits for DTLS',
      plainOffer.replaceAll('setup:actpass', 'setup:passive'),
      [],
      'sdp_invalid',
      /setup/,
    ],
    [
      'no fingerprint',
      plainOffer.replaceAll(/a=fingerprint:.*\r\n/g, ''),
      [],
      'sdp_invalid',
      /no a=fingerprint/,
    ],
    [
      'only a fingerprint by SHA-1',
      plainOffer.replaceAll(/a=fingerprint:.*(?=\r)/g, `a=fingerprint:sha-1 ${'AB:'.repeat(19)}AB`),
      [],
      'sdp_invalid',
      /no a=fingerprint/,
    ],
    [
      'no ICE credentials',
      plainOffer.replaceAll(/a=ice-(ufrag|pwd):.*\r\n/g, ''),
      [],
      'sdp_invalid',
      /no a=ice-ufrag/,
    ],
    [
      'the codec in use taken away',
      plainOffer.replaceAll('opus/48000', 'speex/48000'),
      [],
      'codec_unsupported',
      /no longer/,
    ],
  ];
  for (const [name, sdp, lines, code, message] of rows) {
    const peer = makeNegotiation();
    const first = negotiate(peer, plainOffer, both);
    test.throws(() => negotiate(peer, sdp, lines), { code, message }, name);
    const after = negotiate(peer, plainOffer);
    test.same(after.lines, first.lines, `${name}: lines are as before`);
    test.same(after.messages, [], `${name}: nothing is told`);
    test.match(after.sdp, 'o=- 1001 2 ', `${name}: no version was used up`);
  }
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
  const limits = { maxProducers: 1, maxConsumers: 2 };
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

t.test('an offer with nothing to carry is refused at first', async (test) => {
  const nothing = plainOffer.replaceAll(/^m=(audio|video) 9/gm, 'm=$1 0');
  test.throws(() => negotiate(makeNegotiation(), nothing), { code: 'sdp_invalid', message: /can be used/ });
  const peer = makeNegotiation();
  negotiate(peer, plainOffer, both);
  const ended = negotiate(peer, nothing);
  test.same(kinds(ended.messages), ['closeProducer', 'closeProducer']);
  test.notMatch(ended.sdp, 'a=group');
});

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
