import t from 'tap';
import { AsSentRing } from '../../../../src/sfu/repair/as-sent-ring.ts';

const packet = (number: number, length: number): Buffer => Buffer.alloc(length, number & 0xff);

t.test('gives each packet back as it was, across the wrap of numbers and of its memory', async (t) => {
  const ring = new AsSentRing();
  for (let index = 0; index < 1000; index += 1) {
    const number = (65_400 + index) & 0xffff;
    const length = 100 + (index % 300);
    ring.store(number, packet(index, length), index);
    for (const back of [0, 1, 40]) {
      if (index < back) continue;
      const older = (number - back) & 0xffff;
      t.same(ring.get(older), packet(index - back, 100 + ((index - back) % 300)));
      t.equal(ring.sentUs(older), index - back);
    }
  }
});

t.test('what was overwritten or never stored is not found', async (t) => {
  const ring = new AsSentRing();
  t.equal(ring.get(0), undefined);
  for (let number = 0; number < 129; number += 1) ring.store(number, packet(number, 10), 0);
  t.equal(ring.get(0), undefined, 'its place is taken');
  t.ok(ring.get(1));
  for (let number = 129; number < 129 + 40; number += 1) ring.store(number, packet(number, 1000), 0);
  t.equal(ring.get(130), undefined, 'its bytes are');
  t.equal(ring.sentUs(130), Number.NEGATIVE_INFINITY);
  ring.store(200, packet(1, 5000), 0);
  t.equal(ring.get(200), undefined, 'too long to be audio');
});

t.test('a number passed over is told from one never reached', async (t) => {
  const ring = new AsSentRing();
  t.notOk(ring.isPassedOver(5));
  ring.store(65_534, packet(1, 10), 0);
  ring.store(2, packet(2, 10), 0);
  for (const number of [65_535, 0, 1]) t.ok(ring.isPassedOver(number));
  for (const number of [65_534, 2, 3, 1000, 40_000]) t.notOk(ring.isPassedOver(number));
});
