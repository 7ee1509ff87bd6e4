/**
 * Runs benches, each trial in a fresh process, and reports. The command line of every `run.ts`:
 *
 *     node bench/micro/run.ts [name ...] [--quick] [--check] [--json FILE]
 *
 * `name` picks benches by part of their file name; `--check` exits with 1 when a bound is not met; `--json` writes
 * every trial's figures with the environment.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { Bench, Figures, Row } from './bench.ts';
import { describeLoad, formatTable, isReached, readCoreTicks, readEnvironment, summarize } from './report.ts';

const TRIAL_TIMEOUT_MS = 600_000;
/** A trial's process prints its figures after this mark; what a bench prints itself does not disturb. */
const FIGURES_MARK = 'FIGURES ';

/** Runs those of the modules (absolute paths, each exporting `bench`) that the command line names, all by default. */
export async function runBenches(paths: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const chosen = paths.filter(
    (path) => positionals.length === 0 || positionals.some((name) => basename(path, '.ts').includes(name)),
  );
  if (chosen.length === 0) {
    const names = paths.map((path) => basename(path, '.ts')).join(', ');
    throw new Error(`no bench is called ${positionals.join(', ')}; there are: ${names}`);
  }
  const environment = readEnvironment();
  const results: { name: string; trials: Figures[]; rows: Row[]; load: string }[] = [];
  const failed: string[] = [];
  for (const path of chosen) {
    const { bench } = (await import(path)) as { bench: Bench };
    const trials: Figures[] = [];
    const ticks = readCoreTicks();
    try {
      for (let trial = 0; trial < (values.quick ? bench.quickTrials : bench.trials); trial += 1) {
        trials.push(await runTrial(path, trial, values.quick));
      }
    } catch (error) {
      failed.push(bench.name);
      console.log(
        `\n${bench.name}: FAILED; ${describeLoad(ticks, readCoreTicks())}\n\n${(error as Error).message}`,
      );
      continue;
    }
    const rows = bench.rows(summarize(trials));
    const load = describeLoad(ticks, readCoreTicks());
    results.push({ name: bench.name, trials, rows, load });
    console.log(`\n${bench.name}: ${trials.length} trials; ${load}\n\n${formatTable(rows)}`);
  }
  console.log(
    `\n${Object.entries(environment)
      .map(([key, value]) => `${key} ${value}`)
      .join(' · ')}${values.quick ? ' · quick' : ''}`,
  );
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ environment, quick: values.quick, results }, null, 2)}\n`);
  }
  const missed = results.flatMap(({ rows }) => rows).filter((row) => !isReached(row));
  const short = [...failed, ...missed.map(({ what }) => what)];
  if (short.length > 0) console.log(`\nnot reached: ${short.join('; ')}`);
  if (failed.length > 0 || (values.check && missed.length > 0)) process.exitCode = 1;
}

async function runTrial(path: string, trial: number, quick: boolean): Promise<Figures> {
  const args = [import.meta.filename, path, String(trial), ...(quick ? ['quick'] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    timeout: TRIAL_TIMEOUT_MS,
    maxBuffer: 1 << 26,
  });
  const line = stdout.split('\n').find((text) => text.startsWith(FIGURES_MARK));
  if (line === undefined) throw new Error(`trial ${trial} of ${path} gave no figures:\n${stdout}`);
  return JSON.parse(line.slice(FIGURES_MARK.length)) as Figures;
}

if (import.meta.main) {
  const [path, trial, quick] = process.argv.slice(2);
  const { bench } = (await import(path!)) as { bench: Bench };
  const figures = await bench.trial({ trial: Number(trial), quick: quick === 'quick' });
  console.log(FIGURES_MARK + JSON.stringify(figures));
  // Sockets or timers of what was measured may still be open.
  process.exit(0);
}
