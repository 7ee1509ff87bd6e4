import t from 'tap';
import { AcknowledgedBitrateEstimator } from '../../../../src/sfu/congestion/acknowledged-bitrate-estimator.ts';
import { AlrDetector } from '../../../../src/sfu/congestion/alr-detector.ts';
import { FeedbackWatch } from '../../../../src/sfu/congestion/feedback-watch.ts';
import { LossFraction } from '../../../../src/sfu/congestion/loss-fraction.ts';
import { LossModel } from '../../../../src/sfu/congestion/loss-model.ts';
import { QueueDelay } from '../../../../src/sfu/congestion/queue-delay.ts';
import { RembLimit } from '../../../../src/sfu/congestion/remb-limit.ts';
import { SentBytes } from '../../../../src/sfu/congestion/sent-bytes.ts';

t.test('sent bytes are told of any span, its end included', async (t) => {
  const sent = new SentBytes();
  t.equal(sent.between(0, 1e9), 0);
  for (let index = 0; index < 10; index += 1) sent.add(100, index * 1000);
  t.equal(sent.between(-1, 9000), 1000);
  t.equal(sent.between(0, 9000), 900);
  t.equal(sent.between(3000, 5000), 200);
  t.equal(sent.between(5000, 3000), 0);
  t.equal(sent.bitsPerSecond(0, 9000), (900 * 8e6) / 9000);
  t.equal(sent.bitsPerSecond(5, 5), 0);
});

t.test('after 4,096 packets the oldest are forgotten, and the rest is right', async (t) => {
  const sent = new SentBytes();
  for (let index = 0; index < 10_000; index += 1) sent.add(10, index);
  t.equal(sent.between(9_000, 9_999), 9_990);
  t.equal(sent.between(0, 9_999), 40_950);
  t.equal(sent.newestUs, 9_999);
});

t.test('the acknowledged bitrate is known after half a second and follows a change', async (t) => {
  const estimator = new AcknowledgedBitrateEstimator();
  let atUs = 0;
  const arrive = (bits: number, seconds: number) => {
    for (let packet = 0; packet < (bits * seconds) / 8000; packet += 1) {
      atUs += 8e9 / bits;
      estimator.add(1000, atUs);
    }
  };
  arrive(1e6, 0.4);
  t.equal(estimator.bitsPerSecond, undefined);
  arrive(1e6, 2);
  t.ok(Math.abs(estimator.bitsPerSecond! - 1e6) < 5e4, `${estimator.bitsPerSecond}`);
  arrive(3e6, 0.4);
  t.ok(estimator.latestBitsPerSecond! > 2.8e6, 'the quick one at once');
  t.ok(estimator.bitsPerSecond! < 2.5e6, 'the smooth one later');
  arrive(3e6, 4);
  t.ok(Math.abs(estimator.bitsPerSecond! - 3e6) < 1.5e5, `${estimator.bitsPerSecond}`);
});

t.test('a pause says nothing, and times that go backwards do no harm', async (t) => {
  const estimator = new AcknowledgedBitrateEstimator();
  for (let index = 1; index < 1000; index += 1) estimator.add(1000, index * 8000);
  const before = estimator.bitsPerSecond!;
  estimator.add(1000, 60e6);
  t.equal(estimator.bitsPerSecond, before);
  for (let index = 0; index < 1000; index += 1) estimator.add(1000, 60e6 - index * 8000);
  t.equal(estimator.bitsPerSecond, before, 'no time passed');
});

t.test('sending far less than the estimate is application limited, and ends with full sending', async (t) => {
  const alr = new AlrDetector(1e6);
  let nowUs = 0;
  const send = (bits: number, seconds: number) => {
    const end = nowUs + seconds * 1e6;
    for (; nowUs < end; nowUs += 10_000) alr.sent((bits * 0.01) / 8, nowUs);
  };
  send(0.9e6, 2);
  t.equal(alr.startedUs, undefined);
  send(0.1e6, 2);
  t.ok(alr.startedUs !== undefined);
  send(0.9e6, 2);
  t.equal(alr.startedUs, undefined);
  t.ok(alr.endedUs > 0);
});

t.test('the queue is what the quickest packet waits above the least of half a minute', async (t) => {
  const queue = new QueueDelay();
  queue.update(-5_000_000, 0);
  t.equal(queue.us, 0);
  queue.update(-4_900_000, 1e6);
  t.equal(queue.us, 100_000);
  for (let second = 2; second < 40; second += 1) queue.update(-4_900_000, second * 1e6);
  t.equal(queue.us, 0, 'a new path is got used to');
  queue.reset();
  queue.update(1e9, 41e6);
  t.equal(queue.us, 0);
});

