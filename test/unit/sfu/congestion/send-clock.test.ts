import t from 'tap';
import { SendClock } from '../../../../src/sfu/congestion/send-clock.ts';

const UNITS_PER_SECOND = 0x4_0000;

t.test('abs-send-time counts on over its wrap of 64 s', async (t) => {
  const clock = new SendClock();
  const first = clock.fromAbsSendTime(0xff_ffff);
  const wrapped = clock.fromAbsSendTime(0);
  t.ok(Math.abs(wrapped - first - 1e6 / UNITS_PER_SECOND) < 0.01);
  t.ok(Math.abs(clock.fromAbsSendTime(UNITS_PER_SECOND) - wrapped - 1e6) < 0.01);
  t.ok(clock.fromAbsSendTime(UNITS_PER_SECOND - 1) < clock.fromAbsSendTime(UNITS_PER_SECOND), 'reordered');
});

t.test(
  'without it one stream’s timestamps serve, audio as soon as there is any, over the wrap',
  async (t) => {
    const clock = new SendClock();
    t.equal(clock.fromTimestamp(1, 9_000, 90_000), 100_000);
    t.ok(Number.isNaN(clock.fromTimestamp(2, 0, 90_000)), 'another picture is not listened to');
    const { origin } = clock;
    const first = clock.fromTimestamp(3, 0xffff_ffff, 48_000);
    t.equal(clock.origin, origin + 1, 'these are times of another origin');
    t.ok(Math.abs(clock.fromTimestamp(3, 47_999, 48_000) - first - 1e6) < 0.01);
    t.ok(Number.isNaN(clock.fromTimestamp(1, 9_000, 90_000)));
  },
);

t.test('once abs-send-time is there, timestamps are not heeded', async (t) => {
  const clock = new SendClock();
  clock.fromTimestamp(3, 0, 48_000);
  const { origin } = clock;
  clock.fromAbsSendTime(5);
  t.equal(clock.origin, origin + 1);
  t.ok(Number.isNaN(clock.fromTimestamp(3, 960, 48_000)));
});
