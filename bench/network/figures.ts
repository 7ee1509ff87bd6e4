/** Computes the figures of one run; their names are those of the bounds in scenarios.ts. */
import type { Figures } from '../bench.ts';
import { heardFigures } from './heard-figures.ts';
import type { PageLog, PresentedFrame, StatsRecord } from './page-calls.ts';
import { median, percentile } from './percentile.ts';
import type { RunRecord, SecondRecord } from './run-record.ts';
import type { Scenario } from './scenario.ts';

/** As this rig's table has it, and as Agora counts video freezes. */
const FREEZE_MS = [200, 500] as const;
const AGE_EVERY_MS = 10;
/** A policer's limit is to be found within this. */
const SETTLED_MS = 5000;
/** After a drop of the line, freezes count from then on. */
const DROP_GRACE_MS = 2000;

export function figuresOf(run: RunRecord, scenario: Scenario): Figures {
  const window = { startMs: run.startMs, endMs: run.endMs };
  if (scenario.joins !== undefined) return { ...joinFigures(run), ...machineFigures(run) };
  // A picture that came again as another track, after a new PeerConnection, is still the same one to a person.
  const pictures = run.subscribers.map(({ pictures }) => pictures.flat().toSorted(([a], [b]) => a - b));
  const figures: Record<string, number> = {
    ...pictureFigures(pictures, window),
    ...heardFigures(
      run.subscribers.map(({ sounds }) => sounds),
      window,
    ),
    ...sentFigures(run, scenario),
    ...machineFigures(run),
    'first frame ms': Math.max(...run.firstFramesMs.map((ms) => ms ?? Infinity)),
  };
  figures['frames shown %'] = (100 * figures.fps!) / Math.max(figures['encoded fps']!, 0.1);
  if (scenario.changes.length > 0) Object.assign(figures, changeFigures(run, scenario, pictures));
  return figures;
}

export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/** What people saw. Of several pictures the worst, and latencies of all. */
export function pictureFigures(
  pictures: readonly (readonly PresentedFrame[])[],
  { startMs, endMs }: Window,
): Record<string, number> {
  const seconds = (endMs - startMs) / 1000;
  const latenciesMs: number[] = [];
  const gapsMs: number[] = [];
  const heights: number[] = [];
  let fps = Number.POSITIVE_INFINITY;
  let unreadable = 0;
  let growthMs = 0;
  for (const frames of pictures) {
    const shown = distinct(frames, { startMs, endMs });
    fps = Math.min(fps, shown.length / seconds);
    gapsMs.push(...gapsOf(shown, { startMs, endMs }).map(({ ms }) => ms));
    const readable = shown.filter(([, drawnMs]) => drawnMs !== 0);
    unreadable += shown.length - readable.length;
    const latencies = readable.map(([presentedMs, drawnMs]) => presentedMs - drawnMs);
    latenciesMs.push(...latencies);
    for (const [, , height] of readable) heights.push(height);
    const quarter = Math.ceil(latencies.length / 4);
    growthMs = Math.max(growthMs, median(latencies.slice(-quarter)) - median(latencies.slice(0, quarter)));
  }
  const nothingMs = endMs - startMs;
  const figures: Record<string, number> = { fps, 'unreadable frames': unreadable };
  for (const share of [50, 95, 99]) {
    figures[`p${share} ms`] = latenciesMs.length === 0 ? nothingMs : percentile(latenciesMs, share / 100);
  }
  figures['age p95 ms'] = Math.max(...pictures.map((frames) => ageOnScreen(frames, { startMs, endMs })));
  figures['delay growth ms'] = latenciesMs.length === 0 ? nothingMs : growthMs;
  figures['longest gap ms'] = Math.max(0, ...gapsMs);
  figures['gaps > 400 ms'] = gapsMs.filter((ms) => ms > 400).length;
  for (const limit of FREEZE_MS) {
    const freezes = gapsMs.filter((ms) => ms > limit);
    figures[`freezes > ${limit} ms`] = freezes.length;
    figures[`frozen s, > ${limit} ms`] = freezes.reduce((sum, ms) => sum + ms, 0) / 1000;
  }
  figures.height = median(heights);
  return figures;
}

