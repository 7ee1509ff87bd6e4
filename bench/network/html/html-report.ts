/** One self-contained page: what was to be reached, and plots of every run. */
import type { Row, Spread } from '../../bench.ts';
import { type Environment, isReached } from '../../report.ts';
import { describeMachine, type Result } from '../result.ts';
import { escapeHtml } from './plot.ts';
import { runPlots } from './run-plots.ts';

export interface Saved {
  readonly environment: Environment;
  readonly quick: boolean;
  readonly seeds: readonly number[];
  readonly rows: readonly Row[];
  readonly results: readonly Result[];
}

const STYLE = `
:root { color-scheme: light dark; --text: #1c1f23; --back: #fff; --soft: #6b7280; --line: #e3e6ea; --good: #15803d; --bad: #b91c1c;
  --s0: #2563eb; --s1: #d97706; --s2: #059669; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e8eb; --back: #14171a; --soft: #9aa3ad; --line: #2b3036; --good: #4ade80; --bad: #f87171;
    --s0: #60a5fa; --s1: #fbbf24; --s2: #34d399; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; } h3 { font-size: 1rem; color: var(--soft); font-weight: 500; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
.yes { color: var(--good); } .no { color: var(--bad); font-weight: 600; } .soft, figcaption { color: var(--soft); font-size: .85rem; }
.wide { overflow-x: auto; } figure { margin: .8rem 0; } svg { width: 100%; height: auto; display: block; }
svg text { font: 10px system-ui, sans-serif; fill: var(--soft); } .grid { stroke: var(--line); }
polyline, .dots { fill: none; stroke-width: 1.4; } .dots { stroke-width: 3; stroke-linecap: round; }
.s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); }
.key::before { content: '●'; margin-right: .25em; } .k0::before { color: var(--s0); } .k1::before { color: var(--s1); } .k2::before { color: var(--s2); }
summary { cursor: pointer; margin: .6rem 0; }`;

/** Columns of the comparison, by figure. */
const COLUMNS = [
  'fps',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'longest gap ms',
  'frozen s, > 200 ms',
  'audio concealed %',
  'video kbit/s',
  'wire/media up',
  'wire/media down',
  'server cpu %',
] as const;

export function htmlReport({ environment, quick, seeds, rows, results }: Saved): string {
  const bounded = rows.filter(({ atMost, atLeast }) => atMost !== undefined || atLeast !== undefined);
  const reached = bounded.filter(isReached).length;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Calls through impaired networks</title><style>${STYLE}</style>
<h1>Calls through impaired networks</h1>
<p>${reached} of ${bounded.length} bounds reached${quick ? ', in a quick run' : ''}. Seeds ${seeds.join(', ')}.</p>
<p class="soft">${Object.entries(environment)
    .map(([key, value]) => `${escapeHtml(key)} ${escapeHtml(String(value))}`)
    .join(' · ')}</p>
<h2>Comparison</h2>${comparison(results)}
<h2>What was to be reached</h2>${boundsTable(bounded)}
${results.map(section).join('\n')}
</html>
`;
}

function comparison(results: readonly Result[]): string {
  const head = ['scenario', 'peer', ...COLUMNS].map((name) => `<th>${escapeHtml(name)}</th>`).join('');
  const body = results.map((result) => {
    const cells = COLUMNS.map((name) => {
      const values = result.runs.flatMap(({ figures }) => figures[name] ?? []).sort((a, b) => a - b);
      return `<td>${values.length === 0 ? '' : format(values[values.length >> 1]!)}</td>`;
    });
    return `<tr><td>${escapeHtml(result.scenario.title)}</td><td>${escapeHtml(result.peer)}</td>${cells.join('')}</tr>`;
  });
  return `<div class="wide"><table><tr>${head}</tr>${body.join('')}</table></div>`;
}

function boundsTable(rows: readonly Row[]): string {
  const body = rows.map((row) => {
    const ok = isReached(row);
    const bound = [
      row.atLeast === undefined ? '' : `&ge; ${format(row.atLeast)}`,
      row.atMost === undefined ? '' : `&le; ${format(row.atMost)}`,
    ].filter((text) => text !== '');
    return `<tr><td>${escapeHtml(row.what)}</td><td>${spread(row.measured)}</td><td>${bound.join(', ')}</td><td class="${ok ? 'yes' : 'no'}">${ok ? 'yes' : 'NO'}</td></tr>`;
  });
  return `<div class="wide"><table><tr><th>what</th><th>measured</th><th>to reach</th><th>ok</th></tr>${body.join('')}</table></div>`;
}

function section(result: Result): string {
  const runs = result.runs.map(
    ({ record }, index) =>
      `<details${index === 0 ? ' open' : ''}><summary>seed ${record.seed}</summary>${runPlots(record)}</details>`,
  );
  return `<h2>${escapeHtml(result.scenario.title)}, ${escapeHtml(result.peer)}</h2>
<h3>${escapeHtml(describeMachine(result))}</h3>${runs.join('\n')}`;
}

function spread({ median, min, max }: Spread): string {
  return min === max
    ? format(median)
    : `${format(median)} <span class="soft">${format(min)}–${format(max)}</span>`;
}

function format(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
}
