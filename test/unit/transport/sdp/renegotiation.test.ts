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

t.test('an answer has the candidates of its time', async (test) => {
  const candidates = [...testCandidates];
  const peer = makeNegotiation({ candidates });
  test.match(negotiate(peer, plainOffer, both).sdp, / 127\.0\.0\.1 40000 /);
  const moved = testCandidates.map((candidate) => ({ ...candidate, address: '192.0.2.7' }));
  candidates.splice(0, candidates.length, ...moved);
  const { sdp } = negotiate(peer, plainOffer);
  test.match(sdp, / 192\.0\.2\.7 40000 /);
  test.notMatch(sdp, '127.0.0.1 4000');
  const { fragment } = peer.restartIce({ usernameFragment: 'abcd', password: 'p'.repeat(24) });
  test.match(fragment, / 192\.0\.2\.7 40000 /);
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
  const [header = '', audio = ''] = plainOffer.split(/(?=^m=)/m);
  negotiate(peer, header.replace('BUNDLE 0 1', 'BUNDLE 0') + audio, [both[0]!]);
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
  test.same(result.messages, [], 'the line keeps its extensions');
  test.same(result.endedProducers, [], 'it was told already');
  test.match(section(result.sdp, '1'), 'a=inactive\r\n');
  test.match(section(result.sdp, '1'), 'a=extmap:4 ', 'or Chromium offers none on the lines it adds later');
});

t.test('a line may lose layers but not change or gain them', async (test) => {
  const peer = makeNegotiation();
  const offer = vector('chromium-vp8-simulcast');
  const layers = (rids: string) =>
    offer.replace(/a=simulcast:.*(?=\r)/, `a=simulcast:send ${rids}`).replaceAll(/(?<=a=rid:)h(?= )/g, 'x');
  negotiate(peer, offer, [{ mid: '0', publish: { source: 'camera' } }]);
  const fewer = negotiate(peer, layers('l;m'));
  test.same(fewer.messages, []);
  test.match(fewer.sdp, 'a=simulcast:recv l;m\r\n');
  const plain = offer.replace(/a=simulcast:.*\r\n/, '');
  for (const [name, sdp] of [
    ['another', layers('l;m;x')],
    ['only another', layers('x')],
    ['none', plain],
  ] as const) {
    test.throws(() => negotiate(peer, sdp), { code: 'sdp_invalid', message: /other rids/ }, name);
  }
  const single = makeNegotiation();
  negotiate(single, plain, [{ mid: '0', publish: { source: 'camera' } }]);
  test.throws(() => negotiate(single, offer), { code: 'sdp_invalid', message: /other rids/ });
});

t.test('a peer that would measure its round trip as a receiver is told to', async (test) => {
  const xr = 'a=rtcp-xr:rcvr-rtt=all\r\n';
  test.match(section(negotiate(makeNegotiation(), plainOffer, both).sdp, '1'), xr);
  const among = editOffer(/a=rtcp-xr:.*(?=\r)/g, 'a=rtcp-xr:pkt-loss-rle rcvr-rtt=all', plainOffer);
  test.match(section(negotiate(makeNegotiation(), among, both).sdp, '0'), xr);
  const without = plainOffer.replaceAll(/a=rtcp-xr:.*\r\n/g, '');
  test.notMatch(negotiate(makeNegotiation(), without, both).sdp, 'rtcp-xr');
});
