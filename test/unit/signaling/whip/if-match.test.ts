import t from 'tap';
import { meetsIfMatch } from '../../../../src/signaling/whip/if-match.ts';

t.test('If-Match is met by the tag itself, by any list with it, and by a star', async (test) => {
  const rows: readonly [string | undefined, boolean | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['*', true],
    [' * ', true],
    ['"*"', true],
    ['"abc"', true],
    ['"x", "abc"', true],
    ['"x","y"', false],
    ['W/"abc"', false],
    ['abc', false],
    ['"ab"', false],
    ['"', false],
  ];
  for (const [header, met] of rows) test.equal(meetsIfMatch(header, '"abc"'), met, `${header}`);
});
