import t from 'tap';
import { en } from '../../../../web/page/words/en.ts';
import { zh } from '../../../../web/page/words/zh.ts';

/** Every sentence with its path; sentences with holes are filled. */
function sentences(words: object, path = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] => {
    const here = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string') return [[here, value]];
    if (typeof value === 'function') return [[here, String(value('A', 'B'))]];
    return sentences(value as object, here);
  });
}

const english = new Map(sentences(en));
const chinese = new Map(sentences(zh));

/** The same in both by their nature. */
const same = new Set([
  'product',
  'landing.pastePlaceholder',
  'check.sharp',
  'check.defaultDevice',
  'details.layerName',
]);

t.test('both languages say the same things', async (test) => {
  test.same([...chinese.keys()], [...english.keys()]);
});

t.test('nothing is empty, and nothing was left untranslated', async (test) => {
  for (const [path, sentence] of english) {
    test.not(sentence.trim(), '', path);
    test.not(chinese.get(path)?.trim(), '', path);
    if (same.has(path) || path.endsWith('anguageName') || path === 'otherLanguage') continue;
    test.match(chinese.get(path), /\p{Script=Han}/u, path);
    test.notMatch(sentence, /\p{Script=Han}/u, path);
  }
});

t.test('what fills a hole is said in both', async (test) => {
  for (const [path, sentence] of english) {
    if (!/\bA\b/.test(sentence) || path.startsWith('problem')) continue;
    test.match(chinese.get(path), /A/, path);
  }
});
