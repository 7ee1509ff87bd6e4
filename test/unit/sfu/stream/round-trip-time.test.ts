import t from 'tap';
import { RoundTripTime } from '../../../../src/sfu/stream/round-trip-time.ts';

t.test('RTT is the time from report to echo, less what the peer held it', async (t) => {
  const time = new RoundTripTime();
  time.sent(0xb710_8000, 1_000_000);
  t.equal(time.echoed(0xb710_8000, 0x1_0000, 2_050_000), 50_000);
  t.equal(time.smoothedUs, 50_000);
});

t.test('later measurements weigh an eighth', async (t) => {
  const time = new RoundTripTime();
  time.sent(1, 0);
  time.sent(2, 0);
  time.echoed(1, 0, 80_000);
  time.echoed(2, 0, 160_000);
  t.equal(time.smoothedUs, 90_000);
  t.equal(time.lastUs, 160_000);
});

t.test('echoes of nothing, of too old reports and with impossible delays measure nothing', async (t) => {
  const time = new RoundTripTime();
  t.equal(time.echoed(0, 0, 1000), undefined);
  t.equal(time.echoed(77, 0, 1000), undefined);
  time.sent(77, 0);
  t.equal(time.echoed(77, 0xffff_ffff, 1000), undefined);
  t.equal(time.echoed(77, 0, 61_000_000), undefined);
  t.equal(time.smoothedUs, undefined);
  for (let index = 0; index < 16; index += 1) time.sent(100 + index, 0);
  t.equal(time.echoed(77, 0, 1000), undefined);
  t.equal(time.echoed(100, 0, 1000), 1000);
});

t.test('a delay rounded up beyond a very short way still counts, as almost nothing', async (t) => {
  const time = new RoundTripTime();
  time.sent(5, 0);
  t.equal(time.echoed(5, 66, 1000), 1);
});
