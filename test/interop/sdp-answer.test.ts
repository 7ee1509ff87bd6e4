/** A real Chromium offers, PeerNegotiation answers, and Chromium must take every answer. No media flows. */
import { type Browser, chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import type { CodecDescription } from '../../src/transport/sdp/codec-negotiation.ts';
import type { NegotiationLine, ProducerDescription } from '../../src/transport/sdp/negotiation-types.ts';
import type { PeerNegotiation } from '../../src/transport/sdp/peer-negotiation.ts';
import { chromiumOffers } from '../helpers/chromium-offers.ts';
import type { WebRtcPage } from '../helpers/page-webrtc.ts';
import { makeNegotiation, section } from '../helpers/test-negotiation.ts';

/** What a page tells after it took an answer, by transceiver. */
interface Taken {
  readonly directions: readonly (string | null)[];
  /** What it sends; null on lines that receive. */
  readonly codecs: readonly (string | null)[];
  readonly encodings: readonly number[];
  /** Of the tracks that came with this answer. */
  readonly streamIds: readonly string[];
}

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const browser: Browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
t.teardown(() => browser.close());

const producers = new Map<string, ProducerDescription>();

function addProducer(
  producerId: string,
  streamId: string,
  kind: 'audio' | 'video',
  codec: CodecDescription,
): void {
  producers.set(producerId, { producerId, streamId, kind, codecs: [codec] });
}

addProducer('cam-vp8', 'alice', 'video', { name: 'vp8', parameters: {} });
addProducer('mic', 'alice', 'audio', { name: 'opus', parameters: {} });
addProducer('cam-vp9', 'bob', 'video', { name: 'vp9', parameters: { 'profile-id': '0' } });
addProducer('cam-av1', 'carol', 'video', { name: 'av1', parameters: { profile: '0' } });
addProducer('cam-h264', 'dave', 'video', { name: 'h264', parameters: { 'profile-level-id': '42e01f' } });
addProducer('cam-h264-high', 'erin', 'video', { name: 'h264', parameters: { 'profile-level-id': '640c29' } });

/** A page with one PeerConnection `pc`, whose offers this negotiation answers. */
async function openPeer(test: Test, peer: PeerNegotiation = makeNegotiation()) {
  const page = await browser.newPage();
  test.teardown(() => page.close());
  await page.evaluate(() => {
    const webRtc = globalThis as unknown as WebRtcPage;
    webRtc.pc = new webRtc.RTCPeerConnection();
  });
  return { page, peer };
}

async function offer(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const { pc } = globalThis as unknown as WebRtcPage;
    await pc.setLocalDescription();
    return pc.localDescription!.sdp;
  });
}

async function take(page: Page, sdp: string): Promise<Taken> {
  return page.evaluate(async (answer) => {
    const { pc } = globalThis as unknown as WebRtcPage;
    const streamIds: string[] = [];
    pc.ontrack = ({ streams }) => streamIds.push(streams.map(({ id }) => id).join());
    await pc.setRemoteDescription({ type: 'answer', sdp: answer });
    const transceivers = pc.getTransceivers();
    return {
      directions: transceivers.map(({ currentDirection }) => currentDirection),
      codecs: transceivers.map(({ sender, currentDirection }) =>
        currentDirection === 'sendonly' ? (sender.getParameters().codecs[0]?.mimeType ?? '') : null,
      ),
      encodings: transceivers.map(({ sender }) => sender.getParameters().encodings.length),
      streamIds,
    };
  }, sdp);
}

async function negotiate(page: Page, peer: PeerNegotiation, lines: readonly NegotiationLine[]) {
  const sdp = await offer(page);
  const result = peer.negotiate({ sdp, lines }, (id) => producers.get(id));
  return { offer: sdp, result, taken: await take(page, result.sdp) };
}

for (const [name, { prepare, lines, codecs, encodings }] of Object.entries(chromiumOffers)) {
  t.test(`Chromium takes the answer to its offer "${name}"`, async (test) => {
    const { page, peer } = await openPeer(test);
    await page.evaluate(prepare);
    const { taken, result } = await negotiate(page, peer, lines);
    test.same(taken.codecs, codecs, 'each line sends the codec meant');
    test.same(taken.encodings, encodings, 'no simulcast layer was refused');
    test.equal(result.lines.length, lines.length);
    const again = await negotiate(page, peer, lines);
    test.same(again.result.messages, [], 'the same offer again changes nothing');
    test.same(again.taken.directions, taken.directions);
  });
}

