/** What a scenario gave against one peer: every run, and the rows of the table. */
import type { Figures, Row, Spread } from '../bench.ts';
import { summarize } from '../report.ts';
import { SATURATED_FROM } from './figures.ts';
import type { RunRecord } from './run-record.ts';
import type { Scenario } from './scenario.ts';

export interface Run {
  readonly record: RunRecord;
  readonly figures: Figures;
}

export interface Result {
  readonly scenario: Scenario;
  readonly peer: string;
  readonly runs: readonly Run[];
}

/** Shown with every scenario, to be read only. */
const TO_READ: readonly (readonly [figure: string, unit: string])[] = [
  ['p50 ms', ''],
  ['freezes > 200 ms', ''],
  ['frozen s, > 200 ms', ''],
  ['freezes > 500 ms', ''],
  ['audio gaps > 200 ms', ''],
  ['video kbit/s', ''],
  ['height', ''],
  ['qp', ''],
  ['wire up kbit/s', ''],
  ['wire down kbit/s', ''],
  ['PLI per minute', ''],
  ['server cpu %', ''],
  ['machine busy %', ''],
  ['relay late ms', ''],
];
const TO_READ_OF_JOINS = [
  'first frame p50 ms',
  'first frame slowest ms',
  'machine busy %',
  'relay late ms',
] as const;

export function figureOf({ runs }: Result): (name: string) => Spread {
  return summarize(runs.map(({ figures }) => figures));
}

/** `besides` the bounds when `bound`: a peer is held to nothing. */
export function rowsOf(result: Result, bound: boolean): Row[] {
  const { scenario, peer } = result;
  const figure = figureOf(result);
  const line = (name: string): string => `${scenario.title}${bound ? '' : `, ${peer}`}: ${name}`;
  const bounded = Object.entries(scenario.bounds).map(([name, bounds]) => ({
    what: line(name),
    measured: figure(name),
    unit: '',
    ...(bound ? bounds : {}),
  }));
  const names = scenario.joins === undefined ? TO_READ.map(([name]) => name) : TO_READ_OF_JOINS;
  const read = names.map((name) => ({ what: line(name), measured: figure(name), unit: '' }));
  return [...bounded, ...read];
}

/** Says when the machine was the limit: then latencies are too long, and misses may not be the server's. */
export function describeMachine({ runs }: Result): string {
  const worst = (name: string): number => Math.max(...runs.map(({ figures }) => figures[name] ?? 0));
  const busy = worst('machine busy %').toFixed(0);
  const saturated = worst('saturated seconds %');
  const said = `machine ${busy} % busy, ${worst('machine stolen %').toFixed(0)} % stolen, relay at most ${worst('relay late ms').toFixed(0)} ms late`;
  return saturated > 10
    ? `${said}; SATURATED (>= ${SATURATED_FROM * 100} %) for ${saturated.toFixed(0)} % of the seconds: latencies are too long`
    : said;
}
