/** What the documents for people say must be there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { run } from '../../../src/app/cli/run.ts';
import { settings } from '../../../src/app/config/settings.ts';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'deploy/README.md',
  ...globSync('docs/**/*.md'),
];
const textOf = new Map(documents.map((path) => [path, readFileSync(path, 'utf8')]));
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

function* found(pattern: RegExp): Generator<[path: string, match: string]> {
  for (const [path, text] of textOf) for (const match of text.matchAll(pattern)) yield [path, match[1]!];
}

t.test('every npm script that is named exists', async (t) => {
  for (const [path, name] of found(/npm run ([a-z][a-z:-]*)/g))
    t.ok(scripts[name], `${path}: npm run ${name}`);
});

t.test('every script of package.json starts a file that exists', async (t) => {
  for (const [name, line] of Object.entries(scripts)) {
    const file = /(?:^|node )((?:scripts|src|bench|\.ci)\/\S+)/.exec(line)?.[1];
    if (file !== undefined) t.ok(existsSync(file), `${name}: ${file}`);
  }
});

t.test('every visavis command that is named exists', async (t) => {
  for (const [path, name] of found(/(?:npx visavis|scripts\/visavis\.mjs) ([a-z]+)/g)) {
    const code = await run({
      args: [name, '--help'],
      environment: {},
      stdout: new PassThrough(),
      stderr: new PassThrough(),
    });
    t.equal(code, 0, `${path}: visavis ${name}`);
  }
});

t.test('every setting that is named exists', async (t) => {
  const sections = [...new Set(settings.map(({ section }) => section))].join('|');
  const known = new Set(settings.flatMap(({ path }) => [path, `${path}File`]));
  for (const [path, name] of found(new RegExp(`\`((?:${sections})\\.[a-zA-Z]+)[\`:]`, 'g'))) {
    if (!/\.(md|ts|yaml|db)$/.test(name)) t.ok(known.has(name), `${path}: ${name}`);
  }
});

t.test('every link between files leads somewhere', async (t) => {
  for (const [path, target] of found(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
    t.ok(existsSync(join(dirname(path), target)), `${path}: ${target}`);
  }
});
