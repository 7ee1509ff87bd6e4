import t from 'tap';
import { CongestionController } from '../../../../src/sfu/congestion/congestion-controller.ts';
import { SendHistory } from '../../../../src/sfu/congestion/send-history.ts';

const bounds = { startBitsPerSecond: 300_000, minBitsPerSecond: 30_000, maxBitsPerSecond: 10e6 };

t.test('REMB sets the target where nothing better comes, and no longer once feedback does', async (t) => {
  const controller = new CongestionController(bounds);
  controller.handleRemb(200_000, 0);
  t.equal(controller.targetBitsPerSecond, 200_000);
  t.equal(controller.pacingBitsPerSecond, 500_000);
  const history = new SendHistory(0);
  for (let index = 0; index < 10; index += 1) {
    history.send(1000, 1, index, index * 10_000);
    controller.packetSent(1000, -1, index * 10_000);
  }
  const feedback = {
    baseSequenceNumber: 0,
    referenceTime: 0,
    feedbackCount: 0,
    count: 10,
    deltas: Array.from({ length: 10 }, () => 40),
  };
  controller.handleFeedback(history.receive(feedback), 120_000);
  const target = controller.targetBitsPerSecond!;
  controller.handleRemb(0, 130_000);
  controller.handleRemb(2 ** 60, 130_000);
  t.equal(controller.targetBitsPerSecond, target);
  t.ok(target > 300_000, 'it goes on from what was sent until then');
});

t.test('a feedback that tells nothing new changes nothing', async (t) => {
  const controller = new CongestionController(bounds);
  const history = new SendHistory(0);
  const feedback = { baseSequenceNumber: 5, referenceTime: 0, feedbackCount: 0, count: 3, deltas: [0, 0, 0] };
  controller.handleFeedback(history.receive(feedback), 0);
  t.equal(controller.targetBitsPerSecond, undefined);
  t.equal(controller.state, 'normal');
  t.equal(controller.nextTimeoutUs, Number.POSITIVE_INFINITY);
});
