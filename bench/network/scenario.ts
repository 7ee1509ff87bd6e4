/** The shape of a scenario (scenarios.ts has them all) and the words to write one in. */
import type { Conditions } from '../../test/helpers/netem.ts';
import type { MediaPlan } from './page-calls.ts';
import type { LegChange } from './relay-calls.ts';

/** Bounds by the name of a figure (figures.ts): `[least, greatest]`, either end open. */
export type Bounds = Readonly<Record<string, { readonly atLeast?: number; readonly atMost?: number }>>;

export interface Change extends LegChange {
  /** From the start of the measurement. */
  readonly atSeconds: number;
  readonly leg: 'publisher' | 'subscriber';
}

export interface Scenario {
  readonly name: string;
  /** As in the table. */
  readonly title: string;
  readonly media: MediaPlan;
  /** Both directions of each leg, from the first datagram on. */
  readonly legs: Readonly<
    Record<'publisher' | 'subscriber', { readonly up: Conditions; readonly down: Conditions }>
  >;
  readonly changes: readonly Change[];
  readonly subscribers: number;
  /** From the first frame to the measurement. */
  readonly warmUpSeconds: number;
  /** Measured, unless the command line says otherwise. */
  readonly seconds: number;
  /** Runs with fresh seeds, no more than the command line asks for. Default: as many. */
  readonly seeds?: number;
  /** Instead of one long call, this many joins of a subscriber. */
  readonly joins?: number;
  readonly bounds: Bounds;
  /** Peers that are measured with it in the same run, for the rows that compare: see compare.ts. */
  readonly beside: 'chrome-direct' | 'all' | 'none';
}

export const ONE_WAY_US = 25_000;

export const VGA: MediaPlan = {
  codec: 'vp8',
  width: 640,
  height: 360,
  framesPerSecond: 24,
  maxBitsPerSecond: 800_000,
  simulcast: false,
};

/** The same in both directions of both legs. */
export function everywhere(conditions: Partial<Conditions>): Scenario['legs'] {
  const one: Conditions = { delayUs: ONE_WAY_US, ...conditions };
  return { publisher: { up: one, down: one }, subscriber: { up: one, down: one } };
}

type Given = Pick<Scenario, 'name' | 'title' | 'bounds'> & Partial<Scenario>;

export function scenario(given: Given): Scenario {
  return {
    media: VGA,
    legs: everywhere({}),
    changes: [],
    subscribers: 1,
    warmUpSeconds: 12,
    seconds: 60,
    beside: 'none',
    ...given,
  };
}

export const atMost = (greatest: number): { readonly atMost: number } => ({ atMost: greatest });
export const atLeast = (least: number): { readonly atLeast: number } => ({ atLeast: least });

/** The columns of the table that most scenarios have. Undefined: the table has no bound there. */
export function callBounds(row: {
  readonly fps: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly longestMs: number;
  readonly gapsOver400?: number;
  readonly kept?: number;
  readonly concealed: number;
  readonly wireUp?: number;
  readonly wireDown?: number;
}): Bounds {
  const bounds: Record<string, Bounds[string]> = {
    fps: atLeast(row.fps),
    'longest gap ms': atMost(row.longestMs),
    'audio concealed %': atMost(row.concealed),
  };
  if (row.p95 !== undefined) bounds['p95 ms'] = atMost(row.p95);
  if (row.p99 !== undefined) bounds['p99 ms'] = atMost(row.p99);
  if (row.gapsOver400 !== undefined) bounds['gaps > 400 ms'] = atMost(row.gapsOver400);
  if (row.kept !== undefined) bounds['bitrate kept %'] = atLeast(row.kept);
  if (row.wireUp !== undefined) bounds['wire/media up'] = atMost(row.wireUp);
  if (row.wireDown !== undefined) bounds['wire/media down'] = atMost(row.wireDown);
  return bounds;
}
