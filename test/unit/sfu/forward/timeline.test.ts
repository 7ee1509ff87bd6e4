import t from 'tap';
import { diff32 } from '../../../../src/base/serial-number.ts';
import { Timeline } from '../../../../src/sfu/forward/timeline.ts';

const RATE = 90_000;
const SECOND = 1_000_000;

/** Where the timeline puts a frame of this timestamp. */
function place(timeline: Timeline, encoding: number, timestamp: number, nowUs: number): number {
  return (timestamp + timeline.begin(encoding, timestamp, nowUs)) >>> 0;
}

t.test('the first source is shifted by what was told', (t) => {
  t.equal(place(new Timeline(RATE, 1, 5), 0, 0xffff_fffe, 0), 3);
  t.end();
});

t.test('another source without a mapping goes on by the time between arrivals', (t) => {
  const timeline = new Timeline(RATE, 2, 0);
  place(timeline, 0, 1000, 0);
  timeline.passed(4000, 0.1 * SECOND);
  t.equal(place(timeline, 1, 0x8000_0000, 0.5 * SECOND), 4000 + 0.4 * RATE);
  t.end();
});

t.test('another source with mappings goes on by the common clock, whatever the arrival', (t) => {
  const timeline = new Timeline(RATE, 2, 0);
  // At the origin one source's clock says 1000, the other's 2^32 - 500.
  timeline.setClockMapping(0, 1000);
  timeline.setClockMapping(1, -500);
  place(timeline, 0, 1000 + 10 * RATE, 0);
  t.equal(place(timeline, 1, (2 ** 32 - 500 + 11 * RATE) % 2 ** 32, 1.3 * SECOND), 1000 + 11 * RATE);
  // And back, to the tick.
  t.equal(place(timeline, 0, 1000 + 12 * RATE, 2.1 * SECOND), 1000 + 12 * RATE);
  t.end();
});

t.test(
  'a mapping that would go back gives the smallest step forward, and the next switch makes up for it',
  (t) => {
    const timeline = new Timeline(RATE, 2, 0);
    timeline.setClockMapping(0, 0);
    timeline.setClockMapping(1, 0);
    place(timeline, 0, 9000, 0);
    t.equal(place(timeline, 1, 6000, 1000), 9000 + RATE / 1000);
    t.equal(place(timeline, 0, 18_000, 100_000), 18_000);
    t.end();
  },
);

t.test('a mapping far from the arrival is not believed', (t) => {
  const timeline = new Timeline(RATE, 2, 0);
  timeline.setClockMapping(0, 0);
  timeline.setClockMapping(1, 0);
  place(timeline, 0, 9000, 0);
  t.equal(place(timeline, 1, 9000 + 3600 * RATE, SECOND), 9000 + RATE);
  t.end();
});

t.test('the same source after a pause keeps its own distances', (t) => {
  const timeline = new Timeline(RATE, 1, 7);
  place(timeline, 0, 1000, 0);
  t.equal(place(timeline, 0, 1000 + 20 * RATE, 20.4 * SECOND), 1007 + 20 * RATE);
  t.end();
});

t.test('a source that began anew goes on by arrival, and by the clock again once that is told', (t) => {
  const timeline = new Timeline(RATE, 1, 0);
  timeline.setClockMapping(0, 100);
  place(timeline, 0, 100 + RATE, 0);
  timeline.forget(0);
  timeline.setClockMapping(0, 777);
  t.equal(place(timeline, 0, 777 + 3 * RATE, 1.9 * SECOND), 100 + 3 * RATE);
  timeline.forget(0);
  t.equal(place(timeline, 0, 5, 2.9 * SECOND), 100 + 4 * RATE);
  t.end();
});

t.test('a pause of days still goes forward in serial arithmetic', (t) => {
  const timeline = new Timeline(RATE, 2, 0);
  place(timeline, 0, 0, 0);
  const placed = place(timeline, 1, 77, 3 * 86_400 * SECOND);
  t.ok(placed > 0 && placed < 2 ** 31);
  t.end();
});

t.test('over the wrap', (t) => {
  const timeline = new Timeline(RATE, 2, 0);
  place(timeline, 0, 2 ** 32 - 100, 0);
  t.equal(place(timeline, 1, 4242, 0.01 * SECOND), 800);
  t.end();
});

t.test('an hour of drift between the clocks of publisher and server does not show at a switch', (t) => {
  const timeline = new Timeline(RATE, 2, 0);
  // 100 ppm slow: what a sender report says of the origin moves by 9 ticks a second.
  const slow = RATE * (1 - 0.0001);
  const timestamps = (seconds: number): readonly [number, number] => [
    Math.round(1000 + seconds * slow),
    Math.round(7_000_000 + seconds * slow),
  ];
  const report = (seconds: number): void => {
    for (const [encoding, timestamp] of timestamps(seconds).entries())
      timeline.setClockMapping(encoding, timestamp - seconds * RATE);
  };
  report(0);
  place(timeline, 0, timestamps(0)[0], 0);
  report(1);
  const offset = timeline.begin(1, timestamps(1)[1], SECOND);
  for (let seconds = 2; seconds <= 3600; seconds += 1) report(seconds);
  const before = timestamps(3600)[1] + offset;
  timeline.passed(before, 3600 * SECOND);
  const ticks = diff32(place(timeline, 0, timestamps(3600.04)[0], 3600.04 * SECOND), before);
  t.ok(Math.abs(ticks - 0.04 * RATE) <= 20, `${ticks} ticks in 40 ms`);
  t.end();
});
