import t from 'tap';
import { readClockTime } from '../../../../src/app/cli/clock-time.ts';

const local = (...at: [year: number, month: number, day: number, hours: number, minutes: number]) =>
  new Date(...at).getTime();
const nowMs = new Date(2026, 10, 22, 9, 30, 12).getTime();

t.test('times as people say them are read on the clock of this machine', async (t) => {
  const cases: readonly [text: string, wallMs: number][] = [
    ['09:30', local(2026, 10, 22, 9, 30)],
    ['9:05', local(2026, 10, 22, 9, 5)],
    ['10:14', local(2026, 10, 21, 10, 14)],
    ['yesterday 10:14', local(2026, 10, 21, 10, 14)],
    ['yesterday 9:00', local(2026, 10, 21, 9, 0)],
    ['2026-11-20 10:14', local(2026, 10, 20, 10, 14)],
    ['2026-11-20T10:14', local(2026, 10, 20, 10, 14)],
    ['2026-11-20T02:14:00Z', Date.UTC(2026, 10, 20, 2, 14)],
    ['2026-11-20T10:14:30+08:00', Date.UTC(2026, 10, 20, 2, 14, 30)],
  ];
  for (const [text, wallMs] of cases) t.equal(readClockTime(text, nowMs), wallMs, text);
  t.equal(
    readClockTime('yesterday 10:14', local(2026, 0, 1, 0, 5)),
    local(2025, 11, 31, 10, 14),
    'over the new year',
  );
});

t.test('what is no time is none', async (t) => {
  for (const text of [
    '',
    '24:00',
    '10:60',
    '10',
    'tomorrow 10:00',
    '2026-13-41 10:00',
    '2026-11-20',
    '10:14:99Z',
  ]) {
    t.equal(readClockTime(text, nowMs), undefined, text);
  }
});
