import t from 'tap';
import type { NegotiationLine } from '../../../../src/transport/sdp/negotiation-types.ts';
import { editOffer, plainOffer, vector } from '../../../helpers/sdp-vectors.ts';
import { both, kinds, makeNegotiation, negotiate } from '../../../helpers/test-negotiation.ts';

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

t.test('an offer with nothing to carry is refused at first', async (test) => {
  const nothing = plainOffer.replaceAll(/^m=(audio|video) 9/gm, 'm=$1 0');
  test.throws(() => negotiate(makeNegotiation(), nothing), { code: 'sdp_invalid', message: /can be used/ });
  const peer = makeNegotiation();
  negotiate(peer, plainOffer, both);
  const ended = negotiate(peer, nothing);
  test.same(kinds(ended.messages), ['closeProducer', 'closeProducer']);
  test.notMatch(ended.sdp, 'a=group');
});
