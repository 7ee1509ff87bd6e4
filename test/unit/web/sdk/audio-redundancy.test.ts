import t from 'tap';
import { AudioRedundancy, orderRed } from '../../../../web/sdk/audio-redundancy.ts';

t.test('redundancy comes with loss at once and goes when the line has been good for 20 s', async (test) => {
  const redundancy = new AudioRedundancy();
  const steps: readonly [number, number, boolean, string][] = [
    [0, 0, false, 'a line that loses nothing'],
    [2_000, 0.02, false, 'a little is repaired otherwise'],
    [4_000, 0.3, true, 'a line that loses a third'],
    [6_000, 0.01, true, 'not bad, not good'],
    [8_000, 0, true, 'good'],
    [27_000, 0.005, true, 'for 19 s'],
    [28_000, 0.01, true, 'not for 20'],
    [30_000, 0, true, 'good again'],
    [49_999, 0, true, 'for less than 20 s'],
    [50_000, 0, false, 'for 20 s'],
    [52_000, 0.021, true, 'and bad again'],
  ];
  for (const [atMs, loss, expected, name] of steps)
    test.equal(redundancy.measured(atMs, loss), expected, name);
});

t.test('RED moves alone, to the front or to the end', async (test) => {
  const codecs = ['audio/opus', 'audio/red', 'audio/G722'].map((mimeType) => ({ mimeType }));
  const names = (first: boolean) => orderRed(codecs, first).map(({ mimeType }) => mimeType);
  test.same(names(true), ['audio/red', 'audio/opus', 'audio/G722']);
  test.same(names(false), ['audio/opus', 'audio/G722', 'audio/red']);
  test.same(orderRed([], true), []);
});
