import t from 'tap';
import { HELD_BACK, ReceiveStatistics } from '../../../../src/sfu/stream/receive-statistics.ts';

/** Feeds `numbers` one per ms with the right timestamps for 90 kHz; returns what `receive` returned. */
function feed(statistics: ReceiveStatistics, numbers: readonly number[], fromUs = 0): number[] {
  return numbers.map((number, index) =>
    statistics.receive(number & 0xffff, index * 90, 100, fromUs + index * 1000),
  );
}

const range = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => (from + index) & 0xffff);

t.test('extended numbers go on over the wrap and keep the 16 bits of the packet', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  t.same(feed(statistics, [65_534, 65_535, 0, 1]), [131_070, 131_071, 131_072, 131_073]);
  t.equal(statistics.expected, 4);
  t.equal(statistics.lost, 0);
  t.equal(statistics.report(7, 4000)?.extendedHighestSequence, 0x1_0001);
});

t.test('there is no report before the first packet', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  t.equal(statistics.report(1, 0), undefined);
  t.equal(statistics.expected, 0);
  t.equal(statistics.highest, undefined);
  t.equal(statistics.receiveRepaired(5), HELD_BACK);
});

t.test('loss and reordering on the wrap are counted as they are', async (t) => {
  const cases: [string, number[], { lost: number; duplicates: number; packets: number }][] = [
    ['65535 lost', [65_533, 65_534, 0, 1], { lost: 1, duplicates: 0, packets: 4 }],
    ['0 lost', [65_534, 65_535, 1], { lost: 1, duplicates: 0, packets: 3 }],
    ['65535 and 0 swapped', [65_534, 0, 65_535, 1], { lost: 0, duplicates: 0, packets: 4 }],
    ['65535 twice around the wrap', [65_535, 0, 65_535], { lost: 0, duplicates: 1, packets: 2 }],
    ['the second packet came first', [1, 0, 2], { lost: 0, duplicates: 0, packets: 3 }],
    [
      'first packet after the wrap, earlier ones late',
      [0, 65_535, 65_534, 1],
      { lost: 0, duplicates: 0, packets: 4 },
    ],
  ];
  for (const [name, numbers, expected] of cases) {
    const statistics = new ReceiveStatistics({ clockRate: 90_000 });
    feed(statistics, numbers);
    const { lost, duplicates, packets } = statistics;
    t.same({ lost, duplicates, packets }, expected, name);
  }
});

t.test('a repair lowers what is unrepaired but not what was lost', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  feed(statistics, [10, 11, 14]);
  t.equal(statistics.receiveRepaired(12), 0x1_0000 + 12);
  t.equal(statistics.lost, 2);
  t.equal(statistics.unrepaired, 1);
  t.ok(statistics.has(0x1_0000 + 12));
  t.notOk(statistics.has(0x1_0000 + 13));
  statistics.receiveRepaired(12);
  t.equal(statistics.repaired, 1);
  t.equal(statistics.duplicates, 1);
  t.equal(statistics.receiveRepaired(15), 0x1_0000 + 15, 'the last packet may come as a repair first');
  t.equal(statistics.lost, 3);
  t.equal(statistics.unrepaired, 1);
});

t.test('fractions speak of the interval since the last report, cumulative loss of all time', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  feed(statistics, [...range(0, 50), ...range(100, 50)]);
  const first = statistics.report(9, 0)!;
  t.equal(first.fractionLost, Math.floor((50 * 256) / 150));
  t.equal(first.cumulativeLost, 50);
  feed(statistics, range(150, 100));
  const second = statistics.report(9, 0)!;
  t.equal(second.fractionLost, 0);
  t.equal(second.cumulativeLost, 50);
  t.equal(second.ssrc, 9);
  t.equal(statistics.report(9, 0)?.fractionLost, 0, 'an interval without packets lost none');
});

t.test('late packets make an interval gain, which reads as no loss', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  feed(statistics, [1, 2, 5]);
  statistics.report(9, 0);
  feed(statistics, [3, 4, 6]);
  const report = statistics.report(9, 0)!;
  t.equal(report.fractionLost, 0);
  t.equal(report.cumulativeLost, 0);
});

t.test('a report after repair hides what was repaired', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000, reportAfterRepair: true });
  feed(statistics, [1, 2, 5]);
  statistics.receiveRepaired(3);
  t.equal(statistics.report(9, 0)?.cumulativeLost, 1);
});

t.test('one packet from far back is held back and changes nothing', async (t) => {
  for (const stray of [32_869, 40_000, 65_535 - 950]) {
    const statistics = new ReceiveStatistics({ clockRate: 90_000 });
    feed(statistics, range(0, 102));
    t.equal(statistics.receive(stray, 0, 100, 0), HELD_BACK, `${stray}`);
    t.equal(statistics.receive(102, 0, 100, 0), 0x1_0000 + 102);
    t.equal(statistics.heldBack, 1);
    t.equal(statistics.restarts, 0);
    t.equal(statistics.lost, 0);
  }
});

