import t from 'tap';
import { NOT_RECEIVED, type TransportCcFeedback } from '../../../../src/rtp/rtcp/transport-cc.ts';
import { SendHistory } from '../../../../src/sfu/congestion/send-history.ts';

const LOST = NOT_RECEIVED;

function feedbackOf(baseSequenceNumber: number, deltas: number[], referenceTime = 0): TransportCcFeedback {
  return { baseSequenceNumber, referenceTime, feedbackCount: 0, count: deltas.length, deltas };
}

function sendPackets(history: SendHistory, count: number, fromUs = 0): number[] {
  return Array.from({ length: count }, (_, index) => history.send(1000, 7, index, fromUs + index * 1000));
}

t.test('numbers go up by one from the first, over the wrap', async (t) => {
  t.same(sendPackets(new SendHistory(65_534), 4), [65_534, 65_535, 0, 1]);
});

t.test('a feedback tells what arrived when and what was lost, across the wrap', async (t) => {
  const history = new SendHistory(65_534);
  sendPackets(history, 4);
  history.send(200, 8, 65_535, 9000, 3);
  const outcome = history.receive(feedbackOf(65_534, [4, LOST, 8, -2, 0], 10));
  t.equal(outcome.count, 5);
  t.same([...outcome.sentUs.subarray(0, 5)], [0, 1000, 2000, 3000, 9000]);
  t.same([...outcome.arrivedUs.subarray(0, 5)], [641_000, Number.NaN, 643_000, 642_500, 642_500]);
  t.same([...outcome.sizes.subarray(0, 5)], [1000, 1000, 1000, 1000, 200]);
  t.same([...outcome.recovered.subarray(0, 5)], [0, 0, 0, 0, 0]);
  t.same([...outcome.mediaSsrcs.subarray(0, 5)], [7, 7, 7, 7, 8]);
  t.same([...outcome.mediaSequenceNumbers.subarray(0, 5)], [0, 1, 2, 3, 65_535]);
  t.same([...outcome.probeClusterIds.subarray(0, 5)], [-1, -1, -1, -1, 3]);
  t.equal(outcome.ackedPackets, 4);
  t.equal(outcome.ackedBytes, 3200);
  t.equal(outcome.lostPackets, 1);
  t.equal(outcome.lostBytes, 1000);
  t.equal(history.bytesInFlight, 0);
});

t.test('what is told twice counts once, and a loss may turn into an arrival but not back', async (t) => {
  const history = new SendHistory();
  sendPackets(history, 3);
  history.receive(feedbackOf(0, [0, LOST, 0]));
  t.equal(history.lostPackets, 1);
  const second = history.receive(feedbackOf(0, [0, 4, 0]));
  t.equal(second.count, 1);
  t.equal(second.sentUs[0], 1000);
  t.equal(second.recovered[0], 1);
  t.equal(history.lostPackets, 0);
  t.equal(history.ackedPackets, 3);
  t.equal(history.receive(feedbackOf(0, [LOST, LOST, LOST])).count, 0);
  t.equal(history.ackedPackets, 3);
  t.equal(history.bytesInFlight, 0);
});

t.test('numbers never sent are counted and change nothing', async (t) => {
  const history = new SendHistory(100);
  sendPackets(history, 2);
  t.equal(history.receive(feedbackOf(98, [0, 0, 0, 0, 0])).count, 2);
  t.equal(history.unknownStatuses, 3);
  t.equal(history.receive(feedbackOf(40_000, [0, 0])).count, 0);
  t.equal(history.receive(feedbackOf(20_000, [0, 0])).count, 0);
  t.equal(history.ackedPackets, 2);
});

t.test('arrival times go on over the wrap of the reference time', async (t) => {
  const history = new SendHistory();
  sendPackets(history, 3);
  const first = history.receive(feedbackOf(0, [0], 0x7f_ffff)).arrivedUs[0]!;
  const second = history.receive(feedbackOf(1, [0], -0x80_0000)).arrivedUs[0]!;
  t.equal(second - first, 64_000);
});

t.test('a packet forgotten unreported leaves the flight', async (t) => {
  const history = new SendHistory();
  sendPackets(history, 8193);
  t.equal(history.unreportedPackets, 1);
  t.equal(history.bytesInFlight, 8192 * 1000);
  t.equal(history.receive(feedbackOf(0, [0])).count, 0);
  t.equal(history.receive(feedbackOf(1, [0])).count, 1);
  t.equal(history.unknownStatuses, 1);
});

t.test('what feedback left out is unreported, not lost, once later packets are told of', async (t) => {
  const history = new SendHistory(65_530);
  sendPackets(history, 400);
  t.equal(history.receive(feedbackOf(65_530, [0, LOST, 0])).unreportedPackets, 0);
  t.equal(history.receive(feedbackOf(294, [0])).unreportedPackets, 0, 'it may have been reordered');
  const outcome = history.receive(feedbackOf(393, [LOST]));
  t.equal(outcome.unreportedPackets, 0, 'a loss proves nothing: the receiver may have guessed it');
  const late = history.receive(feedbackOf(333, [0]));
  t.equal(late.unreportedPackets, 36, 'those sent more than 300 ms before, less the three told of');
  t.equal(late.unreportedBytes, 36_000);
  t.equal(history.lostPackets, 2);
  t.equal(history.unreportedPackets, 36);
  t.equal(history.bytesInFlight, (400 - 3 - 1 - 1 - 1 - 36) * 1000);
});

t.test('a feedback that comes after all still counts, as arrival or as loss', async (t) => {
  const history = new SendHistory();
  sendPackets(history, 400);
  history.receive(feedbackOf(399, [0]));
  t.equal(history.unreportedPackets, 99);
  const outcome = history.receive(feedbackOf(10, [0, LOST]));
  t.equal(outcome.ackedPackets, 1);
  t.equal(outcome.lostPackets, 1);
  t.equal(history.unreportedPackets, 97);
  t.equal(history.bytesInFlight, 300 * 1000);
});
