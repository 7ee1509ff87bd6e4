import t from 'tap';
import { askForRepair, startHigh, startKbits } from '../../../../web/sdk/asked-repair.ts';
import { plainOffer, vector } from '../../../helpers/sdp-vectors.ts';
import { both, makeNegotiation, negotiate, receiving, section } from '../../../helpers/test-negotiation.ts';

t.test('the server is asked to repair Opus by NACK, and agrees', async (test) => {
  test.notMatch(section(negotiate(makeNegotiation(), plainOffer, both).sdp, '0'), 'nack');
  const { sdp, messages } = negotiate(makeNegotiation(), askForRepair(plainOffer), both);
  test.match(section(sdp, '0'), 'a=rtcp-fb:111 nack\r\n');
  test.match(messages[2], { command: { codecs: [{ name: 'opus', nack: true }, { name: 'red' }] } });
  const receiver = negotiate(makeNegotiation(), askForRepair(vector('chromium-receive-only')), receiving);
  test.match(section(receiver.sdp, '0'), 'a=rtcp-fb:111 nack\r\n');
});

t.test('every offer stays as it is but for that', async (test) => {
  for (const name of ['chromium-h264', 'firefox-simulcast', 'safari-h264']) {
    const offer = vector(name);
    const asked = askForRepair(offer);
    test.equal(asked.replaceAll(/(?<=opus\/48000\/2\r\n)a=rtcp-fb:\d+ nack\r\n/g, ''), offer, name);
  }
  test.equal(askForRepair(''), '');
});

t.test('what is sent starts high, for every codec, and what is received is left alone', async (test) => {
  const answer = negotiate(makeNegotiation(), plainOffer, both).sdp;
  const video = section(startHigh(answer, 1500), '1');
  test.match(video, 'a=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate=1500\r\n');
  test.equal(
    startHigh(answer, 1500).length,
    answer.length + 'a=fmtp:96 x-google-start-bitrate=1500\r\n'.length,
  );
  const publish = [{ mid: '0', publish: { source: 'camera' } }];
  const h264 = startHigh(negotiate(makeNegotiation(), vector('chromium-h264'), publish).sdp, 1500);
  test.match(h264, /^a=fmtp:\d+ .*profile-level-id=42e01f;x-google-start-bitrate=1500\r$/m);
  const received = negotiate(makeNegotiation(), vector('chromium-receive-only'), receiving).sdp;
  test.equal(startHigh(received, 1500), received);
});

t.test('the start leaves room for repair within bounds', async (test) => {
  test.equal(startKbits([800_000]), 2_800);
  test.equal(startKbits([430_000, 370_000]), 2_800, 'layers count together');
  test.equal(startKbits([3_500_000, 1_240_000]), 3_000);
  test.equal(startKbits([]), 300);
});
