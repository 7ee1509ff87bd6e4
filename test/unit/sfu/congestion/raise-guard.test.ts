import t from 'tap';
import { RaiseGuard } from '../../../../src/sfu/congestion/raise-guard.ts';

const SECOND = 1_000_000;
const FREE = Number.POSITIVE_INFINITY;

t.test(
  'after a fall a second passes before what it had may be had again, from the start nothing does',
  async (t) => {
    const guard = new RaiseGuard();
    t.equal(guard.ceiling(500_000, 0), FREE);
    guard.lowered(1_700_000, 500_000, 10 * SECOND);
    t.equal(guard.ceiling(500_000, 11 * SECOND - 1), 1_530_000);
    t.equal(guard.ceiling(500_000, 11 * SECOND), FREE);
  },
);

t.test('falling in steps is one fall', async (t) => {
  const guard = new RaiseGuard();
  guard.lowered(1_700_000, 900_000, SECOND);
  guard.lowered(500_000, 400_000, 1.2 * SECOND);
  t.equal(guard.ceiling(400_000, 2 * SECOND), 1_530_000);
});

t.test(
  'each raise that was a mistake doubles the wait, up to half a minute; a minute without forgives',
  async (t) => {
    const guard = new RaiseGuard();
    let nowUs = 0;
    guard.lowered(500_000, 300_000, nowUs);
    for (const seconds of [2, 4, 8, 16, 30, 30]) {
      nowUs += 31 * SECOND;
      guard.raised(600_000, nowUs);
      nowUs += 3 * SECOND;
      guard.lowered(500_000, 300_000, nowUs);
      t.equal(guard.ceiling(600_000, nowUs + seconds * SECOND - 1), 450_000, `${seconds} s`);
      t.equal(guard.ceiling(600_000, nowUs + seconds * SECOND), FREE, `${seconds} s`);
    }
    nowUs += 61 * SECOND;
    guard.lowered(500_000, 300_000, nowUs);
    t.equal(guard.ceiling(300_000, nowUs + SECOND), FREE);
  },
);

t.test('an estimate far above the one that misled ends the wait', async (t) => {
  const guard = new RaiseGuard();
  guard.raised(600_000, 0);
  guard.lowered(500_000, 200_000, SECOND);
  t.equal(guard.ceiling(1_500_000, 1.5 * SECOND), 450_000);
  t.equal(guard.ceiling(1_500_001, 1.5 * SECOND), FREE);
});
