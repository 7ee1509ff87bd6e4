import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type ErrorInfo, errorCodes, isErrorCode, retiredErrorCodes } from '../../../src/base/error-codes.ts';
import { requests } from '../../../src/signaling/protocol/requests.ts';

const src = new URL('../../../src/', import.meta.url).pathname;
const registry = join(src, 'base/error-codes.ts');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(src, file))
  .filter((file) => file !== registry);
const texts = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));

t.test('every code that is thrown, answered or emitted is in the registry', async (t) => {
  let found = 0;
  for (const { file, text } of texts) {
    for (const [, code] of text.matchAll(/new (?:VisavisError|CommandError)\(\s*(?:\w+,\s*)?'([a-z_]+)'/g)) {
      found += 1;
      if (!isErrorCode(code!)) t.fail(`${code} in ${file}`);
    }
  }
  t.ok(found > 40, `${found} uses`);
  for (const { errors } of Object.values(requests)) for (const code of errors) t.ok(isErrorCode(code), code);
});

t.test('every code of the registry is used somewhere', async (t) => {
  for (const code of Object.keys(errorCodes)) {
    const used = texts.some(({ text }) => text.includes(`'${code}'`) || text.includes(`errorCodes.${code}`));
    t.ok(used, code);
  }
});

t.test('a retired code is never used again', async (t) => {
  for (const code of retiredErrorCodes) t.notOk(isErrorCode(code), code);
  t.equal(new Set(retiredErrorCodes).size, retiredErrorCodes.length);
});

t.test('every row says all that a client needs, in both languages', async (t) => {
  for (const [code, info] of Object.entries<ErrorInfo>(errorCodes)) {
    t.match(code, /^[a-z]+(_[a-z]+)*$/);
    t.ok(info.httpStatus >= 400 && info.httpStatus < 600, code);
    t.ok(info.meaning.endsWith('.') && info.tell.en.endsWith('.'), code);
    t.match(info.tell.zh, /^[\u4e00-\u9fff].*。$/u, code);
    if (info.closeCode !== undefined) t.ok(info.closeCode >= 4000 && info.closeCode < 5000, code);
  }
});
