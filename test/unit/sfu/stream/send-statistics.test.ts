import t from 'tap';
import { SendStatistics } from '../../../../src/sfu/stream/send-statistics.ts';

const block = {
  ssrc: 1,
  fractionLost: 64,
  cumulativeLost: -2,
  extendedHighestSequence: 70_000,
  jitter: 33,
  lastSenderReport: 0xaaaa_bbbb,
  delaySinceLastSenderReport: 32_768,
};

t.test('counts packets and payload', async (t) => {
  const statistics = new SendStatistics();
  statistics.send(100);
  statistics.send(0);
  t.equal(statistics.packets, 2);
  t.equal(statistics.octets, 100);
});

t.test('before a report nothing is known of the subscriber', async (t) => {
  const { fractionLost, rttUs, highestReceived, lastReportUs } = new SendStatistics();
  t.same([fractionLost, rttUs, highestReceived, lastReportUs], [undefined, undefined, undefined, undefined]);
});

t.test('takes a report block in, and measures the RTT by our report it echoes', async (t) => {
  const statistics = new SendStatistics();
  statistics.sendReport(0xaaaa_bbbb, 1_000_000);
  t.equal(statistics.receiveReport(block, 1_540_000), 40_000);
  t.equal(statistics.fractionLost, 0.25);
  t.equal(statistics.cumulativeLost, -2);
  t.equal(statistics.highestReceived, 70_000);
  t.equal(statistics.jitter, 33);
  t.equal(statistics.lastReportUs, 1_540_000);
  t.equal(statistics.rttUs, 40_000);
});

t.test('a block that echoes no report of ours still tells of loss', async (t) => {
  const statistics = new SendStatistics();
  t.equal(statistics.receiveReport({ ...block, lastSenderReport: 0 }, 0), undefined);
  t.equal(statistics.fractionLost, 0.25);
});
