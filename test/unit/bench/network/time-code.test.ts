import t from 'tap';
import { COLUMNS, cellsOf, decodeTime, encodeTime, ROWS } from '../../../../bench/network/time-code.ts';
import { seeded } from '../../../helpers/seeded.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 20, 0, 0);
const DAY_MS = 86_400_000;

t.test('a time comes back from its cells, also across the wrap of its 32 bits', async (t) => {
  const wrapMs = Math.ceil(NOW_MS / 2 ** 32) * 2 ** 32;
  for (const [timeMs, nearMs] of [
    [NOW_MS, NOW_MS],
    [NOW_MS - 600, NOW_MS],
    [NOW_MS + 20 * DAY_MS, NOW_MS],
    [wrapMs - 1, wrapMs],
    [wrapMs, wrapMs - 1],
    [wrapMs + 500, wrapMs - 500],
  ] as const) {
    const cells = encodeTime(timeMs);
    t.equal(cells.length, COLUMNS * ROWS);
    t.equal(decodeTime(cells, nearMs), timeMs);
  }
});

t.test('one, two and three cells read wrongly are always noticed', async (t) => {
  const random = seeded(4);
  const cell = () => Math.floor(random() * COLUMNS * ROWS);
  for (let round = 0; round < 3000; round += 1) {
    const wrong = new Set(Array.from({ length: 1 + (round % 3) }, cell));
    const cells = encodeTime(NOW_MS + round * 41).map((isWhite, index) => isWhite !== wrong.has(index));
    if (decodeTime(cells, NOW_MS) !== undefined) t.fail(`${[...wrong]} wrong in round ${round}`);
  }
});

t.test('a picture of one colour, and too few cells, are no time', async (t) => {
  for (const colour of [false, true]) {
    t.equal(decodeTime(new Array<boolean>(COLUMNS * ROWS).fill(colour), NOW_MS), undefined);
  }
  t.equal(decodeTime(encodeTime(NOW_MS).slice(1), NOW_MS), undefined);
  t.equal(decodeTime([], NOW_MS), undefined);
});

t.test('cells are told apart at any contrast', async (t) => {
  const cells = encodeTime(NOW_MS);
  t.same(cellsOf(cells.map((isWhite, index) => (isWhite ? 150 : 90) + (index % 7))), cells);
});
