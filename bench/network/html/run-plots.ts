/** The plots of one run. */
import type { RunRecord } from '../run-record.ts';
import { plot, type Series } from './plot.ts';

type Record = { readonly atMs: number };

export function runPlots(run: RunRecord): string {
  const at = (atMs: number): number => (atMs - run.startMs) / 1000;
  const within = (atMs: number): boolean => atMs >= run.startMs && atMs <= run.endMs;
  const frames = run.subscribers.flatMap(({ pictures }) => pictures.flat()).filter(([atMs]) => within(atMs));
  const readable = frames.filter(([, drawnMs]) => drawnMs !== 0);
  /** Growth per second between records. */
  const growth = <R extends Record>(
    records: readonly R[],
    name: string,
    of: (record: R) => number,
  ): Series => ({
    name,
    points: records.flatMap((record, index): [number, number][] => {
      const before = records[index - 1];
      if (before === undefined || !within(record.atMs)) return [];
      return [[at(record.atMs), ((of(record) - of(before)) * 1000) / (record.atMs - before.atMs)]];
    }),
  });
  const { stats } = run.publisher;
  const received = run.subscribers[0]?.stats ?? [];
  const wire = (leg: string, direction: 'up' | 'down'): Series =>
    growth(
      run.seconds,
      `wire ${leg} ${direction}`,
      ({ legs }) => ((legs[leg]?.[direction].bytes ?? 0) * 8) / 1000,
    );
  const share = (name: string, of: (record: RunRecord['seconds'][number]) => number): Series => ({
    name,
    points: run.seconds.filter(({ atMs }) => within(atMs)).map((record) => [at(record.atMs), of(record)]),
  });
  return [
    plot('Glass to glass', 'ms', [
      {
        name: 'each frame',
        dots: true,
        points: readable.map(([atMs, drawnMs]) => [at(atMs), atMs - drawnMs]),
      },
    ]),
    plot('Frames', 'per second', [
      growth(stats, 'encoded', (record) => record['out.video.framesEncoded'] ?? 0),
      growth(received, 'decoded', (record) => record['in.video.framesDecoded'] ?? 0),
    ]),
    plot('Rates', 'kbit/s', [
      growth(stats, 'video encoded', (record) => videoBytes(record) * 0.008),
      wire('publisher', 'up'),
      wire('subscriber0', 'down'),
    ]),
    plot('Made up', '% of the sound', [
      growth(received, 'concealed', (record) => (record['in.audio.concealedSamples'] ?? 0) / 480),
    ]),
    plot('Machine', '%', [
      share('busy', ({ busy }) => busy * 100),
      share('stolen', ({ stolen }) => stolen * 100),
    ]),
    plot('Line', 'ms', [
      share('longest wait at a bottleneck', ({ legs }) => worst(legs, 'queueMs')),
      share('relay late', ({ legs }) => worst(legs, 'lateMs')),
    ]),
  ].join('\n');
}

function videoBytes(record: Readonly<{ [name: string]: number }>): number {
  return (record['out.video.bytesSent'] ?? 0) - (record['out.video.retransmittedBytesSent'] ?? 0);
}

function worst(legs: RunRecord['seconds'][number]['legs'], name: 'queueMs' | 'lateMs'): number {
  return Math.max(0, ...Object.values(legs).flatMap(({ up, down }) => [up[name], down[name]]));
}
