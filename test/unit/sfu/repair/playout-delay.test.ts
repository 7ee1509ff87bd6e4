import t from 'tap';
import { fecPlan } from '../../../../src/sfu/repair/fec-plan.ts';
import { LossRuns } from '../../../../src/sfu/repair/loss-runs.ts';
import { nackPaceUs } from '../../../../src/sfu/repair/nack-pace.ts';
import { type Leg, PlayoutDelay } from '../../../../src/sfu/repair/playout-delay.ts';
import { PlayoutDelayTeller } from '../../../../src/sfu/repair/playout-delay-teller.ts';

const SECOND = 1_000_000;
const leg = (lossFraction: number, rttMs = 50, queueMs = 0): Leg => ({
  lossFraction,
  rttUs: rttMs * 1000,
  meanQueueUs: queueMs * 1000,
});

/** Where the delay comes to rest. */
function rested(up: Leg, down: Leg, inBursts = false): number {
  const delay = new PlayoutDelay();
  for (let second = 0; second < 60; second += 1) delay.update(up, down, inBursts, second * SECOND);
  return delay.minMs;
}

t.test('the delay follows the loss of both legs, more with bursts and long round trips', async (t) => {
  for (const [loss, least, most] of [
    [0, 0, 0],
    [0.029, 0, 0],
    [0.1, 80, 100],
    [0.3, 210, 230],
    [0.4, 270, 290],
    [0.5, 330, 350],
    [1, 360, 400],
  ] as const) {
    const ms = rested(leg(loss), leg(loss));
    t.ok(ms >= least && ms <= most, `${ms} ms at ${loss}`);
  }
  t.equal(rested(leg(0), leg(0.3)), 110, 'one leg needs half');
  t.ok(rested(leg(0.3), leg(0.3), true) >= 270, 'bursts');
  const far = rested(leg(0.3, 150), leg(0.3, 150));
  t.ok(far >= 370 && far <= 380, `${far} ms at 150 ms a leg`);
  const queued = rested(leg(0.1, 50, 20), leg(0.1, 50, 500));
  t.ok(queued >= 180 && queued <= 190, `${queued} ms on narrow lines`);
  t.equal(
    rested(leg(0.3, 50, 100), leg(0.3)),
    rested(leg(0.3), leg(0.3)),
    'what 30 % asks for is enough for both',
  );
  t.equal(rested(leg(0, 50, 100), leg(0, 50, 100)), 0, 'without loss the receiver sees to it itself');
  t.equal(rested({ ...leg(0.3), rttUs: undefined }, leg(0.3)), rested(leg(0.3), leg(0.3)));
});

t.test('it rises at once, falls slowly, and small changes change nothing', async (t) => {
  const delay = new PlayoutDelay();
  delay.update(leg(0), leg(0), false, 0);
  t.equal(delay.version, 0);
  delay.update(leg(0.3), leg(0.3), false, SECOND);
  t.equal(delay.minMs, 220);
  t.equal(delay.value, (22 << 12) | 37);
  delay.update(leg(0.32), leg(0.31), false, 2 * SECOND);
  t.equal(delay.version, 1);
  delay.update(leg(0), leg(0), false, 2 * SECOND);
  t.equal(delay.minMs, 220, 'not within three seconds');
  const fall: number[] = [];
  for (let second = 4; second < 40; second += 1) {
    delay.update(leg(0), leg(0), false, second * SECOND);
    if (fall.at(-1) !== delay.minMs) fall.push(delay.minMs);
  }
  t.same(fall, [180, 140, 100, 60, 0]);
  t.equal(delay.value, 1000, 'no delay, and no maximum that would switch off the buffer');
});

t.test(
  'every packet bears the delay; its end is told until that is known to have come, and by every key frame',
  async (t) => {
    const delay = new PlayoutDelay();
    const teller = new PlayoutDelayTeller();
    t.equal(teller.valueFor(delay, 65_533, true), -1, 'there is nothing to tell');
    delay.update(leg(0.3), leg(0.3), false, SECOND);
    const { value } = delay;
    t.equal(teller.valueFor(delay, 65_500, false), value);
    teller.acknowledged(65_500);
    t.equal(teller.valueFor(delay, 65_501, false), value, 'that was perhaps not the first packet of a frame');
    for (let second = 10; second < 40; second += 1) delay.update(leg(0), leg(0), false, second * SECOND);
    t.equal(delay.minMs, 0);
    const end = delay.value;
    t.equal(teller.valueFor(delay, 65_535, false), end);
    teller.acknowledged(65_534);
    t.equal(teller.valueFor(delay, 0, false), end, 'that one did not bear it');
    teller.acknowledged(0);
    t.equal(teller.valueFor(delay, 1, false), -1);
    t.equal(teller.valueFor(delay, 2, true), end);
  },
);

t.test('the mean run of losses is told', async (t) => {
  const single = new LossRuns();
  for (let number = 65_000; number < 65_600; number += 2) single.lost(number & 0xffff);
  t.equal(single.mean, 1);
  const runs = new LossRuns();
  for (let start = 65_000; start < 66_000; start += 10)
    for (let number = start; number < start + 5; number += 1) runs.lost(number & 0xffff);
  t.ok(Math.abs(runs.mean - 5) < 0.1, `${runs.mean}`);
  runs.lost(65_999 & 0xffff);
  runs.lost(65_999 & 0xffff);
  t.ok(runs.mean <= 5, 'a copy of the same does not count');
  t.ok(runs.areLong(0.3));
  t.notOk(runs.areLong(0.9), 'at that loss five in a row are chance');
  t.notOk(single.areLong(0.3));
});

t.test('browsers ask again sooner where there is loss', async (t) => {
  t.equal(nackPaceUs(0, 50_000), undefined);
  t.equal(nackPaceUs(Number.NaN, 50_000), undefined);
  t.equal(nackPaceUs(0.3, 20_000), 10_000);
  t.ok(nackPaceUs(0.3, undefined)! >= 35_000 && nackPaceUs(0.3, 150_000)! <= 40_000);
});

t.test('FEC is for much loss, and for long round trips with some', async (t) => {
  t.equal(fecPlan(0.19, 50_000), undefined);
  t.equal(fecPlan(0.19, undefined), undefined);
  t.equal(fecPlan(Number.NaN, undefined), undefined);
  t.equal(fecPlan(0.2, undefined)!.every, 1);
  t.equal(fecPlan(0.02, 150_000), undefined);
  t.equal(fecPlan(0.05, 150_000)!.every, 4);
  t.equal(fecPlan(0.1, 150_000)!.every, 2);
  t.equal(fecPlan(0.3, 150_000)!.every, 1);
});
