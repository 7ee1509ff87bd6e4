import t from 'tap';
import { ntpFraction, ntpMiddle32, ntpSeconds, unixUsOfNtp } from '../../../../src/sfu/stream/ntp-time.ts';

t.test('known instants', async (t) => {
  const cases: [string, number, number, number][] = [
    ['1970-01-01', 0, 2_208_988_800, 0],
    ['half a second later', 500_000, 2_208_988_800, 0x8000_0000],
    ['2026-11-22T10:00:00.25Z', Date.UTC(2026, 10, 22, 10) * 1000 + 250_000, 4_004_330_400, 0x4000_0000],
    ['the last µs of the era', (0xffff_ffff - 2_208_988_800) * 1e6 + 999_999, 0xffff_ffff, 0xffff_ef39],
    ['the first second of the next', (0x1_0000_0000 - 2_208_988_800) * 1e6, 0, 0],
  ];
  for (const [name, unixUs, seconds, fraction] of cases) {
    t.equal(ntpSeconds(unixUs), seconds, name);
    t.equal(ntpFraction(unixUs), fraction, name);
    t.ok(Math.abs(unixUsOfNtp(seconds, fraction) - unixUs) <= 1, name);
  }
});

t.test('the middle 32 bits, also with the high bits set', async (t) => {
  t.equal(ntpMiddle32(0x1234_5678, 0x9abc_def0), 0x5678_9abc);
  t.equal(ntpMiddle32(0xffff_ffff, 0xffff_ffff), 0xffff_ffff);
  t.equal(ntpMiddle32(0, 0), 0);
});
