/** Turns what trials measured into a table, with the environment it was measured in. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Figures, Row, Spread } from './bench.ts';

export interface Environment {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly openssl: string;
  readonly werift: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  /** Before the first trial: tells how busy the machine was. */
  readonly loadAverage: number;
}

export function readEnvironment(): Environment {
  const werift = JSON.parse(
    readFileSync(new URL('../node_modules/werift/package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  return {
    date: new Date().toISOString(),
    commit: currentCommit(),
    node: process.version,
    openssl: process.versions.openssl,
    werift: werift.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    loadAverage: loadavg()[0]!,
  };
}

/** Ticks of all cores so far, and those of them in which nobody had anything to do. */
export interface CoreTicks {
  readonly all: number;
  readonly idle: number;
}

export function readCoreTicks(): CoreTicks {
  let all = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  return { all, idle };
}

/** Less of the machine idle than this: processes waited for each other, and absolute times are too long. */
const SATURATED_BELOW = 0.2;

/** A sentence on how busy the machine was since `before`, with everybody who was on it. */
export function describeLoad(before: CoreTicks, now: CoreTicks): string {
  const idle = (now.idle - before.idle) / Math.max(1, now.all - before.all);
  const said = `the machine was ${Math.round((1 - idle) * 100)} % busy, load average ${loadavg()[0]!.toFixed(1)}`;
  return idle < SATURATED_BELOW ? `${said}: SATURATED, absolute times are too long, ratios hold` : said;
}

function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** Median, least and greatest of each figure over all trials. A figure missing in a trial throws. */
export function summarize(trials: readonly Figures[]): (name: string) => Spread {
  return (name) => {
    const values = trials.map((figures) => figures[name] ?? missing(name)).sort((a, b) => a - b);
    const middle = values.length >> 1;
    const median = values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
    return { median, min: values[0]!, max: values.at(-1)! };
  };
}

function missing(name: string): never {
  throw new Error(`no trial gave "${name}"`);
}

/** True if the median is within the row's bounds. */
export function isReached({ measured, atMost, atLeast }: Row): boolean {
  return measured.median <= (atMost ?? Infinity) && measured.median >= (atLeast ?? -Infinity);
}

/** The lines `what · measured · to reach · ok` as a Markdown table. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { median, min, max } = row.measured;
    const spread = min === max ? '' : ` (${format(min)}–${format(max)})`;
    return [
      row.what,
      `${format(median)}${spread} ${row.unit}`.trim(),
      formatBound(row),
      formatBound(row) === '' ? '' : isReached(row) ? 'yes' : 'NO',
    ];
  });
  const all = [['what', 'measured, median (min–max)', 'to reach', 'ok'], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  const lines = all.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`,
  );
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}

function formatBound({ atMost, atLeast, unit }: Row): string {
  const parts = [];
  if (atLeast !== undefined) parts.push(`>= ${format(atLeast)}`);
  if (atMost !== undefined) parts.push(`<= ${format(atMost)}`);
  return parts.length === 0 ? '' : `${parts.join(', ')} ${unit}`.trim();
}

function format(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude < 10 ? 2 : magnitude < 100 ? 1 : 0);
}
