import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { installationRoot } from '../../../src/app/installation.ts';

const { linkCommand } = (await import(
  join(installationRoot, 'scripts', 'bootstrap', 'linked-command.mjs')
)) as { linkCommand(root: string): void };

t.test(
  'npx visavis is the clone’s own command also after an npm ci by hand, which takes the link away',
  async (t) => {
    const root = t.testdir({ node_modules: { '.bin': {} } });
    const link = join(root, 'node_modules', '.bin', 'visavis');
    const target = join('..', '..', 'scripts', 'visavis.mjs');
    linkCommand(root);
    t.equal(readlinkSync(link), target);
    linkCommand(root);
    t.equal(readlinkSync(link), target, 'nothing is done twice');
  },
);

t.test('a link to somewhere else, or a file in its place, is replaced', async (t) => {
  const root = t.testdir({ node_modules: {} });
  const bin = join(root, 'node_modules', '.bin');
  mkdirSync(bin);
  const link = join(bin, 'visavis');
  symlinkSync('elsewhere', link);
  linkCommand(root);
  t.match(readlinkSync(link), /visavis\.mjs$/);
  const other = join(t.testdir({ node_modules: { '.bin': {} } }), 'node_modules', '.bin', 'visavis');
  writeFileSync(other, 'a wrapper');
  linkCommand(join(other, '..', '..', '..'));
  t.match(readlinkSync(other), /visavis\.mjs$/);
});
