import t from 'tap';
import { figuresOf, nearest, pictureFigures } from '../../../../bench/network/figures.ts';
import { heardFigures } from '../../../../bench/network/heard-figures.ts';
import type { HeardSamples, PresentedFrame, StatsRecord } from '../../../../bench/network/page-calls.ts';
import type { RunRecord } from '../../../../bench/network/run-record.ts';
import { scenario } from '../../../../bench/network/scenario.ts';

const START_MS = 1_000_000;
const window = { startMs: START_MS, endMs: START_MS + 10_000 };

/** 25 frames per second, each 100 ms old when it is seen, without those that `missing` names. */
function frames(missing: (index: number) => boolean = () => false): PresentedFrame[] {
  return Array.from({ length: 250 }, (_, index): PresentedFrame => {
    const presentedMs = START_MS + 20 + index * 40;
    return [presentedMs, presentedMs - 100, 360];
  }).filter((_, index) => !missing(index));
}

t.test('of an even picture every frame counts and nothing is a gap', async (t) => {
  t.match(pictureFigures([frames()], window), {
    fps: 25,
    'p50 ms': 100,
    'p95 ms': 100,
    'p99 ms': 100,
    'longest gap ms': 40,
    'gaps > 400 ms': 0,
    'freezes > 200 ms': 0,
    'frozen s, > 200 ms': 0,
    'delay growth ms': 0,
    height: 360,
  });
});

t.test('missing frames are gaps: how long, how many, above which limit', async (t) => {
  // Gaps of 6, 11 and 14 frames: 240, 440 and 560 ms.
  const missing = (index: number) =>
    (index > 20 && index < 26) || (index > 100 && index < 111) || (index > 200 && index < 214);
  t.match(pictureFigures([frames(missing)], window), {
    fps: 22.2,
    'longest gap ms': 560,
    'gaps > 400 ms': 2,
    'freezes > 200 ms': 3,
    'frozen s, > 200 ms': 1.24,
    'freezes > 500 ms': 1,
    'frozen s, > 500 ms': 0.56,
  });
});

t.test('a picture that does not come back stands still to the end', async (t) => {
  const figures = pictureFigures([frames((index) => index >= 125)], window);
  t.equal(figures['longest gap ms'], 5020);
  t.ok(figures['age p95 ms']! > 4500, `${figures['age p95 ms']}`);
  t.equal(figures['p95 ms'], 100, 'though what was seen was fresh');
});

t.test('no picture at all is one gap as long as the run', async (t) => {
  t.match(pictureFigures([[]], window), { fps: 0, 'p95 ms': 10_000, 'longest gap ms': 10_000 });
});

t.test('a frame shown twice counts once, one that could not be read counts as a frame', async (t) => {
  const doubled = frames().flatMap((frame): PresentedFrame[] => [frame, [frame[0] + 20, frame[1], 360]]);
  t.equal(pictureFigures([doubled], window).fps, 25);
  const unread = frames().map(
    ([atMs, drawnMs, height], index): PresentedFrame => [atMs, index % 10 === 0 ? 0 : drawnMs, height],
  );
  t.match(pictureFigures([unread], window), { fps: 25, 'unreadable frames': 25, 'longest gap ms': 40 });
});

t.test('of several subscribers the worst counts', async (t) => {
  const halved = frames((index) => index % 2 === 0);
  t.match(pictureFigures([frames(), halved], window), { fps: 12.5, 'longest gap ms': 80 });
});

t.test('a delay that creeps is told', async (t) => {
  const creeping = frames().map(([atMs, drawnMs], index): PresentedFrame => [atMs, drawnMs - index, 360]);
  const growth = pictureFigures([creeping], window)['delay growth ms']!;
  t.ok(growth > 180 && growth < 195, `${growth}`);
});

/** A look every 50 ms; `madeUp` is the share between a look and the one before. */
function heard(madeUp: (index: number) => number, looks = 201): HeardSamples[] {
  let concealed = 0;
  return Array.from({ length: looks }, (_, index): HeardSamples => {
    concealed += index === 0 ? 0 : 2400 * madeUp(index);
    return [START_MS + index * 50, index * 2400, concealed];
  });
}

t.test('concealment is a share of what was played', async (t) => {
  t.match(heardFigures([[heard(() => 0)]], window), { 'audio concealed %': 0, 'audio gaps > 200 ms': 0 });
  const tenth = heardFigures([[heard((index) => (index % 2 === 0 ? 0.2 : 0))]], window);
  t.match(tenth, { 'audio concealed %': 10, 'audio gaps > 200 ms': 0 });
});

