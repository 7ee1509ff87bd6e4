import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/congestion-control.md'), 'utf8');
const named = [...page.matchAll(/\]\(\.\.\/(src\/[^)]+)\)/g)].map((match) => match[1]!);

t.test('each file the page of congestion control names exists', async (t) => {
  t.ok(named.length > 15);
  t.same(
    named.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

t.test('each file the controller is made of is on the page', async (t) => {
  const folder = join(root, 'src/sfu/congestion');
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || !readdirSync(folder).includes(file)) return;
    seen.add(file);
    for (const match of readFileSync(join(folder, file), 'utf8').matchAll(/from '\.\/([\w-]+\.ts)'/g)) {
      visit(match[1]!);
    }
  };
  visit('congestion-controller.ts');
  seen.delete('packet-kind.ts');
  t.same(
    [...seen].filter((file) => !named.includes(`src/sfu/congestion/${file}`)),
    [],
  );
});