t.test('lines are added, ended, reused and recycled on one PeerConnection', async (test) => {
  const { page, peer } = await openPeer(test);
  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.addTransceiver('audio', { direction: 'sendonly' });
    pc.addTransceiver('video', {
      direction: 'sendonly',
      sendEncodings: ['l', 'm', 'h'].map((rid) => ({ rid })),
    });
  });
  const first = await negotiate(page, peer, [
    { mid: '0', publish: { source: 'microphone' } },
    { mid: '1', publish: { source: 'camera' } },
  ]);
  test.same(first.taken.directions, ['sendonly', 'sendonly']);

  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    for (const kind of ['audio', 'video', 'video', 'video', 'video']) {
      pc.addTransceiver(kind, { direction: 'recvonly' });
    }
  });
  const second = await negotiate(page, peer, [
    { mid: '2', subscribe: { producerId: 'mic' } },
    { mid: '3', subscribe: { producerId: 'cam-vp8' } },
    { mid: '4', subscribe: { producerId: 'cam-vp9' } },
    { mid: '5', subscribe: { producerId: 'cam-av1' } },
    { mid: '6', subscribe: { producerId: 'cam-h264' } },
  ]);
  test.same(second.taken.directions.slice(2), Array(5).fill('recvonly'));
  test.same(
    second.taken.streamIds,
    ['alice', 'alice', 'bob', 'carol', 'dave'],
    'camera and microphone of one publisher are one stream',
  );

  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.getTransceivers()[3]!.direction = 'inactive';
    pc.getTransceivers()[4]!.stop();
  });
  const third = await negotiate(page, peer, []);
  const consumers = new Map(second.result.subscribed.map(({ mid, consumerId }) => [mid, consumerId]));
  test.same(third.result.endedConsumers, [consumers.get('3'), consumers.get('4')]);

  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.getTransceivers()[3]!.direction = 'recvonly';
    pc.addTransceiver('video', { direction: 'recvonly' });
  });
  const fourth = await negotiate(page, peer, [
    { mid: '3', subscribe: { producerId: 'cam-av1' } },
    { mid: '7', subscribe: { producerId: 'cam-vp9' } },
  ]);
  test.equal(fourth.offer.match(/^m=/gm)?.length, 7, 'the stopped line was recycled');
  test.same(fourth.offer.match(/(?<=^a=mid:)\S+/gm), ['0', '1', '2', '3', '7', '5', '6']);
  test.same([fourth.taken.directions[3], fourth.taken.directions.at(-1)], ['recvonly', 'recvonly']);
  test.match(section(fourth.result.sdp, '3'), 'AV1/90000', 'a line shows another codec than before');
  test.match(section(fourth.result.sdp, '7'), 'VP9/90000');
});

t.test('simulcast may come after lines without it', async (test) => {
  const { page, peer } = await openPeer(test);
  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.addTransceiver('video', { direction: 'sendonly' });
    pc.addTransceiver('video', { direction: 'recvonly' });
    pc.addTransceiver('video', { direction: 'sendonly' });
  });
  await negotiate(page, peer, [
    { mid: '0', publish: { source: 'screen' } },
    { mid: '1', subscribe: { producerId: 'cam-vp8' } },
  ]);
  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.addTransceiver('video', { direction: 'sendonly', sendEncodings: [{ rid: 'l' }, { rid: 'h' }] });
  });
  const { taken } = await negotiate(page, peer, [
    { mid: '2', publish: { source: 'instrument' } },
    { mid: '3', publish: { source: 'camera' } },
  ]);
  test.same(taken.directions, ['sendonly', 'recvonly', 'sendonly', 'sendonly']);
  test.same(taken.encodings, [1, 1, 1, 2]);
});

t.test('an ICE restart gets new credentials, and by fragment too', async (test) => {
  const { page, peer } = await openPeer(test);
  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.addTransceiver('audio', { direction: 'sendonly' });
  });
  await negotiate(page, peer, [{ mid: '0', publish: { source: 'microphone' } }]);
  const before = peer.ice!.local;
  await page.evaluate(() => (globalThis as unknown as WebRtcPage).pc.restartIce());
  const { result } = await negotiate(page, peer, []);
  test.same(
    result.messages.map(({ type }) => type),
    ['connectTransport'],
  );
  test.not(peer.ice!.local.usernameFragment, before.usernameFragment);
  test.match(result.sdp, `a=ice-ufrag:${peer.ice!.local.usernameFragment}\r\n`);
});

t.test('everything stopped and rejected still leaves a connection that can be used again', async (test) => {
  const { page, peer } = await openPeer(test);
  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.addTransceiver('audio', { direction: 'sendonly' });
    pc.addTransceiver('video', { direction: 'sendonly' });
  });
  const first = await negotiate(page, peer, [{ mid: '1', publish: { source: 'screen' } }]);
  test.same(first.taken.directions, ['inactive', 'sendonly'], 'a line nobody named stays inactive');
  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    for (const transceiver of pc.getTransceivers()) transceiver.stop();
  });
  const second = await negotiate(page, peer, []);
  test.same(second.result.endedProducers, [first.result.published[0]?.producerId]);
  test.notMatch(second.result.sdp, 'BUNDLE');
  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.addTransceiver('video', { direction: 'recvonly' });
  });
  const mid = /a=mid:(\S+)\r\n(?:(?!m=)[\s\S])*a=recvonly/.exec(await offer(page))?.[1] ?? '';
  const third = await negotiate(page, peer, [{ mid, subscribe: { producerId: 'cam-h264-high' } }]);
  test.same(third.taken.directions, ['recvonly']);
  test.match(section(third.result.sdp, mid), 'H264/90000', 'High is shown to a peer that offers less');
});

t.test('a data channel is refused without harm to the media beside it', async (test) => {
  const { page, peer } = await openPeer(test);
  await page.evaluate(() => {
    const { pc } = globalThis as unknown as WebRtcPage;
    pc.createDataChannel('data');
    pc.addTransceiver('audio', { direction: 'sendonly' });
  });
  const { taken, result } = await negotiate(page, peer, [{ mid: '0', publish: { source: 'microphone' } }]);
  test.same(taken.directions, ['sendonly']);
  test.match(result.sdp, 'm=application 0 UDP/DTLS/SCTP');
});
