/**
 * Writes the pages that are made from the code: docs/errors.md, docs/metrics.md, docs/openapi.yaml, docs/asyncapi.yaml and the tables
 * inside docs/protocol.md. With `--check` it writes nothing and fails if a page is not as it would be written.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { asyncApiDocument } from './docs/asyncapi.ts';
import { errorPage } from './docs/error-page.ts';
import { replaceSection } from './docs/markdown.ts';
import { metricsPage } from './docs/metrics-page.ts';
import { openApiDocument } from './docs/openapi.ts';
import { protocolSections } from './docs/protocol-tables.ts';

const root = new URL('../', import.meta.url);

const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Every generated page as it should be, by its path. */
export function generatedPages(): ReadonlyMap<string, string> {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const yaml = (document: object) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 110 });
  let protocol = read('docs/protocol.md');
  for (const [name, text] of Object.entries(protocolSections()))
    protocol = replaceSection(protocol, name, text);
  const pages = [
    ['docs/errors.md', errorPage()],
    ['docs/metrics.md', metricsPage()],
    ['docs/openapi.yaml', yaml(openApiDocument(version))],
    ['docs/asyncapi.yaml', yaml(asyncApiDocument(version))],
    ['docs/protocol.md', protocol],
  ] as const;
  return new Map(pages.map(([path, text]) => [path, formatted(path, text)]));
}

/** As the formatter would have it, so that `biome ci` and `--check` do not contradict each other. */
function formatted(path: string, input: string): string {
  const biome = fileURLToPath(new URL('node_modules/@biomejs/biome/bin/biome', root));
  const options = { cwd: fileURLToPath(root), input, encoding: 'utf8' } as const;
  return execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${path}`], options);
}

/** Paths of the pages that are not as the code would write them. */
export function stalePages(): string[] {
  return [...generatedPages()].filter(([path, text]) => current(path) !== text).map(([path]) => path);
}

function current(path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const stale = stalePages();
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`${path} is stale: run node scripts/generate-docs.ts`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    const pages = generatedPages();
    for (const path of stale) writeFileSync(new URL(path, root), pages.get(path)!);
    console.log(stale.length === 0 ? 'all pages are as they should be' : `wrote ${stale.join(', ')}`);
  }
}
