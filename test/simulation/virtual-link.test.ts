import t from 'tap';
import { VirtualLink, type VirtualLinkOptions } from '../helpers/virtual-link.ts';

function run(
  options: Partial<VirtualLinkOptions>,
  packets: number,
): { arrived: number[]; timesUs: number[] } {
  const link = new VirtualLink<number>({ delayUs: 10_000, seed: 5, ...options });
  const arrived: number[] = [];
  const timesUs: number[] = [];
  const take = (nowUs: number) => {
    for (let next = link.nextTimeoutUs; next <= nowUs; next = link.nextTimeoutUs) {
      arrived.push(link.receive(next)!);
      timesUs.push(next);
    }
  };
  for (let index = 0; index < packets; index += 1) {
    take(index * 1000);
    link.send(index, index * 1000);
  }
  take(Number.MAX_SAFE_INTEGER);
  return { arrived, timesUs };
}

t.test('without impairment every packet arrives in order, exactly one delay later', async (t) => {
  const { arrived, timesUs } = run({}, 100);
  t.same(
    arrived,
    Array.from({ length: 100 }, (_, index) => index),
  );
  t.ok(timesUs.every((timeUs, index) => timeUs === index * 1000 + 10_000));
});

t.test('nothing can be taken out before it arrives', async (t) => {
  const link = new VirtualLink<string>({ delayUs: 10, seed: 1 });
  link.send('a', 0);
  t.equal(link.receive(9), undefined);
  t.equal(link.receive(10), 'a');
  t.equal(link.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('loss takes about its part, and the same seed takes the same packets', async (t) => {
  const first = run({ loss: 0.3 }, 10_000);
  t.ok(Math.abs(first.arrived.length - 7000) < 150, `${first.arrived.length} of 10000`);
  t.same(run({ loss: 0.3 }, 10_000).arrived, first.arrived);
  t.notSame(run({ loss: 0.3, seed: 6 }, 10_000).arrived, first.arrived);
});

t.test('bursts have the mean length and part asked for', async (t) => {
  const { arrived } = run({ loss: 0.3, burst: 8 }, 40_000);
  let bursts = 0;
  for (let index = 1; index < arrived.length; index += 1)
    if (arrived[index]! - arrived[index - 1]! > 1) bursts += 1;
  const lost = 40_000 - arrived.length;
  t.ok(Math.abs(lost - 12_000) < 1200, `${lost} lost`);
  t.ok(Math.abs(lost / bursts - 8) < 0.8, `mean burst ${lost / bursts}`);
});

t.test('jitter keeps the order unless reordering is asked for', async (t) => {
  const inOrder = run({ jitterUs: 8000 }, 1000).arrived;
  t.ok(inOrder.every((number, index) => index === 0 || number > inOrder[index - 1]!));
  const reordered = run({ jitterUs: 8000, reorders: true }, 1000).arrived;
  t.notOk(reordered.every((number, index) => index === 0 || number > reordered[index - 1]!));
  t.equal(new Set(reordered).size, 1000);
});

t.test('certain losses come on top of chance', async (t) => {
  const { arrived } = run({ loses: (index) => index === 3 || index === 4 }, 10);
  t.same(arrived, [0, 1, 2, 5, 6, 7, 8, 9]);
});
