import t from 'tap';
import { keepFec, negotiateFec } from '../../../../src/transport/sdp/flexfec-negotiation.ts';
import { readOfferedCodecs } from '../../../../src/transport/sdp/offered-codec.ts';
import { splitFragment } from '../../../../src/transport/sdp/sdp-lines.ts';
import { editOffer, vector } from '../../../helpers/sdp-vectors.ts';
import { makeNegotiation, negotiate, receiving, section } from '../../../helpers/test-negotiation.ts';

const offered = (...lines: string[]) =>
  readOfferedCodecs(['96', '49'], splitFragment(['a=rtpmap:96 VP8/90000', ...lines].join('\n')).session);
const makeSsrc = () => 5;

t.test('FlexFEC of version 03 is taken as offered', async (test) => {
  const chromium = ['a=rtpmap:49 flexfec-03/90000', 'a=fmtp:49 repair-window=10000000'];
  const stream = { payloadType: 49, ssrc: 5 };
  test.same(negotiateFec(offered(...chromium, 'a=rtcp-fb:49 transport-cc'), makeSsrc), {
    ...stream,
    repairWindow: '10000000',
    transportCc: true,
  });
  test.match(negotiateFec(offered('a=rtpmap:49 FlexFEC-03/90000'), makeSsrc), {
    ...stream,
    repairWindow: '10000000',
    transportCc: false,
  });
  for (const odd of ['0', '-1', '1e9', '1;x', '99999999999']) {
    const codecs = offered('a=rtpmap:49 flexfec-03/90000', `a=fmtp:49 repair-window=${odd}`);
    test.match(negotiateFec(codecs, makeSsrc)?.repairWindow, /^1(0000000)?$/, `a window of ${odd}`);
  }
});

t.test('what is another format is no FlexFEC of version 03', async (test) => {
  test.equal(negotiateFec(offered(), makeSsrc), undefined);
  test.equal(negotiateFec(offered('a=rtpmap:49 flexfec/90000'), makeSsrc), undefined, 'RFC 8627');
  test.equal(negotiateFec(offered('a=rtpmap:49 flexfec-03/48000'), makeSsrc), undefined);
});

t.test('a later offer keeps the stream under its payload type or not at all', async (test) => {
  const fec = negotiateFec(offered('a=rtpmap:49 flexfec-03/90000'), makeSsrc)!;
  test.match(keepFec(offered('a=rtpmap:49 flexfec-03/90000'), fec), { payloadType: 49, ssrc: 5 });
  test.equal(keepFec(offered(), fec), undefined);
  test.equal(keepFec(offered('a=rtpmap:49 ulpfec/90000'), fec), undefined);
});

t.test('a subscriber that offers FlexFEC gets a stream of it beside each picture', async (test) => {
  const peer = makeNegotiation();
  const offer = vector('chromium-receive-only');
  const { sdp } = negotiate(peer, offer, receiving);
  const part = section(sdp, '1');
  test.match(part, /^m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97 49\r\n/);
  test.match(
    part,
    'a=rtpmap:49 flexfec-03/90000\r\na=fmtp:49 repair-window=10000000\r\na=rtcp-fb:49 transport-cc\r\n',
  );
  const [, media, fec] = /a=ssrc-group:FEC-FR (\d+) (\d+)/.exec(part)!;
  test.match(part, `a=ssrc-group:FID ${media} `);
  test.notMatch(section(sdp, '0'), 'flexfec', 'sound has RED instead');

  const again = negotiate(peer, offer);
  test.same(again.messages, []);
  test.match(section(again.sdp, '1'), `a=ssrc-group:FEC-FR ${media} ${fec}\r\n`);
  test.throws(() => negotiate(peer, editOffer(/a=rtpmap:49 flexfec-03/g, 'a=rtpmap:49 ulpfec', offer)), {
    code: 'codec_unsupported',
  });
});

t.test('a subscriber without FlexFEC gets none', async (test) => {
  const without = vector('chromium-receive-only').replace(/^a=\S+:49 .*\r\n/gm, '');
  const { sdp, messages } = negotiate(makeNegotiation(), without, receiving);
  test.notMatch(sdp, 'FEC-FR');
  test.notMatch(messages[3], { command: { fec: {} } });
});
