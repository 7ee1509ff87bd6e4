import t from 'tap';
import { ReplayWindow } from '../../../src/crypto/srtp-replay-window.ts';
import { seeded } from '../../helpers/seeded.ts';

t.test('accepts each index once, in any order within the window', async (t) => {
  const window = new ReplayWindow(64);
  t.equal(window.highest, -1);
  t.equal(window.check(0), 'new');
  window.accept(100);
  t.equal(window.check(100), 'replayed');
  t.equal(window.check(37), 'new', 'the oldest in the window');
  t.equal(window.check(36), 'old');
  window.accept(37);
  t.equal(window.check(37), 'replayed');
  window.accept(101);
  t.equal(window.check(37), 'old');
  t.equal(window.check(38), 'new');
  t.equal(window.highest, 101);
});

t.test('forgets what it passes over in a jump of n-1, n and n+1', async (t) => {
  for (const jump of [63, 64, 65, 1000]) {
    const window = new ReplayWindow(64);
    for (let index = 0; index < 64; index += 1) window.accept(index);
    window.accept(63 + jump);
    for (let index = 64; index < 63 + jump; index += 1) {
      if (index > 63 + jump - 64) t.equal(window.check(index), 'new', `jump ${jump}, index ${index}`);
    }
    t.equal(window.check(63), jump < 64 ? 'replayed' : 'old');
  }
});

t.test('agrees with a set of accepted indices, far above 2^32 too', async (t) => {
  const seed = 7;
  t.comment(`seed ${seed}`);
  const random = seeded(seed);
  const window = new ReplayWindow(128);
  const accepted = new Set<number>();
  let highest = 2 ** 47;
  for (let step = 0; step < 20_000; step += 1) {
    const index = highest + Math.floor(random() * 200) - 160;
    const expected = index <= window.highest - 128 ? 'old' : accepted.has(index) ? 'replayed' : 'new';
    if (window.check(index) !== expected) t.equal(window.check(index), expected, `step ${step}`);
    if (expected === 'new') {
      window.accept(index);
      accepted.add(index);
      highest = Math.max(highest, index);
    }
  }
  t.ok(accepted.size > 1000, `${accepted.size} accepted`);
});

t.test('refuses a size that is not a power of two from 32 to 32768', async (t) => {
  for (const size of [0, 16, 33, 1000, 65_536]) t.throws(() => new ReplayWindow(size), TypeError);
});
