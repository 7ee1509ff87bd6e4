/** What a benchmark is; `bench/run-benches.ts` runs it. */

/** Named numbers of one trial, for example `{ 'protect µs': 4.2 }`. */
export type Figures = Readonly<Record<string, number>>;

/** Median and extremes of one figure over the trials. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One line of the report. Without a bound it is there to be read only. */
export interface Row {
  readonly what: string;
  readonly measured: Spread;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface TrialOptions {
  /** A rough figure in about a tenth of the time. */
  readonly quick: boolean;
  /** From 0; seeds and orders may depend on it. */
  readonly trial: number;
}

export interface Bench {
  readonly name: string;
  readonly trials: number;
  readonly quickTrials: number;
  /** Measures once. Each trial runs in a process of its own, so both sides of a comparison belong into one trial. */
  trial(options: TrialOptions): Promise<Figures> | Figures;
  /** The report's lines; `figure` throws for a name that no trial gave. */
  rows(figure: (name: string) => Spread): Row[];
}

/** The ratio of two figures: that of their medians, and the widest their extremes allow. */
export function ratio(over: Spread, under: Spread): Spread {
  return { median: over.median / under.median, min: over.min / under.max, max: over.max / under.min };
}