t.test('the loss fraction forgets within some seconds and takes back what came after all', async (t) => {
  const loss = new LossFraction();
  t.equal(loss.fraction, 0);
  loss.update(100, 30, 0, 0);
  t.equal(loss.fraction, 0.3);
  loss.update(0, 0, 30, 0);
  t.equal(loss.fraction, 0);
  loss.update(100, 100, 0, 0);
  for (let index = 1; index <= 50; index += 1) loss.update(10, 0, 0, index * 100_000);
  t.ok(loss.fraction < 0.03, `${loss.fraction}`);
  loss.update(0, 0, 1e9, 5e6);
  t.equal(loss.fraction, 0);
});

t.test('REMB is bounded: 0, 2^60 and nonsense do no harm', async (t) => {
  const remb = new RembLimit(300_000, 30_000, 10e6);
  remb.update(Number.NaN, 0);
  t.equal(remb.bitsPerSecond, undefined);
  remb.update(2 ** 60, 0);
  t.equal(remb.bitsPerSecond, 300_000);
  remb.update(2 ** 60, 1e6);
  t.equal(remb.bitsPerSecond, 600_000, 'it may double in a second');
  remb.update(0, 1.1e6);
  t.equal(remb.bitsPerSecond, 30_000);
  for (let second = 2; second < 60; second += 1) remb.update(2 ** 60, second * 1e6);
  t.equal(remb.bitsPerSecond, 10e6);
  remb.update(5e6, 10e6);
  t.equal(remb.bitsPerSecond, 5e6, 'time that went backwards is no time');
});

t.test('silence lowers step by step to a fifth, and feedback ends it', async (t) => {
  const watch = new FeedbackWatch();
  watch.sent(0);
  t.equal(watch.nextTimeoutUs, Number.POSITIVE_INFINITY, 'who never reported is not missed');
  watch.heard(1e6);
  watch.sent(2e6);
  watch.sent(2.5e6);
  t.equal(watch.nextTimeoutUs, 3.5e6);
  watch.process(3.4e6);
  t.equal(watch.factor, 1);
  watch.process(3.5e6);
  t.equal(watch.factor, 0.8);
  watch.process(4e6);
  t.ok(Math.abs(watch.factor - 0.64) < 1e-9);
  t.equal(watch.heard(4.1e6), 2.1e6);
  t.equal(watch.factor, 1);
  t.equal(watch.lastingFactor, 1);
  watch.sent(5e6);
  watch.process(60e6);
  t.equal(watch.factor, 0.2);
  t.equal(watch.nextTimeoutUs, Number.POSITIVE_INFINITY);
  watch.heard(60e6);
  t.equal(watch.lastingFactor, 0.2, 'after so long it goes on from there');
});

t.test('the loss model tells a lossy path from a full one by how loss changes with the rate', async (t) => {
  const rates = [0.8e6, 1.2e6, 1e6, 1.6e6, 0.9e6, 1.4e6];
  const radio = new LossModel();
  const policed = new LossModel();
  const both = new LossModel();
  for (const rate of [...rates, ...rates]) {
    const bytes = rate / 32;
    radio.add(rate, bytes, bytes * 0.3);
    policed.add(rate, bytes, bytes * Math.max(0, 1 - 1e6 / rate));
    both.add(rate, bytes, bytes * (0.2 + 0.8 * Math.max(0, 1 - 1e6 / rate)));
  }
  const free = radio.fit(Number.POSITIVE_INFINITY);
  t.ok(Math.abs(radio.inherentLoss - 0.3) < 0.01);
  for (const capacity of [0.6e6, 0.8e6, 1e6, 1.3e6]) t.ok(radio.fit(capacity) < free, `not ${capacity}`);
  const limited = policed.fit(1e6);
  t.ok(policed.inherentLoss < 0.01);
  t.ok(limited > policed.fit(Number.POSITIVE_INFINITY) + 5);
  t.ok(limited > policed.fit(0.7e6) && limited > policed.fit(1.4e6));
  both.fit(1e6);
  t.ok(Math.abs(both.inherentLoss - 0.2) < 0.02, `${both.inherentLoss}`);
});

t.test('the model keeps what it is told to keep, in order, over the wrap of its ring', async (t) => {
  const model = new LossModel();
  for (let index = 1; index <= 40; index += 1) model.add(index, 1000, index * 10);
  model.keepNewest(3);
  t.equal(model.count, 3);
  t.same([model.rateAt(0), model.rateAt(1), model.rateAt(2)], [40, 39, 38]);
  t.equal(model.lossAt(0), 0.4);
  model.add(41, 1000, 0);
  t.same([model.count, model.rateAt(0), model.rateAt(3)], [4, 41, 38]);
  t.equal(model.leastRate(4), 38);
});
