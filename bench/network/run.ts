/**
 * Measures calls between real browsers through impaired networks:
 *
 *     npm run bench:network -- [--scenario NAME ...] [--quick] [--check] [--seconds N] [--seeds N] [--seed N]
 *                              [--peer NAME] [--alone] [--json FILE] [--html FILE] [--list]
 *
 * Without `--scenario` all of scenarios.ts run. `--quick` is one run of 20 s each, without the peers beside it;
 * `--alone` leaves these out as well. `--check` exits with 1 when the median of a figure misses its bound. The seeds
 * are fresh unless `--seed` gives the first one; they are printed. `--peer` measures another implementation, which is
 * held to no bounds.
 */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import type { Row } from '../bench.ts';
import { formatTable, isReached, readEnvironment } from '../report.ts';
import { compareRows } from './compare.ts';
import { figuresOf } from './figures.ts';
import { htmlReport } from './html/html-report.ts';
import type { Peer } from './peer.ts';
import { loadPeer, PEERS } from './peers.ts';
import { describeMachine, figureOf, type Result, type Run, rowsOf } from './result.ts';
import { type RunOptions, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const QUICK = { seconds: 20, warmUpSeconds: 8, joins: 5 } as const;
const SEEDS = 3;
/** A run lasts at least as long after the last change of its network. */
const AFTER_CHANGE_SECONDS = 15;
const OURS = 'visavis';
const NICENESS = -10;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    seeds: { type: 'string' },
    seed: { type: 'string' },
    peer: { type: 'string', default: OURS },
    json: { type: 'string' },
    html: { type: 'string' },
  },
});

if (values.list) {
  for (const { name, title } of scenarios) console.log(`${name.padEnd(14)} ${title}`);
  process.exit();
}

const wanted = values.scenario ?? scenarios.map(({ name }) => name);
const chosen = wanted.map((name) => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}; --list names them`);
  return found;
});
const firstSeed = Number(values.seed ?? Date.now() % 1_000_000);
const seeds = Array.from(
  { length: Number(values.seeds ?? (values.quick ? 1 : SEEDS)) },
  (_, i) => firstSeed + i,
);
const environment = readEnvironment();
const results: Result[] = [];
const rows: Row[] = [];
const failed: string[] = [];
console.log(`seeds ${seeds.join(', ')}`);

try {
  // Browsers and servers inherit it: whatever else the machine does is not what is measured.
  setPriority(NICENESS);
} catch {
  console.log('not allowed to run before others: see the lateness of the relay');
}

const main = await presentPeer(values.peer);
if (main === undefined) process.exit(1);
for (const scenario of chosen) {
  try {
    await measure(main, scenario);
  } catch (error) {
    failed.push(scenario.name);
    console.log(`\n${scenario.title} (${scenario.name}): FAILED\n\n${(error as Error).stack}`);
  }
}

console.log(
  `\n${Object.entries(environment)
    .map(([key, value]) => `${key} ${value}`)
    .join(' · ')}${values.quick ? ' · quick' : ''}`,
);
const saved = { environment, quick: values.quick, seeds, rows, results };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(saved)}\n`);
if (values.html !== undefined) writeFileSync(values.html, htmlReport(saved));
const missed = rows.filter((row) => !isReached(row));
const short = [...failed, ...missed.map(({ what }) => what)];
if (short.length > 0) console.log(`\nnot reached: ${short.join('; ')}`);
process.exit(failed.length > 0 || (values.check && missed.length > 0) ? 1 : 0);

async function measure(peer: Peer, scenario: Scenario): Promise<void> {
  const isOurs = peer.name === OURS;
  const others = isOurs && !values.quick && !values.alone ? await peersBeside(scenario) : [];
  const runs = new Map<Peer, Run[]>([peer, ...others].map((one) => [one, []]));
  for (const seed of seeds.slice(0, scenario.seeds)) {
    // One after the other with the same seed, so that all of them have the machine as it is now.
    for (const [one, done] of runs) done.push(await runOnce(one, scenario, seed));
  }
  const [ours, ...theirs] = [...runs].map(
    ([{ name }, done]): Result => ({ scenario, peer: name, runs: done }),
  );
  const lines = rowsOf(ours!, isOurs);
  for (const result of theirs) {
    lines.push(
      ...compareRows(scenario, figureOf(ours!), result.peer, figureOf(result)),
      ...rowsOf(result, false),
    );
  }
  results.push(ours!, ...theirs);
  rows.push(...lines);
  console.log(`\n${scenario.title} (${scenario.name}): ${describeMachine(ours!)}\n\n${formatTable(lines)}`);
}

async function runOnce(peer: Peer, scenario: Scenario, seed: number): Promise<Run> {
  const asked = Number(values.seconds ?? (values.quick ? QUICK.seconds : scenario.seconds));
  const lastChange = scenario.changes.at(-1);
  const settledSeconds = lastChange === undefined ? 0 : lastChange.atSeconds + AFTER_CHANGE_SECONDS;
  const options: RunOptions = {
    seed,
    seconds: Math.max(asked, settledSeconds),
    ...(values.quick ? { warmUpSeconds: QUICK.warmUpSeconds, joins: QUICK.joins } : {}),
  };
  const record = await runScenario(peer, scenario, options);
  const figures = figuresOf(record, scenario);
  const told = ['fps', 'p95 ms', 'longest gap ms', 'video kbit/s', 'audio concealed %', 'joined %'];
  const said = told.flatMap((name) =>
    figures[name] === undefined ? [] : [`${name} ${figures[name].toFixed(1)}`],
  );
  console.log(`${scenario.name} ${peer.name} seed ${seed}: ${said.join(', ')}`);
  return { record, figures };
}

async function peersBeside({ beside }: Scenario): Promise<Peer[]> {
  if (beside === 'none') return [];
  const names = beside === 'all' ? PEERS.filter((name) => name !== OURS) : [beside];
  const found = await Promise.all(names.map((name) => presentPeer(name)));
  return found.filter((peer) => peer !== undefined);
}

async function presentPeer(name: string): Promise<Peer | undefined> {
  const peer = await loadPeer(name);
  const absence = await peer.absence();
  if (absence === undefined) return peer;
  console.log(`${name}: absent (${absence})`);
  return undefined;
}
