import t from 'tap';
import { ReceiverEstimate } from '../../../../src/sfu/congestion/receiver-estimate.ts';

const WINDOW_US = 250_000;

/** Windows of a sender that sends what it may, up to `wants`, over a way that takes `loss` and queues above `line`. */
function play(seconds: number, wants: number, loss: number, line = Number.POSITIVE_INFINITY) {
  const estimate = new ReceiverEstimate();
  let queueUs = 0;
  let worstQueueUs = 0;
  let offered = 0;
  for (let nowUs = WINDOW_US; nowUs <= seconds * 1e6; nowUs += WINDOW_US) {
    offered = Math.min(wants, estimate.bitsPerSecond);
    const passed = offered * (1 - loss);
    queueUs = Math.max(0, queueUs + ((passed - line) / line) * WINDOW_US || 0);
    if (nowUs > 20e6) worstQueueUs = Math.max(worstQueueUs, queueUs);
    estimate.window(offered, Math.min(passed, line), WINDOW_US, queueUs, false, nowUs);
  }
  return { bitsPerSecond: estimate.bitsPerSecond, offered, worstQueueUs };
}

t.test('it grows by 8 % a second and never far ahead of what is sent, random loss or not', async (t) => {
  for (const loss of [0, 0.3, 0.5]) {
    const { bitsPerSecond, offered } = play(60, 800_000, loss);
    t.equal(offered, 800_000);
    t.ok(bitsPerSecond <= 800_000 * 1.5 + 10_000, `${bitsPerSecond}`);
  }
  t.ok(play(5, 10e6, 0).bitsPerSecond < 300_000 * 1.08 ** 5 + 1);
});

t.test('a bottleneck is followed, with a queue of little more than a tenth of a second', async (t) => {
  for (const line of [400_000, 1_000_000]) {
    const { worstQueueUs, bitsPerSecond } = play(60, 5e6, 0, line);
    t.ok(worstQueueUs < 150_000, `${worstQueueUs} us of queue`);
    t.ok(bitsPerSecond > line * 0.5 && bitsPerSecond < line * 1.2, `${bitsPerSecond} of ${line}`);
  }
});

t.test('loss that is congestion lowers it, not below 50 kbit/s, nor at once again', async (t) => {
  const estimate = new ReceiverEstimate();
  estimate.window(300_000, 200_000, WINDOW_US, 0, true, 1e6);
  t.equal(estimate.bitsPerSecond, 170_000);
  estimate.window(300_000, 100_000, WINDOW_US, 0, true, 1e6 + WINDOW_US);
  t.equal(estimate.bitsPerSecond, 170_000, 'what was said has not taken effect yet');
  for (let step = 2; step < 20; step += 1) estimate.window(1, 1, WINDOW_US, 0, true, step * 1e6);
  t.equal(estimate.bitsPerSecond, 50_000);
});

t.test('where nothing is known of queues, only congestion lowers it', async (t) => {
  const estimate = new ReceiverEstimate();
  for (let step = 1; step < 40; step += 1) {
    estimate.window(600_000, 600_000, WINDOW_US, undefined, false, step * WINDOW_US);
  }
  t.ok(estimate.bitsPerSecond > 600_000);
});
