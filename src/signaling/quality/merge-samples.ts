import type { PublishedQuality, QualitySample, ShownQuality, WatchedQuality } from './quality-sample.ts';

/**
 * Consecutive samples of one participant as one: amounts added, rates and shares averaged over time, and of pictures the
 * smallest that was sent or seen, for that is what people remember. `samples` is not empty.
 */
export function mergeSamples(samples: readonly QualitySample[]): QualitySample {
  const last = samples.at(-1)!;
  if (samples.length === 1) return last;
  const seconds = total(samples, (sample) => sample.seconds);
  const mean = (amountOf: (sample: QualitySample) => number | undefined) =>
    weightedMean(samples.map((sample) => [amountOf(sample), sample.seconds]));
  const down = {
    lossRatio: mean(({ down }) => down.lossRatio),
    estimateBitsPerSecond: mean(({ down }) => down.estimateBitsPerSecond),
    redundancyBitsPerSecond: mean(({ down }) => down.redundancyBitsPerSecond),
    queueDelaySeconds: mean(({ down }) => down.queueDelaySeconds),
    state: last.down.state,
  };
  return {
    participantId: last.participantId,
    role: last.role,
    seconds,
    connected: samples.every(({ connected }) => connected),
    ...defined({ rttSeconds: mean(({ rttSeconds }) => rttSeconds) }),
    down: { bitsPerSecond: mean(({ down }) => down.bitsPerSecond) ?? 0, ...defined(down) },
    up: { bitsPerSecond: mean(({ up }) => up.bitsPerSecond) ?? 0 },
    published: grouped(
      samples,
      ({ published }) => published,
      ({ source }) => source,
    ).map((rows) => mergePublished(rows, seconds)),
    watched: grouped(
      samples,
      ({ watched }) => watched,
      ({ from, source }) => `${from} ${source}`,
    ).map((rows) => mergeWatched(rows, seconds)),
  };
}

/** A row, and the seconds of the sample it is of. */
type Timed<Row> = readonly [row: Row, seconds: number];

function mergePublished(timed: readonly Timed<PublishedQuality>[], seconds: number): PublishedQuality {
  const rows = timed.map(([row]) => row);
  const last = rows.at(-1)!;
  const { width, height } = smallest(rows.filter((row) => row.height > 0)) ?? last;
  return {
    ...last,
    muted: rows.every(({ muted }) => muted),
    width,
    height,
    bitsPerSecond: total(timed, ([row, weight]) => row.bitsPerSecond * weight) / seconds,
    packets: total(rows, (row) => row.packets),
    packetsLost: total(rows, (row) => row.packetsLost),
    packetsUnrepaired: total(rows, (row) => row.packetsUnrepaired),
    jitterSeconds: Math.max(...rows.map((row) => row.jitterSeconds)),
    keyFrameRequests: total(rows, (row) => row.keyFrameRequests),
    ...defined({ limitation: rows.findLast((row) => row.limitation !== undefined)?.limitation }),
  };
}

function mergeWatched(timed: readonly Timed<WatchedQuality>[], seconds: number): WatchedQuality {
  const rows = timed.map(([row]) => row);
  const last = rows.at(-1)!;
  const { width, height, spatialLayer, reason } = smallest(rows.filter((row) => !row.paused)) ?? last;
  const shown = rows.flatMap((row) => (row.shown === undefined ? [] : [row.shown]));
  return {
    ...last,
    paused: rows.every(({ paused }) => paused),
    width,
    height,
    spatialLayer,
    reason,
    bitsPerSecond: total(timed, ([row, weight]) => row.bitsPerSecond * weight) / seconds,
    packets: total(rows, (row) => row.packets),
    retransmissions: total(rows, (row) => row.retransmissions),
    ...(shown.length > 0 && { shown: mergeShown(shown) }),
  };
}

function mergeShown(rows: readonly ShownQuality[]): ShownQuality {
  return {
    seconds: total(rows, (row) => row.seconds),
    framesDecoded: total(rows, (row) => row.framesDecoded),
    framesDropped: total(rows, (row) => row.framesDropped),
    freezes: total(rows, (row) => row.freezes),
    frozenSeconds: total(rows, (row) => row.frozenSeconds),
    concealedSeconds: total(rows, (row) => row.concealedSeconds),
    packetsLost: total(rows, (row) => row.packetsLost),
  };
}

/** Rows of the same thing over all samples, in the order of first sight. */
function grouped<Row>(
  samples: readonly QualitySample[],
  rowsOf: (sample: QualitySample) => readonly Row[],
  keyOf: (row: Row) => string,
): Timed<Row>[][] {
  const groups = new Map<string, Timed<Row>[]>();
  for (const sample of samples) {
    for (const row of rowsOf(sample)) {
      const group = groups.get(keyOf(row));
      if (group === undefined) groups.set(keyOf(row), [[row, sample.seconds]]);
      else group.push([row, sample.seconds]);
    }
  }
  return [...groups.values()];
}

function smallest<Row extends { readonly height: number }>(rows: readonly Row[]): Row | undefined {
  return rows.length === 0 ? undefined : rows.reduce((a, b) => (b.height < a.height ? b : a));
}

function total<Row>(rows: readonly Row[], amountOf: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + amountOf(row), 0);
}

function weightedMean(
  values: readonly (readonly [value: number | undefined, weight: number])[],
): number | undefined {
  let sum = 0;
  let weights = 0;
  for (const [value, weight] of values) {
    if (value === undefined) continue;
    sum += value * weight;
    weights += weight;
  }
  return weights > 0 ? sum / weights : undefined;
}

type Defined<Row> = { [Key in keyof Row]?: Exclude<Row[Key], undefined> };

/** Without the members that are undefined. */
function defined<Row extends object>(row: Row): Defined<Row> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Defined<Row>;
}
