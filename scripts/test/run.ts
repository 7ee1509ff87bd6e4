/**
 * Runs test/**\/*.test.ts, each file as its own process: unit-like tests as many at once as there are cores, then
 * the ones with real browsers one by one. Ends with `N passed, N failed, N skipped`.
 * Arguments are parts of paths: `unit/rtp` runs what contains it. test/soak runs only when named.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { findChromium } from './chromium.ts';
import { endRunningTests, type FileResult, runTestFile, testNames } from './test-file.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const isInterop = (path: string) => path.startsWith('test/interop/');
const isSoak = (path: string) => path.startsWith('test/soak/');
const timeoutMs = (path: string) => (isSoak(path) ? 3_600_000 : isInterop(path) ? 300_000 : 120_000);

const filters = process.argv.slice(2).map((filter) => filter.replace(/^\.\//, ''));
const wanted = globSync('test/**/*.test.ts')
  .map((path) => path.replaceAll('\\', '/'))
  .filter(
    (path) => filters.some((filter) => path.includes(filter)) || (filters.length === 0 && !isSoak(path)),
  )
  .sort();

if (wanted.length === 0) {
  say(`no test file matches ${filters.join(' ')}`);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endRunningTests();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures: FileResult[] = [];
const skipped: string[] = [];

function take(result: FileResult): void {
  totals.passed += result.passed;
  totals.failed += result.failed;
  totals.skipped += result.skipped.length;
  for (const name of result.skipped) skipped.push(`${result.path}: ${name}`);
  const ok = result.failed === 0;
  if (!ok) failures.push(result);
  const counts = [`${result.passed} passed`];
  if (!ok) counts.push(`${result.failed} FAILED`);
  if (result.skipped.length > 0) counts.push(`${result.skipped.length} skipped`);
  say(`${ok ? 'ok  ' : 'FAIL'} ${result.path}  ${counts.join(', ')}  ${Math.round(result.durationMs)} ms`);
}

async function runAll(paths: readonly string[], atOnce: number, env: NodeJS.ProcessEnv): Promise<void> {
  const queue = [...paths];
  const worker = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      take(await runTestFile(path, timeoutMs(path), env));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, paths.length) }, worker));
}

const interop = wanted.filter(isInterop);
await runAll(
  wanted.filter((path) => !isInterop(path)),
  availableParallelism(),
  process.env,
);

if (interop.length > 0) {
  const chromium = findChromium(say);
  if ('path' in chromium) {
    await runAll(interop, 1, { ...process.env, CHROMIUM_PATH: chromium.path });
  } else {
    say(`browser tests cannot run, there is no Chromium here: ${chromium.missing}`);
    for (const path of interop) {
      for (const name of testNames(path)) skipped.push(`${path}: ${name} (no Chromium)`);
    }
    totals.skipped += interop.reduce((sum, path) => sum + testNames(path).length, 0);
  }
}

for (const result of failures) {
  say(`\n${result.path}`);
  for (const { name, diagnostics } of result.failures) {
    say(`  not ok: ${name}`);
    if (diagnostics !== '') say(diagnostics.replace(/^/gm, '      '));
  }
}
if (skipped.length > 0) say(`\nskipped:\n${skipped.map((line) => `  ${line}`).join('\n')}`);
say(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;
