/** A browser publishes over a bad network to a Router; what a subscriber on a perfect one gets, when, and at what price. */
import t, { type Test } from 'tap';
import { diff16 } from '../../src/base/serial-number.ts';
import { BrowserPublisher, type BrowserPublisherOptions } from '../helpers/browser-publisher.ts';
import type { Conditions } from '../helpers/netem.ts';
import { codec, RouterFixture } from '../helpers/router-fixture.ts';

const SECONDS = 24;
/** By then the test for a policer is over, in which repairs are bounded too. */
const MEASURED_FROM_US = 6_000_000;
const SEEDS = [1, 2, 3];

interface Repairs {
  readonly sent: number;
  readonly missing: number;
  /** From when an undisturbed packet would have come to when it came, ms, of those that came later than that. */
  readonly lateMs: readonly number[];
}

interface Outcome {
  readonly video: Repairs;
  readonly audio: Repairs;
  readonly publisher: BrowserPublisher;
  readonly fixture: RouterFixture;
  /** All bytes on the wire over those of media payloads. */
  readonly wire: number;
  /** Packets of the subscriber's media stream that came behind a newer one. */
  readonly reordered: number;
}

function play(
  conditions: Partial<Conditions>,
  options: Partial<BrowserPublisherOptions> = {},
  seed = 1,
): Outcome {
  const fixture = new RouterFixture();
  const network = { delayUs: 25_000, ...conditions };
  const publisher = new BrowserPublisher(fixture, 'alice', {
    up: { ...network, seed },
    down: { ...network, seed: seed + 1000 },
    ...options,
  });
  fixture.transport('bob');
  fixture.consume('bob', 'picture', 'camera', [codec('vp8', 120, 121)], 20, 21);
  fixture.consume('bob', 'sound', 'microphone', [codec('opus', 115)], 30);
  const video = new Map<number, number>();
  const audio = new Map<number, number>();
  let newest = -1;
  let reordered = 0;
  fixture.onRtp = ({ packet, atUs }) => {
    const { payload } = packet;
    if (packet.ssrc === 20) {
      if (newest >= 0 && diff16(packet.sequenceNumber, newest) < 0) reordered += 1;
      else newest = packet.sequenceNumber;
    }
    // What was repaired on the way in goes out as RTX.
    const arrived = packet.ssrc === 30 ? audio : packet.ssrc <= 21 ? video : undefined;
    if (arrived === undefined || payload.length < 4) return;
    const number = payload.readUInt32BE(payload.length - 4);
    if (arrived.has(number)) t.fail(`${number} was forwarded twice`);
    else arrived.set(number, atUs);
  };
  const startUs = fixture.nowUs;
  publisher.run(SECONDS * 1e6);
  const repairs = (sentUs: readonly number[], arrived: ReadonlyMap<number, number>): Repairs => {
    let sent = 0;
    let missing = 0;
    const lateMs: number[] = [];
    for (const [number, atUs] of sentUs.entries()) {
      if (atUs < startUs + MEASURED_FROM_US || atUs > fixture.nowUs - 1.5e6) continue;
      sent += 1;
      const arrivedUs = arrived.get(number);
      if (arrivedUs === undefined) missing += 1;
      else {
        const lateUs = arrivedUs - atUs - network.delayUs;
        if (lateUs > (network.jitterUs ?? 0) + 3_000) lateMs.push(lateUs / 1000);
      }
    }
    return { sent, missing, lateMs: lateMs.sort((a, b) => a - b) };
  };
  return {
    video: repairs(publisher.sentUs, video),
    audio: repairs(publisher.audioSentUs, audio),
    publisher,
    fixture,
    reordered,
    wire: publisher.up.sentBytes / publisher.mediaBytes,
  };
}

function percentile(sorted: readonly number[], part: number): number {
  return Math.round(sorted[Math.floor(sorted.length * part)] ?? 0);
}

/** `p50` and `p95` ms of late video packets at the most; `wire` the most times the media. */
function holds(
  t: Test,
  outcome: Outcome,
  bounds: { missing: number; p50: number; p95: number; wire: number },
): void {
  const { video, audio, publisher, wire } = outcome;
  const p50 = percentile(video.lateMs, 0.5);
  const p95 = percentile(video.lateMs, 0.95);
  const said = `${video.lateMs.length} of ${video.sent} repaired, p50 ${p50} ms, p95 ${p95} ms, wire x${wire.toFixed(2)}`;
  t.comment(`video: ${said}`);
  const audioP95 = percentile(audio.lateMs, 0.95);
  t.comment(
    `audio: ${audio.lateMs.length} of ${audio.sent} repaired, p95 ${audioP95} ms, ${audio.missing} missing`,
  );
  t.ok(video.missing <= bounds.missing, `${video.missing} video packets missing`);
  t.ok(audio.missing <= bounds.missing, `${audio.missing} audio packets missing`);
  t.ok(p50 <= bounds.p50 && p95 <= bounds.p95, said);
  t.ok(wire <= bounds.wire, said);
  t.equal(publisher.rate.falselyReceived, 0, 'nothing lost was called received');
  t.equal(publisher.rate.targetBitsPerSecond, 800_000, 'the rate is what it was');
}