t.test('the largest jump that is loss is 3000, the farthest late packet 999 back', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  feed(statistics, [2000]);
  t.equal(statistics.receive(5000, 0, 1, 0), 0x1_0000 + 5000);
  t.equal(statistics.lost, 2999);
  t.equal(statistics.receive(4001, 0, 1, 0), 0x1_0000 + 4001);
  t.equal(statistics.receive(4000, 0, 1, 0), HELD_BACK);
  t.equal(statistics.restarts, 0);
  t.equal(statistics.receive(8001, 0, 1, 0), 0x2_0000 + 8001);
  t.equal(statistics.restarts, 1);
  t.equal(statistics.lost, 2998);
});

t.test(
  'a restart backwards is taken at its second packet, goes on above all before, and is no loss',
  async (t) => {
    for (const [last, restart] of [
      [500, 40_000],
      [60_000, 30_000],
      [40_000, 20_000],
    ] as const) {
      const statistics = new ReceiveStatistics({ clockRate: 90_000 });
      feed(statistics, range(last - 9, 10));
      t.equal(statistics.receive(restart, 0, 100, 0), HELD_BACK);
      const extended = statistics.receive(restart + 1, 0, 100, 0);
      t.ok(extended > 0x1_0000 + last);
      t.equal(extended & 0xffff, restart + 1);
      t.equal(statistics.receive(restart + 2, 0, 100, 0), extended + 1);
      t.equal(statistics.restarts, 1);
      t.equal(statistics.expected, 12);
      t.equal(statistics.lost, 0);
    }
  },
);

t.test('a jump forward, as after an outage, is taken at its first packet and is no loss', async (t) => {
  for (const [last, next] of [
    [500, 30_000],
    [60_000, 1000],
  ] as const) {
    const statistics = new ReceiveStatistics({ clockRate: 90_000 });
    feed(statistics, range(last - 9, 10));
    const extended = statistics.receive(next, 0, 100, 0);
    t.ok(extended > 0x1_0000 + last);
    t.equal(extended & 0xffff, next);
    t.equal(statistics.restarts, 1);
    t.equal(statistics.lost, 0);
  }
});

t.test('an announced restart is taken at its first packet', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  feed(statistics, range(100, 10));
  statistics.expectRestart();
  const extended = statistics.receive(40_000, 0, 100, 0);
  t.not(extended, HELD_BACK);
  t.equal(extended & 0xffff, 40_000);
  t.equal(statistics.lost, 0);
});

t.test('a silence and a jump of more than half the circle go on after two packets', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  feed(statistics, range(0, 100));
  feed(statistics, range(35_100, 3), 35_000_000);
  t.equal(statistics.restarts, 1);
  t.equal(statistics.packets, 102);
});

t.test('jitter follows RFC 3550 A.8 in timestamp units', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 8000 });
  statistics.receive(1, 0, 100, 0);
  statistics.receive(2, 160, 100, 20_000);
  t.equal(statistics.report(1, 0)?.jitter, 0);
  statistics.receive(3, 320, 100, 50_000);
  // 10 ms late is 80 ticks, of which a sixteenth counts.
  t.equal(statistics.jitterSeconds, 80 / 16 / 8000);
  t.equal(statistics.report(1, 0)?.jitter, 5);
});

t.test(
  'jitter survives the wrap of the timestamp and ignores packets of one frame, late ones and jumps',
  async (t) => {
    const statistics = new ReceiveStatistics({ clockRate: 90_000 });
    const start = 0xffff_ffff - 8999;
    statistics.receive(1, start, 100, 0);
    statistics.receive(2, (start + 9000) >>> 0, 100, 100_000);
    statistics.receive(3, (start + 9000) >>> 0, 100, 130_000);
    statistics.receive(5, (start + 18_000) >>> 0, 100, 200_000);
    statistics.receive(4, (start + 9000) >>> 0, 100, 250_000);
    statistics.receive(6, (start + 0x7000_0000) >>> 0, 100, 300_000);
    t.equal(statistics.jitterSeconds, 0);
  },
);

t.test('LSR and DLSR come from the last sender report', async (t) => {
  const statistics = new ReceiveStatistics({ clockRate: 90_000 });
  feed(statistics, [1]);
  const before = statistics.report(1, 5_000_000)!;
  t.equal(before.lastSenderReport, 0);
  t.equal(before.delaySinceLastSenderReport, 0);
  statistics.receiveSenderReport(0xabcd_1234, 0x5678_9abc, 5_000_000);
  const after = statistics.report(1, 5_500_000)!;
  t.equal(after.lastSenderReport, 0x1234_5678);
  t.equal(after.delaySinceLastSenderReport, 32_768);
});
