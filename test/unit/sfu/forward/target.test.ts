import t from 'tap';
import { recordedPackets } from '../../../helpers/codec-vectors.ts';
import { TestSubscription } from '../../../helpers/test-subscription.ts';
import { Vp8Publisher } from '../../../helpers/vp8-publisher.ts';

t.test('a target above the encodings means the highest, one below zero means none', (t) => {
  const subscription = new TestSubscription('vp8', { encodings: 3 });
  subscription.forwarder.setTarget(9, 9);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), 2);
  subscription.forwarder.setTarget(-1, 0);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), -1);
  t.throws(() => new TestSubscription('vp8', { encodings: 0 }), TypeError);
  t.end();
});

t.test('AV1 simulcast: frame numbers go on over a switch, begun only with a structure', (t) => {
  const subscription = new TestSubscription('av1', { encodings: 2, pictureId: 65_530 });
  const low = recordedPackets('av1-l1t2');
  const high = recordedPackets('av1-l1t2');
  subscription.forwarder.setTarget(0, 7);
  for (const packet of low.slice(0, 20)) subscription.offer(packet, 0);
  subscription.forwarder.setTarget(1, 7);
  for (const packet of high.slice(1, 5)) t.equal(subscription.offer(packet, 1), undefined);
  const frames = (): number[] => [...new Set(subscription.received.map(({ pictureId }) => pictureId))];
  const before = frames().length;
  subscription.restart(1);
  for (const packet of high.slice(0, 20)) subscription.offer(packet, 1);
  t.equal(subscription.forwarder.currentEncoding, 1);
  t.ok(frames().length > before + 10);
  t.same(
    frames(),
    frames().map((_, index) => (65_530 + index) & 0xffff),
  );
  t.end();
});

t.test('numbers below zero, as early packets out of order get, are numbers like others', (t) => {
  const subscription = new TestSubscription('vp8');
  const publisher = new Vp8Publisher({ sequenceNumber: 65_500 });
  subscription.forwarder.setTarget(0, 7);
  const frames = Array.from({ length: 50 }, (_, index) => publisher.frame(1, index === 2)).flat();
  // The first packet to come is number 0; the key frame before it is number -34, and all after it are offered again.
  subscription.offer(frames[36]!);
  for (const packet of frames.slice(3, 36)) t.equal(subscription.offer(packet), undefined);
  t.equal(subscription.offer(frames[2]!)!.sequenceNumber, 1000);
  t.same(
    subscription.sequenceNumbers,
    Array.from({ length: 35 }, (_, index) => 1000 + index),
  );
  t.equal(subscription.offer(frames[37]!)!.sequenceNumber, 1035);
  t.end();
});
