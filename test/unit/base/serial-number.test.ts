import t from 'tap';
import {
  add16,
  add32,
  diff16,
  diff32,
  diffBits,
  isNewer16,
  isNewer32,
} from '../../../src/base/serial-number.ts';
import { Unwrapper } from '../../../src/base/unwrapper.ts';

t.test('distances are signed and shortest, also over the wrap', (t) => {
  for (const [a, b, distance] of [
    [0, 0, 0],
    [1, 0, 1],
    [0, 1, -1],
    [0, 65535, 1],
    [65535, 0, -1],
    [32767, 0, 32767],
    [32768, 0, -32768],
    [10, 65530, 16],
  ] as const) {
    t.equal(diff16(a, b), distance, `${a} - ${b}`);
  }
  t.equal(diff32(0, 0xffff_ffff), 1);
  t.equal(diff32(0xffff_ffff, 0), -1);
  t.equal(diff32(0x8000_0000, 0), -0x8000_0000);
  t.equal(diffBits(0, 127, 7), 1);
  t.equal(diffBits(127, 0, 7), -1);
  t.equal(diffBits(0, 0x7fff, 15), 1);
  t.equal(diffBits(0, 255, 8), 1);
  t.end();
});

t.test('newer means ahead by less than half the circle', (t) => {
  t.ok(isNewer16(0, 65535));
  t.notOk(isNewer16(65535, 0));
  t.notOk(isNewer16(7, 7));
  t.ok(isNewer32(5, 0xffff_fff0));
  t.notOk(isNewer32(0xffff_fff0, 5));
  t.end();
});

t.test('adding stays on the circle', (t) => {
  t.equal(add16(65535, 1), 0);
  t.equal(add16(0, -1), 65535);
  t.equal(add32(0xffff_ffff, 1), 0);
  t.equal(add32(0, -1), 0xffff_ffff);
  t.end();
});

t.test('an unwrapper counts on over the wrap, and back for reordered values', (t) => {
  const unwrapper = new Unwrapper(16);
  t.equal(unwrapper.last, undefined);
  t.equal(unwrapper.unwrap(65534), 65534);
  t.equal(unwrapper.unwrap(1), 65537);
  t.equal(unwrapper.unwrap(65535), 65535);
  t.equal(unwrapper.peek(3), 65539);
  t.equal(unwrapper.last, 65535, 'peek leaves the reference');
  t.equal(unwrapper.unwrap(0), 65536);
  unwrapper.reset();
  t.equal(unwrapper.unwrap(7), 7);
  t.end();
});

t.test('a value before an early first one goes below zero', (t) => {
  const unwrapper = new Unwrapper(16);
  unwrapper.unwrap(2);
  t.equal(unwrapper.unwrap(65535), -1);
  t.equal(unwrapper.unwrap(0), 0);
  t.end();
});

t.test('32-bit timestamps unwrap many times', (t) => {
  const unwrapper = new Unwrapper(32);
  let expected = 0;
  for (let step = 0; step < 20; step += 1) {
    t.equal(unwrapper.unwrap(expected % 0x1_0000_0000), expected);
    expected += 0x6000_0000;
  }
  t.end();
});

t.test('a width outside 2..32 is the caller’s mistake', (t) => {
  for (const bits of [0, 1, 33, 1.5]) t.throws(() => new Unwrapper(bits), TypeError);
  t.end();
});
