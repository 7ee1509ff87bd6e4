import { parseArgs } from 'node:util';
import { figuresOf } from './figures.ts';
import type { Peer } from './peer.ts';
import { runScenario } from './run-scenario.ts';
import { scenarios } from './scenarios.ts';

const { values } = parseArgs({
  options: { scenario: { type: 'string' }, seconds: { type: 'string' }, peer: { type: 'string' } },
});
const { peer } = (await import(`./peers/${values.peer ?? 'visavis'}.ts`)) as { peer: Peer };
const scenario = scenarios.find(({ name }) => name === values.scenario)!;
const run = await runScenario(peer, scenario, { seed: 1, seconds: Number(values.seconds ?? 20) });
console.log(figuresOf(run, scenario));
process.exit(0);