for (const [loss, bounds] of [
  [0.1, { missing: 0, p50: 70, p95: 130, wire: 1.5 }],
  [0.3, { missing: 1, p50: 100, p95: 180, wire: 2.2 }],
  [0.4, { missing: 3, p50: 110, p95: 210, wire: 2.8 }],
  [0.5, { missing: 6, p50: 130, p95: 260, wire: 3.5 }],
] as const) {
  t.test(
    `${loss * 100} % random loss both ways is repaired, the sender's rate kept (seeds ${SEEDS})`,
    (t) => {
      for (const seed of SEEDS) {
        const outcome = play({ loss }, {}, seed);
        holds(t, outcome, bounds);
        t.equal(outcome.publisher.rate.reportedLost, 0, 'random loss was not told');
      }
      t.end();
    },
  );
}

t.test(`bursts of five at 30 % are repaired (seeds ${SEEDS})`, (t) => {
  for (const seed of SEEDS) {
    holds(t, play({ loss: 0.3, burst: 5 }, {}, seed), { missing: 3, p50: 130, p95: 300, wire: 2.3 });
  }
  t.end();
});

t.test(`30 % loss, 30 ms of jitter and reordering together are repaired (seeds ${SEEDS})`, (t) => {
  for (const seed of SEEDS) {
    const outcome = play({ loss: 0.3, jitterUs: 30_000, reorders: true }, {}, seed);
    holds(t, outcome, { missing: 1, p50: 170, p95: 260, wire: 2.4 });
  }
  t.end();
});

t.test(`30 % loss over 150 ms of round trip is repaired (seeds ${SEEDS})`, (t) => {
  for (const seed of SEEDS) {
    holds(t, play({ loss: 0.3, delayUs: 75_000 }, {}, seed), { missing: 3, p50: 190, p95: 260, wire: 2.95 });
  }
  t.end();
});

t.test('on a narrow line that loses 10 % answers hardly ever come twice', (t) => {
  for (const seed of SEEDS) {
    const bottleneck = { bitsPerSecond: 1_000_000, queueUs: 300_000 };
    const { video, wire } = play({ loss: 0.1, bottleneck }, {}, seed);
    t.ok(video.missing <= 1, `${video.missing} video packets missing`);
    t.ok(wire <= 1.28, `wire x${wire.toFixed(2)}, late p95 ${percentile(video.lateMs, 0.95)} ms`);
  }
  t.end();
});

t.test('without loss all is honest, and costs next to nothing', (t) => {
  const { publisher, fixture, video, wire } = play({});
  t.equal(video.missing + video.lateMs.length, 0);
  t.ok(wire <= 1.1, `wire x${wire.toFixed(3)}`);
  t.same(publisher.rembs, []);
  t.equal(fixture.stats().producers[0]!.encodings[0]!.nacksSent, 0);
  t.ok(Math.abs(publisher.believedRttUs - 50_000) < 2_000, `round trip ${publisher.believedRttUs} us`);
  t.equal(publisher.opusFractionLost, 0);
  t.end();
});

t.test('what was repaired goes out as RTX, so that receivers do not learn to wait before they ask', (t) => {
  const { reordered } = play({ loss: 0.3 });
  t.ok(reordered <= 30, `${reordered} packets behind newer ones, of the first second`);
  const jittery = play({ jitterUs: 15_000, reorders: true });
  t.ok(jittery.reordered > 100, 'what only comes out of order stays where it is');
  const [camera] = jittery.fixture.stats().producers[0]!.encodings;
  t.comment(`${camera!.nacksSent} NACKs for ${camera!.packets} packets that come out of order`);
  t.ok(camera!.nacksSent < camera!.packets * 0.1, `${camera!.nacksSent} of ${camera!.packets}`);
  t.end();
});

t.test('with loss the sender is let believe in a short way, and Opus in the loss there is', (t) => {
  const { publisher, fixture } = play({ loss: 0.3 });
  t.ok(publisher.believedRttUs <= 10_000, `${publisher.believedRttUs} us`);
  t.ok(publisher.opusFractionLost > 0.1, `${publisher.opusFractionLost}`);
  const rttSeconds = fixture.stats().transports.find(({ transportId }) => transportId === 'alice')!
    .rttSeconds!;
  t.ok(Math.abs(rttSeconds - 0.05) < 0.005, `ours stays true: ${rttSeconds} s`);
  const [camera] = fixture.stats().producers[0]!.encodings;
  t.ok(camera!.packetsLost > 500, `${camera!.packetsLost} lost before repair`);
  t.ok(camera!.packetsUnrepaired < 15, `${camera!.packetsUnrepaired} after, those on the way among them`);
  t.end();
});

