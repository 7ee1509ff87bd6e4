/** What one run of a scenario noted, before anything is computed from it. */
import type { PageLog } from './page-calls.ts';
import type { LegCount } from './relay-calls.ts';

/** Once a second, by the rig. Counters are since the run's beginning. */
export interface SecondRecord {
  readonly atMs: number;
  /** Share of the machine's cores in use since the record before, 0..1, what was stolen included. */
  readonly busy: number;
  /** Share that the hypervisor gave to others. */
  readonly stolen: number;
  readonly serverCpuSeconds: number;
  readonly legs: Readonly<Record<string, LegCount>>;
  /** Of the server itself. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface RunRecord {
  readonly seed: number;
  /** The measured part, wall-clock. */
  readonly startMs: number;
  readonly endMs: number;
  /** From the subscribers' call for media to their first frame; undefined: none came in time. */
  readonly firstFramesMs: readonly (number | undefined)[];
  readonly publisher: PageLog;
  readonly subscribers: readonly PageLog[];
  readonly seconds: readonly SecondRecord[];
}
