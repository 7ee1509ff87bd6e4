import t from 'tap';
import { nearest } from '../../../../src/app/config/nearest.ts';

t.test('a mistyped word is told its nearest, whatever its case; a strange one nothing', async (t) => {
  const known = ['httpPort', 'httpsPort', 'listen'];
  const cases: readonly [word: string, expected: string | undefined][] = [
    ['httpsPort', 'httpsPort'],
    ['HTTPSPORT', 'httpsPort'],
    ['htpPort', 'httpPort'],
    ['listn', 'listen'],
    ['lsiten', 'listen'],
    ['certificate', undefined],
    ['', undefined],
  ];
  for (const [word, expected] of cases) t.equal(nearest(word, known), expected, word);
  t.equal(nearest('x', []), undefined);
});