t.test('what RED carries is there again with the next packet, each once, in place of the lost one', (t) => {
  const { audio, fixture } = play({ loss: 0.3 }, { redDepth: 2, audioNack: false });
  t.ok(percentile(audio.lateMs, 0.5) <= 25, `p50 ${percentile(audio.lateMs, 0.5)} ms`);
  const left = audio.missing / audio.sent;
  t.ok(left < 0.3 ** 3 * 1.4, `${left} is missing, where 0.027 is what two copies leave`);
  const [microphone] = fixture.stats().producers[1]!.encodings;
  t.ok(microphone!.packetsLost > 150 && microphone!.packetsUnrepaired < 48);
  t.end();
});

t.test('RED and NACK together leave no audio missing', (t) => {
  const { audio } = play({ loss: 0.3 }, { redDepth: 2 });
  t.equal(audio.missing, 0);
  t.ok(percentile(audio.lateMs, 0.95) <= 150, `p95 ${percentile(audio.lateMs, 0.95)} ms`);
  t.end();
});

/** Loss and target per second, after the network changed at 4 s. */
function change(to: Partial<Conditions>, seed: number, before: Partial<Conditions> = {}) {
  const fixture = new RouterFixture();
  const publisher = new BrowserPublisher(fixture, 'alice', {
    up: { delayUs: 25_000, ...before, seed },
    down: { delayUs: 25_000, seed: seed + 1000 },
  });
  publisher.up.changeAt(fixture.nowUs + 4e6, to);
  publisher.run(4e6);
  const losses: number[] = [];
  let toldAfterSeconds = Number.POSITIVE_INFINITY;
  for (let second = 0; second < 15; second += 1) {
    const { sent, lost } = publisher.up;
    for (let step = 0; step < 10; step += 1) {
      publisher.run(1e5);
      if (publisher.rate.reportedLost > 0 && toldAfterSeconds > 1e3)
        toldAfterSeconds = second + (step + 1) / 10;
    }
    losses.push((publisher.up.lost - lost) / (publisher.up.sent - sent));
  }
  const later = losses.slice(7).sort((a, b) => a - b);
  return { publisher, toldAfterSeconds, losses, laterLoss: later[Math.floor(later.length / 2)]! };
}

for (const burstBytes of [3_000, 8_000]) {
  t.test(`a policer of 800 kbit/s and ${burstBytes} bytes is told of within 4 s, and obeyed`, (t) => {
    for (const seed of SEEDS) {
      const policer = { bitsPerSecond: 800_000, burstBytes };
      const { toldAfterSeconds, laterLoss, losses } = change({ policer }, seed);
      t.ok(toldAfterSeconds <= 4, `told after ${toldAfterSeconds} s`);
      t.ok(laterLoss <= 0.07, `loss per second: ${losses.map((loss) => loss.toFixed(2)).join(' ')}`);
    }
    t.end();
  });
}

t.test('a queue that overflows is told of, random loss beside it or not', (t) => {
  for (const loss of [0, 0.1]) {
    const bottleneck = { bitsPerSecond: 700_000, queueUs: 300_000 };
    const { toldAfterSeconds } = change({ bottleneck }, 1, { loss });
    t.ok(toldAfterSeconds <= 3, `told after ${toldAfterSeconds} s`);
  }
  t.end();
});

t.test('random loss that begins is not told of, and the test for a policer is over in two seconds', (t) => {
  for (const seed of SEEDS) {
    const { publisher, toldAfterSeconds } = change({ loss: 0.3 }, seed);
    t.equal(toldAfterSeconds, Number.POSITIVE_INFINITY);
    t.ok(publisher.rembs.length > 0, 'there was a test');
    t.equal(publisher.rembs.at(-1), 1e9 - (1e9 % 4096), 'which was lifted');
    t.equal(publisher.rate.targetBitsPerSecond, 800_000);
  }
  t.end();
});

t.test('a sender without transport-wide numbers gets REMB that grows with what arrives', (t) => {
  const options = { withoutTransportCc: true, startBitsPerSecond: 300_000 };
  const { publisher, video } = play({ loss: 0.3 }, options);
  t.ok(publisher.rembs.length > 20, `${publisher.rembs.length} REMBs`);
  t.ok(publisher.rembs.at(-1)! > 800_000, `${publisher.rembs.at(-1)}`);
  t.ok(video.missing <= 1, `${video.missing} missing`);
  t.end();
});