t.test('a gap is more than 200 ms made up without a pause, and counts once', async (t) => {
  const gap = (length: number) => heard((index) => (index >= 50 && index < 50 + length ? 1 : 0));
  t.equal(heardFigures([[gap(4)]], window)['audio gaps > 200 ms'], 0);
  t.equal(heardFigures([[gap(5)]], window)['audio gaps > 200 ms'], 1);
  t.equal(heardFigures([[gap(40)]], window)['audio gaps > 200 ms'], 1);
});

t.test('sound that was not there counts as made up', async (t) => {
  t.equal(heardFigures([[]], window)['audio concealed %'], 100);
  t.equal(heardFigures([[heard(() => 0, 101)]], window)['audio concealed %'], 50);
  // Two of them are one after the other, as after a new PeerConnection.
  const later = heard(() => 0, 101).map(([atMs, ...samples]): HeardSamples => [atMs + 5000, ...samples]);
  t.equal(heardFigures([[heard(() => 0, 101), later]], window)['audio concealed %'], 0);
});

t.test('the nearest record is found on either side', async (t) => {
  const records = [0, 1000, 2000].map((atMs) => ({ atMs }));
  t.same(
    [-5, 400, 600, 5000].map((atMs) => nearest(records, atMs)?.atMs),
    [0, 0, 1000, 2000],
  );
  t.equal(nearest([], 0), undefined);
});

t.test('rates, overhead and load come from counters over the measured part alone', async (t) => {
  const direction = {
    packets: 0,
    bytes: 0,
    delivered: 0,
    lost: 0,
    tailDropped: 0,
    policed: 0,
    queueMs: 0,
    lateMs: 1,
  };
  const second = (index: number) => {
    const measured = Math.max(0, index);
    const up = { ...direction, packets: measured * 100, bytes: measured * 126_000, lost: measured * 30 };
    const down = { ...direction, packets: measured * 200, bytes: measured * 252_000 };
    return {
      atMs: START_MS + index * 1000,
      busy: index === 3 ? 1 : 0.5,
      stolen: 0,
      serverCpuSeconds: measured * 0.1,
      legs: { publisher: { up, down: direction }, subscriber0: { up: direction, down } },
      metrics: {},
    };
  };
  const stats = (index: number): StatsRecord => ({
    atMs: START_MS + index * 1000,
    'out.video.bytesSent': Math.max(0, index) * 120_000,
    'out.video.retransmittedBytesSent': Math.max(0, index) * 21_000,
    'out.video.framesEncoded': Math.max(0, index) * 25,
    'out.video.qpSum': Math.max(0, index) * 25 * 30,
    'out.audio.bytesSent': Math.max(0, index) * 12_000,
    'out.audio.targetBitrate': 48_000,
  });
  const indexes = Array.from({ length: 16 }, (_, index) => index - 5);
  const run: RunRecord = {
    seed: 1,
    ...window,
    firstFramesMs: [700],
    publisher: { stats: indexes.map(stats), pictures: [], sounds: [] },
    subscribers: [{ stats: [], pictures: [frames()], sounds: [heard(() => 0)] }],
    seconds: indexes.map(second),
  };
  const figures = figuresOf(run, scenario({ name: 'x', title: 'x', bounds: {} }));
  const expected: Record<string, number> = {
    fps: 25,
    'video kbit/s': 792,
    'bitrate kept %': 99,
    'encoded fps': 25,
    qp: 30,
    'wire up kbit/s': 1008,
    'wire/media up': 1.2,
    'wire/media down': 2.4,
    'server cpu %': 10,
    'relay late ms': 1,
    'first frame ms': 700,
    'frames shown %': 100,
  };
  for (const [name, value] of Object.entries(expected)) {
    t.ok(Math.abs(figures[name]! - value) < 1e-6, `${name} is ${figures[name]}, ${value} wanted`);
  }
  t.equal(Math.round(figures['saturated seconds %']!), 10);
});

t.test('joins that never showed a frame count against all of them', async (t) => {
  const empty = { stats: [], pictures: [], sounds: [] };
  const run: RunRecord = {
    seed: 1,
    ...window,
    firstFramesMs: [...Array.from({ length: 18 }, (_, index) => 500 + index), undefined, undefined],
    publisher: empty,
    subscribers: [empty],
    seconds: [],
  };
  const figures = figuresOf(run, scenario({ name: 'j', title: 'j', joins: 20, bounds: {} }));
  t.match(figures, {
    joins: 20,
    'joined %': 90,
    'first frame p90 ms': 517,
    'first frame slowest ms': 30_000,
  });
});
