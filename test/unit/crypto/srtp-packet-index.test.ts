import t from 'tap';
import { acceptablePacketIndex, nearestPacketIndex } from '../../../src/crypto/srtp-packet-index.ts';

const turn = 65_536;

t.test('the nearest index follows RFC 3711 Appendix A on both sides of a wrap', async (t) => {
  const table: [highest: number, sequenceNumber: number, index: number][] = [
    [0, 0, 0],
    [0, 1, 1],
    [0, 32_767, 32_767],
    // Nothing is earlier than rollover counter 0.
    [0, 65_535, 65_535],
    [100, 65_400, 65_400],
    [65_535, 0, turn],
    [65_535, 65_535, 65_535],
    [65_535, 32_768, 32_768],
    [turn, 65_535, 65_535],
    [turn + 199, 65_000, 65_000],
    [turn + 199, 200, turn + 200],
    [2 * turn - 1, 284, 2 * turn + 284],
    [2 * turn + 284, 65_535, 2 * turn - 1],
    [2 ** 48 - 1, 0, 2 ** 48],
    [2 ** 48 - 1, 65_534, 2 ** 48 - 2],
  ];
  for (const [highest, sequenceNumber, index] of table) {
    t.equal(nearestPacketIndex(highest, sequenceNumber), index, `${sequenceNumber} after ${highest}`);
  }
});

t.test('the nearest index equals the pseudo-code of Appendix A but at half a turn exactly', async (t) => {
  const appendixA = (highest: number, sequenceNumber: number) => {
    const last = highest % turn;
    const base = highest - last;
    if (last < 32_768) return base + sequenceNumber - (sequenceNumber - last > 32_768 ? turn : 0);
    return base + sequenceNumber + (last - 32_768 > sequenceNumber ? turn : 0);
  };
  for (let last = 0; last < turn; last += 977) {
    for (let sequenceNumber = 0; sequenceNumber < turn; sequenceNumber += 211) {
      if (Math.abs(last - sequenceNumber) === 32_768) continue;
      const highest = 5 * turn + last;
      if (nearestPacketIndex(highest, sequenceNumber) !== appendixA(highest, sequenceNumber)) {
        t.fail(`${sequenceNumber} after ${highest}`);
      }
    }
  }
  t.pass('all equal');
});

t.test('a receiver takes what is behind its window as ahead', async (t) => {
  const window = 1024;
  const highest = 3 * turn + 40_000;
  t.equal(acceptablePacketIndex(highest, 40_001, window), highest + 1);
  t.equal(acceptablePacketIndex(highest, 40_000 - 1023, window), highest - 1023, 'last one in the window');
  t.equal(
    acceptablePacketIndex(highest, 40_000 - 1024, window),
    highest - 1024 + turn,
    'first one behind it',
  );
  t.equal(acceptablePacketIndex(turn, 65_535, window), turn - 1, 'reordered over the wrap');
  t.equal(acceptablePacketIndex(10, 65_535, window), 65_535, 'never below zero');
});
