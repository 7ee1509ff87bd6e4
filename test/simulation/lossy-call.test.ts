/**
 * A call between two browsers through the real Router that begins on ways that lose packets, both legs and both
 * directions, in virtual time: how long the picture stands, and what ends that.
 */
import t from 'tap';
import { Unwrapper } from '../../src/base/unwrapper.ts';
import { writePli } from '../../src/rtp/rtcp/key-frame-request.ts';
import { BrowserPublisher } from '../helpers/browser-publisher.ts';
import { BrowserReceiver, ReceivedStream } from '../helpers/browser-receiver.ts';
import { codec, EXTENSION_IDS, RouterFixture } from '../helpers/router-fixture.ts';
import { ShownPictures } from '../helpers/shown-pictures.ts';

const SEEDS = [1, 2, 3, 4];
const SECONDS = 20;
const VIDEO = { ssrc: 20, rtxSsrc: 21, fecSsrc: 22 };

function play(loss: number, burst: number, seed: number): ShownPictures {
  const fixture = new RouterFixture(seed);
  const way = (offset: number) => ({ delayUs: 25_000, loss, burst, seed: seed + offset });
  const publisher = new BrowserPublisher(fixture, 'alice', { up: way(0), down: way(1000), redDepth: 2 });
  const extensionIds = { ...EXTENSION_IDS, playoutDelay: 7 };
  fixture.command({ type: 'createTransport', transportId: 'bob', extensionIds, mixedExtensions: true });
  fixture.command({
    type: 'createConsumer',
    transportId: 'bob',
    consumerId: 'picture',
    producerId: 'camera',
    mid: 'picture',
    codecs: [codec('vp8', 100, 101)],
    ssrc: VIDEO.ssrc,
    rtxSsrc: VIDEO.rtxSsrc,
    fec: { payloadType: 49, ssrc: VIDEO.fecSsrc },
    cname: 'alice',
    paused: false,
    wanted: {},
  });
  fixture.consume('bob', 'sound', 'microphone', [codec('red', 63), codec('opus', 111)], 30);
  const browser = new BrowserReceiver(fixture, 'bob', way(2000), way(3000));
  const video = new ReceivedStream(VIDEO.ssrc, VIDEO.rtxSsrc, VIDEO.fecSsrc);
  browser.streams.push(video, new ReceivedStream(30));
  const pictures = new ShownPictures();
  const numbers = new Unwrapper(16);
  fixture.onRtp = ({ transportId, packet }) => {
    fixture.rtp.length = 0;
    if (transportId !== 'bob') return;
    const { payload } = packet;
    if (packet.ssrc === VIDEO.ssrc) pictures.sent(numbers.unwrap(packet.sequenceNumber), packet, payload);
    if (packet.ssrc === VIDEO.rtxSsrc && payload.length > 2)
      pictures.sent(numbers.unwrap(payload.readUInt16BE(0)), packet, payload.subarray(2));
    browser.send(packet);
  };
  const toPublisher = fixture.onRtcp;
  fixture.onRtcp = (sent) => {
    fixture.rtcp.length = 0;
    toPublisher?.(sent);
    if (sent.transportId === 'bob') browser.sendRtcp(sent.packets);
  };
  const pli = Buffer.alloc(12);
  for (let ms = 0; ms < SECONDS * 1000; ms += 1) {
    publisher.run(1000);
    browser.step();
    if (pictures.step(video.arrivedUs, fixture.nowUs)) {
      writePli(pli, 0, 1, VIDEO.ssrc);
      browser.say(pli);
    }
    // As nack_requester.cc: nothing before a picture that was decoded is asked for.
    for (const number of video.missing.keys()) if (number < pictures.next) video.missing.delete(number);
  }
  return pictures;
}

/**
 * Bounds of decoding, of which the playout delay hides some 200 ms: ms to the first picture, of the longest gap between
 * two, and of that from the eighth second on.
 */
const BOUNDS = [
  [0.3, 1, 1_500, 800, 550],
  [0.3, 5, 1_500, 1_200, 600],
  [0.4, 1, 2_500, 1_200, 550],
  [0.5, 1, 3_000, 1_600, 800],
] as const;

for (const [loss, burst, first, longest, longestLater] of BOUNDS) {
  t.test(
    `at ${loss * 100} % loss${burst > 1 ? ` in bursts of ${burst}` : ''} no picture stands until it is given up`,
    async (t) => {
      for (const seed of SEEDS) {
        const { decodedUs, keyFrameRequestsUs } = play(loss, burst, seed);
        const startUs = 1_000_000;
        const gaps = decodedUs.map((atUs, index) => (atUs - (decodedUs[index - 1] ?? atUs)) / 1000);
        const later = gaps.filter((_, index) => decodedUs[index]! > startUs + 8e6);
        const firstMs = (decodedUs[0]! - startUs) / 1000;
        t.ok(firstMs <= first, `seed ${seed}: first picture after ${firstMs} ms`);
        t.ok(Math.max(...gaps) <= longest, `seed ${seed}: longest gap ${Math.max(...gaps)} ms`);
        t.ok(Math.max(...later) <= longestLater, `seed ${seed}: later ${Math.max(...later)} ms`);
        t.ok(decodedUs.length >= SECONDS * 24 * 0.87, `seed ${seed}: ${decodedUs.length} pictures`);
        const late = keyFrameRequestsUs.filter((atUs) => atUs > decodedUs[0]!);
        t.same(late, [], `seed ${seed}: none ended by the subscriber asking for a key frame`);
      }
    },
  );
}
