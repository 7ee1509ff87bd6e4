/**
 * A call through the real Router to a browser whose downlink loses much, in virtual time: what is missing when it has to
 * be shown, how long repairs take, and what they cost on the wire.
 */
import t from 'tap';
import type { RtpCodec } from '../../src/sfu/commands.ts';
import { BrowserReceiver, ReceivedStream } from '../helpers/browser-receiver.ts';
import { OPUS, OUT_VP8, VP8 } from '../helpers/one-to-one.ts';
import { codec, EXTENSION_IDS, RouterFixture } from '../helpers/router-fixture.ts';
import { RtpSource } from '../helpers/rtp-source.ts';

const SEED = 20_261_122;
const FRAME_US = 41_667;
const FRAME_PACKETS = 4;
const PACKET_BYTES = 1010;
const AUDIO_US = 20_000;
/** The network is sound at first, then loses; what happens until things have settled does not count. */
const CLEAN_US = 4_000_000;
const SETTLED_MS = 8_000;
const IDS = { ...EXTENSION_IDS, playoutDelay: 7 };

interface Plan {
  readonly loss: number;
  readonly burst?: number;
  readonly rttMs?: number;
  readonly seconds?: number;
  readonly fec?: boolean;
  readonly audio?: readonly RtpCodec[];
}

/** 24 pictures a second at 800 kbit/s and sound at 32 kbit/s, for some seconds; the first eight do not count. */
function play(plan: Plan) {
  const { loss, burst = 1, rttMs = 50, seconds = 30, fec = false, audio = [codec('red', 63), OPUS] } = plan;
  const fixture = new RouterFixture();
  for (const transportId of ['alice', 'bob'])
    fixture.command({ type: 'createTransport', transportId, extensionIds: IDS, mixedExtensions: true });
  fixture.produce('alice', 'camera', [VP8], [{ ssrc: 10, rtxSsrc: 11 }]);
  fixture.produce('alice', 'mic', [OPUS], [{ ssrc: 12 }]);
  fixture.command({
    type: 'createConsumer',
    transportId: 'bob',
    consumerId: 'c',
    producerId: 'camera',
    mid: 'c',
    codecs: [OUT_VP8],
    ssrc: 20,
    rtxSsrc: 21,
    ...(fec ? { fec: { payloadType: 49, ssrc: 22 } } : {}),
    cname: 'alice',
    paused: false,
    wanted: {},
  });
  fixture.consume('bob', 'm', 'mic', audio, 30);
  const way = { delayUs: rttMs * 500 };
  const browser = new BrowserReceiver(fixture, 'bob', { ...way, seed: SEED }, { ...way, seed: SEED + 1 });
  browser.changeAt(fixture.nowUs + CLEAN_US, { loss, burst });
  const video = new ReceivedStream(20, 21, fec ? 22 : undefined);
  const sound = new ReceivedStream(30);
  browser.streams.push(video, sound);
  const sentUs = new Map<number, number>();
  fixture.onRtp = ({ transportId, packet, atUs }) => {
    if (transportId !== 'bob') return;
    if (packet.ssrc === 20) {
      const number =
        video.unwrapper.last === undefined
          ? packet.sequenceNumber
          : video.unwrapper.peek(packet.sequenceNumber);
      if (!sentUs.has(number)) sentUs.set(number, atUs);
    }
    browser.send(packet);
  };
  fixture.onRtcp = ({ transportId, packets }) => {
    if (transportId === 'bob') browser.sendRtcp(packets);
  };
  const camera = new RtpSource({ ssrc: 10, payloadType: 96, mid: 'camera' });
  const mic = new RtpSource({ ssrc: 12, payloadType: 111, mid: 'mic' });
  const startUs = fixture.nowUs;
  let frameUs = startUs;
  let audioUs = startUs;
  let mediaBytes = 0;
  let wireAt = 0;
  let mediaAt = 0;
  let transportNumber = 0;
  for (let ms = 0; ms < seconds * 1000; ms += 1) {
    if (ms === SETTLED_MS) {
      wireAt = browser.sentBytes;
      mediaAt = mediaBytes;
    }
    if (fixture.nowUs >= frameUs) {
      frameUs += FRAME_US;
      const asked = fixture.stats().producers[0]!.encodings[0]!;
      const keyFrame = asked.keyFrameRequests > asked.keyFrames;
      const packets = keyFrame ? FRAME_PACKETS * 5 : FRAME_PACKETS;
      for (const packet of camera.vp8(packets, {
        keyFrame,
        ticks: 3750,
        transportCc: transportNumber,
        bytes: PACKET_BYTES,
      })) {
        mediaBytes += PACKET_BYTES;
        transportNumber = (transportNumber + 1) & 0xffff;
        fixture.rtpFrom('alice', packet);
      }
    }
    if (fixture.nowUs >= audioUs) {
      audioUs += AUDIO_US;
      mediaBytes += 80;
      fixture.rtpFrom('alice', mic.opus());
    }
    fixture.run(1000);
    browser.step();
  }
  const since = startUs + SETTLED_MS * 1000;
  const until = fixture.nowUs - 1e6;
  const delays: number[] = [];
  let never = 0;
  for (const [number, atUs] of sentUs) {
    if (atUs < since || atUs > until) continue;
    const arrivedUs = video.arrivedUs.get(number);
    if (arrivedUs === undefined) never += 1;
    delays.push(arrivedUs === undefined ? Number.POSITIVE_INFINITY : (arrivedUs - atUs) / 1000 - rttMs / 2);
  }
  delays.sort((a, b) => a - b);
  /** Share of packets that take longer than `ms` beyond the way itself. */
  const later = (ms: number): number => delays.filter((delay) => delay > ms).length / delays.length;
  const late = delays.filter((delay) => delay > 1);
  return {
    fixture,
    browser,
    video,
    sound,
    never,
    later,
    p50: late[Math.floor(late.length / 2)] ?? 0,
    p99: late[Math.floor(late.length * 0.99)] ?? 0,
    overhead: (browser.sentBytes - wireAt) / (mediaBytes - mediaAt),
    stats: fixture.stats(),
  };
}