/** Frames in the window, each drawn time once; those that could not be read are all different. */
function distinct(frames: readonly PresentedFrame[], { startMs, endMs }: Window): PresentedFrame[] {
  const seen = new Set<number>();
  return frames.filter(([presentedMs, drawnMs]) => {
    if (presentedMs < startMs || presentedMs > endMs || seen.has(drawnMs)) return false;
    if (drawnMs !== 0) seen.add(drawnMs);
    return true;
  });
}

/** p95 over time, not over frames, of how old what is on the screen is: a picture that stands still ages. */
function ageOnScreen(frames: readonly PresentedFrame[], { startMs, endMs }: Window): number {
  const ages: number[] = [];
  let next = 0;
  let drawnMs = startMs;
  for (let atMs = startMs; atMs <= endMs; atMs += AGE_EVERY_MS) {
    for (; next < frames.length && frames[next]![0] <= atMs; next += 1) drawnMs = frames[next]![1] || drawnMs;
    ages.push(atMs - drawnMs);
  }
  return percentile(ages, 0.95);
}

/** Times between frames, and from the last to the end: what never comes back is the longest gap. */
function gapsOf(
  frames: readonly PresentedFrame[],
  { startMs, endMs }: Window,
): { atMs: number; ms: number }[] {
  const timesMs = [startMs, ...frames.map(([presentedMs]) => presentedMs), endMs];
  return timesMs.slice(1).map((atMs, index) => ({ atMs: timesMs[index]!, ms: atMs - timesMs[index]! }));
}

/** Growth of a counter over the window, per second; of the records nearest to its ends. */
function perSecond(records: readonly StatsRecord[], { startMs, endMs }: Window, name: string): number {
  const [first, last] = [nearest(records, startMs), nearest(records, endMs)];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
  return (((last[name] ?? 0) - (first[name] ?? 0)) * 1000) / (last.atMs - first.atMs);
}

export function nearest<R extends { readonly atMs: number }>(
  records: readonly R[],
  atMs: number,
): R | undefined {
  let found: R | undefined;
  for (const record of records) {
    if (found === undefined || Math.abs(record.atMs - atMs) < Math.abs(found.atMs - atMs)) found = record;
  }
  return found;
}

/** What was sent for it: encoder, repair, and bytes on both wires. */
function sentFigures(run: RunRecord, { media, legs }: Scenario): Record<string, number> {
  const rate = (page: PageLog, name: string): number => perSecond(page.stats, run, name);
  const { publisher, subscribers } = run;
  const videoBytes =
    rate(publisher, 'out.video.bytesSent') - rate(publisher, 'out.video.retransmittedBytesSent');
  const videoBits = 8 * videoBytes;
  // With RED the bytes are those of several frames each: what was encoded is no more than the target.
  const audioTarget = nearest(publisher.stats, run.endMs)?.['out.audio.targetBitrate'] ?? 0;
  const audioBits = Math.min(8 * rate(publisher, 'out.audio.bytesSent'), audioTarget);
  const mediaBits = videoBits + audioBits;
  const encodedFps = rate(publisher, 'out.video.framesEncoded');
  const up = wireOf(run, 'publisher', 'up', run);
  const downs = subscribers.map((_, index) => wireOf(run, `subscriber${index}`, 'down', run));
  const down = downs.reduce((sum, wire) => sum + wire.bits, 0) / Math.max(1, downs.length);
  const line = legs.publisher.up.bottleneck?.bitsPerSecond;
  const sum = (name: string): number => subscribers.reduce((all, page) => all + rate(page, name), 0);
  return {
    'video kbit/s': videoBits / 1000,
    'bitrate kept %': Math.min(100, (100 * videoBits) / media.maxBitsPerSecond),
    'encoded fps': encodedFps,
    qp: rate(publisher, 'out.video.qpSum') / Math.max(encodedFps, 0.1),
    'wire up kbit/s': up.bits / 1000,
    'wire down kbit/s': down / 1000,
    'wire/media up': up.bits / Math.max(mediaBits, 1),
    'wire/media down': down / Math.max(mediaBits, 1),
    ...(line === undefined ? {} : { 'line used %': (100 * up.bits * (1 - up.lost)) / line }),
    'PLI per minute': 60 * sum('in.video.pliCount'),
    'NACK per second': sum('in.video.nackCount'),
  };
}

