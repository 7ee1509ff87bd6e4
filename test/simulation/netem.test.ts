import t from 'tap';
import { Netem, type NetemOptions } from '../helpers/netem.ts';

const SPACING_US = 1000;
const BYTES = 1000;

interface Arrival {
  readonly index: number;
  readonly atUs: number;
}

/** Sends `packets` of 1000 bytes, one a millisecond (8 Mbit/s), and waits for the last. */
function run(
  options: Partial<NetemOptions>,
  packets: number,
): { link: Netem<number>; arrivals: Arrival[]; order: number[] } {
  const link = new Netem<number>({ delayUs: 10_000, seed: 5, ...options });
  const arrivals: Arrival[] = [];
  const take = (untilUs: number) => {
    for (let atUs = link.nextTimeoutUs; atUs <= untilUs; atUs = link.nextTimeoutUs) {
      const index = link.receive(atUs);
      if (index !== undefined) arrivals.push({ index, atUs });
    }
  };
  for (let index = 0; index < packets; index += 1) {
    take(index * SPACING_US);
    link.send(index, index * SPACING_US, BYTES);
  }
  take(Number.MAX_SAFE_INTEGER);
  return { link, arrivals, order: arrivals.map(({ index }) => index) };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

t.test('without impairment every packet arrives in order, exactly one delay later', async (t) => {
  const { arrivals, order, link } = run({}, 100);
  t.same(order, upTo(100));
  t.ok(arrivals.every(({ index, atUs }) => atUs === index * SPACING_US + 10_000));
  t.match(link, { sent: 100, sentBytes: 100_000, lost: 0 });
});

t.test('nothing can be taken out before it arrives', async (t) => {
  const link = new Netem<string>({ delayUs: 10, seed: 1 });
  link.send('a', 0);
  t.equal(link.receive(9), undefined);
  t.equal(link.receive(10), 'a');
  t.equal(link.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('loss takes about its part, and the same seed takes the same packets', async (t) => {
  const first = run({ loss: 0.3 }, 10_000);
  t.ok(Math.abs(first.order.length - 7000) < 150, `${first.order.length} of 10000`);
  t.equal(run({ loss: 0.3 }, 10_000).order.join(), first.order.join());
  t.not(run({ loss: 0.3, seed: 6 }, 10_000).order.join(), first.order.join());
});

t.test('at a loss of 0 nothing is lost, at 1 everything, in bursts as well', async (t) => {
  for (const burst of [1, 5]) {
    t.equal(run({ loss: 0, burst }, 1000).order.length, 1000);
    t.equal(run({ loss: 1, burst }, 1000).order.length, 0);
  }
});

t.test('bursts have the mean length and part asked for', async (t) => {
  const { order } = run({ loss: 0.3, burst: 8 }, 40_000);
  let bursts = 0;
  for (let index = 1; index < order.length; index += 1)
    if (order[index]! - order[index - 1]! > 1) bursts += 1;
  const lost = 40_000 - order.length;
  t.ok(Math.abs(lost - 12_000) < 1200, `${lost} lost`);
  t.ok(Math.abs(lost / bursts - 8) < 0.8, `mean burst ${lost / bursts}`);
});

t.test('jitter keeps the order unless reordering is asked for', async (t) => {
  const inOrder = run({ jitterUs: 8000 }, 1000).order;
  t.same(inOrder, upTo(1000));
  const { arrivals, order } = run({ jitterUs: 8000, reorders: true }, 1000);
  t.notSame(order, upTo(1000));
  t.same(
    order.toSorted((a, b) => a - b),
    upTo(1000),
  );
  const extraUs = arrivals.map(({ index, atUs }) => atUs - index * SPACING_US - 10_000);
  t.ok(Math.min(...extraUs) >= 0 && Math.max(...extraUs) < 8000);
});

t.test('certain losses come on top of chance', async (t) => {
  const { order } = run({ loses: (index) => index === 3 || index === 4 }, 10);
  t.same(order, [0, 1, 2, 5, 6, 7, 8, 9]);
});

t.test('a bottleneck lets packets out at its rate, in order, and without a bound loses none', async (t) => {
  const { arrivals, link } = run({ bottleneck: { bitsPerSecond: 4_000_000 } }, 100);
  t.same(
    arrivals.map(({ atUs }) => atUs),
    upTo(100).map((index) => (index + 1) * 2000 + 10_000),
  );
  t.equal(link.lost, 0);
});

t.test('below its rate a bottleneck adds only the time on the wire', async (t) => {
  const { arrivals } = run({ bottleneck: { bitsPerSecond: 16_000_000 } }, 100);
  t.ok(arrivals.every(({ index, atUs }) => atUs === index * SPACING_US + 500 + 10_000));
});

t.test('a full line drops what comes, and what waits never waits longer than its bound', async (t) => {
  const { arrivals, link } = run({ bottleneck: { bitsPerSecond: 4_000_000, queueUs: 50_000 } }, 1000);
  const waitsUs = arrivals.map(({ index, atUs }) => atUs - index * SPACING_US - 10_000 - 2000);
  t.ok(Math.max(...waitsUs) <= 50_000, `${Math.max(...waitsUs)} us`);
  t.ok(Math.max(...waitsUs) > 47_000, `${Math.max(...waitsUs)} us`);
  t.equal(link.tailDropped, link.lost);
  t.ok(Math.abs(arrivals.length - 525) < 3, `half and the line's 25: ${arrivals.length}`);
});

t.test('a line bound in bytes holds as many, that on the wire included', async (t) => {
  const link = new Netem<number>({
    delayUs: 0,
    seed: 1,
    bottleneck: { bitsPerSecond: 8000, queueBytes: 3000 },
  });
  t.same(
    [0, 1, 2, 3].map((index) => link.send(index, 0, 1000)),
    [true, true, true, false],
  );
  t.equal(link.queueUs(0), 3_000_000);
  t.equal(link.receive(1_000_000), 0);
  t.equal(link.send(4, 1_000_000, 1000), true);
});

t.test('a change of rate holds for what already waits, the packet on the wire included', async (t) => {
  const link = new Netem<number>({ delayUs: 0, seed: 1, bottleneck: { bitsPerSecond: 8_000_000 } });
  link.changeAt(1500, { bottleneck: { bitsPerSecond: 800_000 } });
  link.changeAt(21_500, { bottleneck: undefined });
  for (const index of [0, 1, 2, 3, 4]) link.send(index, 0, 1000);
  const arrivals: [number, number][] = [];
  for (let atUs = link.nextTimeoutUs; atUs < Infinity; atUs = link.nextTimeoutUs) {
    const index = link.receive(atUs);
    if (index !== undefined) arrivals.push([index, atUs]);
  }
  // 0.5 ms of the second were left, which take 5 ms; the third takes 10; what then waits leaves at once at the end.
  t.same(arrivals, [
    [0, 1000],
    [1, 6500],
    [2, 16_500],
    [3, 21_500],
    [4, 21_500],
  ]);
});

t.test('changes come in the order of their times, and what they do not name stays', async (t) => {
  const link = new Netem<number>({ delayUs: 10, loss: 1, seed: 1 });
  link.changeAt(200, { delayUs: 30 });
  link.changeAt(100, { loss: 0 });
  t.equal(link.send(0, 99), false);
  t.equal(link.send(1, 100), true);
  t.equal(link.nextTimeoutUs, 110);
  t.equal(link.receive(110), 1);
  t.equal(link.send(2, 200), true);
  t.equal(link.nextTimeoutUs, 230);
  t.same(link.conditions, { delayUs: 30, loss: 0 });
});

t.test('a policer lets its burst through, then its rate, and delays nothing', async (t) => {
  const { arrivals, link } = run({ policer: { bitsPerSecond: 800_000, burstBytes: 5000 } }, 1000);
  t.ok(arrivals.every(({ index, atUs }) => atUs === index * SPACING_US + 10_000));
  t.same(
    arrivals.slice(0, 5).map(({ index }) => index),
    [0, 1, 2, 3, 4],
  );
  t.ok(Math.abs(arrivals.length - 105) <= 1, `${arrivals.length}`);
  t.equal(link.policed, link.lost);
});

t.test('a policer that comes and goes later starts with a full bucket each time', async (t) => {
  const link = new Netem<number>({ delayUs: 0, seed: 1 });
  link.changeAt(1000, { policer: { bitsPerSecond: 8, burstBytes: 2000 } });
  link.changeAt(2000, { policer: undefined });
  link.changeAt(3000, { policer: { bitsPerSecond: 8, burstBytes: 1000 } });
  const passed = [0, 1000, 1000, 1000, 2000, 2000, 3000, 3000].map((atUs) => link.send(0, atUs, 1000));
  t.same(passed, [true, true, true, false, true, true, true, false]);
});