if (process.argv.includes('--table')) {
  const fec = true;
  const plans: Plan[] = [
    { loss: 0 },
    { loss: 0.1 },
    ...[0.3, 0.4, 0.5].flatMap((loss) => [{ loss }, { loss, fec }]),
    { loss: 0.3, burst: 5 },
    { loss: 0.3, burst: 5, fec },
    { loss: 0.1, rttMs: 150, fec },
    { loss: 0.3, rttMs: 150 },
    { loss: 0.3, rttMs: 150, fec },
  ];
  for (const plan of plans) {
    const { later, p50, p99, overhead, never, video } = play(plan);
    const shares = [110, 170, 250].map((ms) => `>${ms} ms ${(later(ms) * 100).toFixed(2)} %`).join(', ');
    const repairs = `repairs p50 ${p50.toFixed(0)} p99 ${p99.toFixed(0)} ms, ${video.recovered} by FEC`;
    t.comment(
      `${JSON.stringify(plan)}: ${shares}, never ${never}, ${repairs}, wire/media ${overhead.toFixed(2)}`,
    );
  }
}

/** What the share of packets late by more than 110 and 250 ms and the bytes on the wire stay below. */
const BOUNDS: readonly (readonly [plan: Plan, late: number, tooLate: number, overhead: number])[] = [
  [{ loss: 0.1 }, 0.015, 0.002, 1.7],
  [{ loss: 0.3 }, 0.08, 0.008, 2.8],
  [{ loss: 0.3, fec: true }, 0.02, 0.005, 3.1],
  [{ loss: 0.3, burst: 5, fec: true }, 0.09, 0.025, 3.4],
  [{ loss: 0.4, fec: true }, 0.06, 0.012, 4.3],
  [{ loss: 0.5, fec: true }, 0.18, 0.04, 5.5],
  [{ loss: 0.3, rttMs: 150, fec: true }, 0.05, 0.015, 3.3],
];

for (const [plan, late, tooLate, overhead] of BOUNDS) {
  t.test(`${JSON.stringify(plan)}: pictures come in time, at a bounded price (seed ${SEED})`, async (t) => {
    const result = play(plan);
    t.ok(result.later(110) <= late, `${result.later(110)} late by more than 110 ms`);
    t.ok(result.later(250) <= tooLate, `${result.later(250)} by more than 250 ms`);
    t.ok(result.overhead <= overhead, `${result.overhead} bytes on the wire per byte of media`);
    const { unasked, recovered } = result.video;
    t.ok(unasked <= 5, `${unasked} repairs that the browser did not know it needed`);
    t.equal(recovered > 50, plan.fec === true, `${recovered} packets out of FEC, each whole`);
    t.ok(result.browser.keyFramesAsked <= 3, `${result.browser.keyFramesAsked} pictures given up`);
  });
}

t.test('without loss there are neither copies, FEC, RED nor a playout delay', async (t) => {
  const { overhead, video, sound, browser, stats } = play({ loss: 0, fec: true, seconds: 15 });
  t.ok(overhead <= 1.06, `${overhead}`);
  t.equal(stats.consumers[0]!.retransmissions, 0);
  t.equal(video.recovered, 0);
  t.same([...sound.payloadTypes.keys()], [111], 'Opus, plain');
  t.same(video.playoutDelays, []);
  t.ok(Math.abs(browser.rttUs - 50_000) < 5_000, `an honest round trip, ${browser.rttUs} us`);
});

t.test('under loss sound goes as RED, pictures are held back, and the browser asks sooner', async (t) => {
  const { video, sound, browser, stats } = play({ loss: 0.3, seconds: 15 });
  t.ok(sound.payloadTypes.get(63)! > 300, 'RED');
  const [first] = video.playoutDelays;
  const last = video.playoutDelays.at(-1)!;
  t.ok(
    first !== undefined && last >> 12 >= 9 && last >> 12 <= 16,
    `${(last >> 12) * 10} ms for one lossy leg`,
  );
  t.equal((last & 0xfff) - (last >> 12), 15, 'and 150 ms more at most');
  t.ok(
    video.playoutDelays.length > video.arrivedUs.size * 0.3,
    'on every packet, as that of a frame’s first counts',
  );
  t.ok(browser.rttUs < 45_000, `believes in ${browser.rttUs} us`);
  t.ok(Math.abs(stats.transports[1]!.rttSeconds! - 0.05) < 0.01, 'while we know better');
});

t.test('a subscriber without RED and FEC gets plain Opus and copies', async (t) => {
  const { sound, video } = play({ loss: 0.3, seconds: 12, audio: [OPUS] });
  t.same([...sound.payloadTypes.keys()], [111]);
  t.equal(video.recovered, 0);
});