/** Bits per second that were put on a wire, and the share that got lost there. */
function wireOf(
  run: RunRecord,
  leg: string,
  direction: 'up' | 'down',
  { startMs, endMs }: Window,
): { bits: number; lost: number } {
  const [first, last] = [nearest(run.seconds, startMs), nearest(run.seconds, endMs)];
  const [before, after] = [first?.legs[leg]?.[direction], last?.legs[leg]?.[direction]];
  if (before === undefined || after === undefined || first!.atMs >= last!.atMs) return { bits: 0, lost: 0 };
  const packets = Math.max(1, after.packets - before.packets);
  return {
    bits: (8000 * (after.bytes - before.bytes)) / (last!.atMs - first!.atMs),
    lost: (after.lost - before.lost) / packets,
  };
}

/** Busy from here on: processes waited for each other, and latencies are too long. */
export const SATURATED_FROM = 0.9;

function machineFigures({ seconds, startMs, endMs }: RunRecord): Record<string, number> {
  const within = seconds.filter(({ atMs }) => atMs > startMs && atMs <= endMs + 1000);
  const mean = (of: (record: SecondRecord) => number): number =>
    within.reduce((sum, record) => sum + of(record), 0) / Math.max(1, within.length);
  const [first, last] = [within[0], within.at(-1)];
  const elapsed = first === undefined || last === undefined ? 0 : (last.atMs - first.atMs) / 1000;
  const counts = within.flatMap(({ legs }) => Object.values(legs).flatMap(({ up, down }) => [up, down]));
  return {
    'server cpu %': elapsed === 0 ? 0 : (100 * (last!.serverCpuSeconds - first!.serverCpuSeconds)) / elapsed,
    'machine busy %': 100 * mean(({ busy }) => busy),
    'machine stolen %': 100 * mean(({ stolen }) => stolen),
    'saturated seconds %': 100 * mean(({ busy }) => Number(busy >= SATURATED_FROM)),
    'relay late ms': Math.max(0, ...counts.map(({ lateMs }) => lateMs)),
    'longest queue ms': Math.max(0, ...counts.map(({ queueMs }) => queueMs)),
  };
}

function joinFigures({ firstFramesMs }: RunRecord): Record<string, number> {
  const times = firstFramesMs.map((ms) => ms ?? Infinity);
  const joined = times.filter((ms) => ms !== Infinity).length;
  const finite = (ms: number): number => Math.min(ms, 30_000);
  return {
    joins: times.length,
    'joined %': (100 * joined) / Math.max(1, times.length),
    'first frame p50 ms': finite(percentile(times, 0.5)),
    'first frame p90 ms': finite(percentile(times, 0.9)),
    'first frame slowest ms': finite(percentile(times, 1)),
  };
}

/** For scenarios whose network changes: what has to be true after the change. */
function changeFigures(
  run: RunRecord,
  { changes, media }: Scenario,
  pictures: readonly (readonly PresentedFrame[])[],
): Record<string, number> {
  const changedMs = run.startMs + changes[0]!.atSeconds * 1000;
  const backMs = run.startMs + changes.at(-1)!.atSeconds * 1000;
  const gaps = pictures.flatMap((frames) => gapsOf(distinct(frames, run), run));
  const late = gaps.filter(({ atMs, ms }) => ms > 500 && atMs + ms > changedMs + DROP_GRACE_MS);
  const top = pictures.map(
    (frames) => frames.find(([atMs, , height]) => atMs >= backMs && height >= media.height)?.[0] ?? run.endMs,
  );
  const settled = wireOf(run, 'publisher', 'up', { startMs: changedMs + SETTLED_MS, endMs: run.endMs });
  return {
    'freezes > 500 ms, 2 s after the drop': late.length,
    'top layer back s': (Math.max(...top) - backMs) / 1000,
    'sent up after 5 s kbit/s': settled.bits / 1000,
    'lost up after 5 s %': 100 * settled.lost,
  };
}
