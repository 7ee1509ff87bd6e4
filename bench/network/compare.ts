/** The rows that hold one peer's figures against another's, of the same scenario in the same run. */
import { type Row, ratio, type Spread } from '../bench.ts';
import type { Scenario } from './scenario.ts';

type FigureOf = (name: string) => Spread;

/** Without loss: no later than this much of Chrome to Chrome. */
const LATENCY_RATIO = 1.1;
/** Under loss, of the time that the peer's picture stands still, and of its p95. */
const FROZEN_RATIO = 10;
const P95_RATIO = 0.5;
/** Of a picture that never stood still; less than one frame. */
const LEAST_FROZEN_SECONDS = 0.04;

export function compareRows(scenario: Scenario, ours: FigureOf, other: string, theirs: FigureOf): Row[] {
  const line = (what: string): string => `${scenario.title}, beside ${other}: ${what}`;
  if (scenario.beside === 'chrome-direct') {
    return ['p95 ms', 'p99 ms'].map((name) => ({
      what: line(`${name.slice(0, 3)} of its`),
      measured: ratio(ours(name), theirs(name)),
      unit: '',
      atMost: LATENCY_RATIO,
    }));
  }
  const frozen = (of: FigureOf): Spread => {
    const { median, min, max } = of('frozen s, > 200 ms');
    const least = (seconds: number): number => Math.max(seconds, LEAST_FROZEN_SECONDS);
    return { median: least(median), min: least(min), max: least(max) };
  };
  return [
    {
      what: line('its frozen time of ours'),
      measured: ratio(frozen(theirs), frozen(ours)),
      unit: '',
      atLeast: FROZEN_RATIO,
    },
    {
      what: line('p95 of its'),
      measured: ratio(ours('p95 ms'), theirs('p95 ms')),
      unit: '',
      atMost: P95_RATIO,
    },
    {
      what: line('p95 over time of what is on the screen, of its'),
      measured: ratio(ours('age p95 ms'), theirs('age p95 ms')),
      unit: '',
    },
  ];
}
