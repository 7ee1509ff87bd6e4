/** What a browser tells the server of a call, from two samples of getStats. */
import type { QualityReport } from '../../src/signaling/protocol/quality-report.ts';
import type { StatsSample, StreamSample } from './stats-sample.ts';

/** What one report may cover and count, @see src/signaling/protocol/quality-report.ts */
const MAX_SECONDS = 60;
const MAX_COUNT = 1_000_000;

/** Which media line carries which subscription or publication. */
export interface ReportedLine {
  readonly id: string;
  readonly mid: string;
}

/** What happened between two samples; undefined when there is nothing to tell, or too long a time to tell it of. */
export function qualityReport(
  before: StatsSample,
  after: StatsSample,
  lines: { readonly watched: readonly ReportedLine[]; readonly published: readonly ReportedLine[] },
): QualityReport | undefined {
  const seconds = (after.atMs - before.atMs) / 1000;
  if (seconds < 1 || seconds > MAX_SECONDS) return undefined;
  const watched: QualityReport['watched'] = [];
  for (const { id, mid } of lines.watched) {
    const [then, now] = [before.streams.get(mid), after.streams.get(mid)];
    // A stream whose counters went back was replaced by another.
    if (then === undefined || now === undefined || now.packets < then.packets) continue;
    const rise = (name: Counter) => Math.min(MAX_COUNT, Math.max(0, now[name] - then[name]));
    const samples = rise('soundSamples');
    watched.push({
      consumerId: id,
      framesDecoded: rise('frames'),
      framesDropped: rise('framesDropped'),
      freezes: rise('freezes'),
      frozenSeconds: Math.min(seconds, rise('freezeSeconds')),
      concealedSeconds: samples > 0 ? Math.min(1, rise('concealedSamples') / samples) * seconds : 0,
      packetsLost: rise('packetsLost'),
    });
  }
  const published = lines.published.flatMap(({ id, mid }) => {
    const sent = after.streams.get(mid);
    return sent?.kind === 'video' ? [{ producerId: id, limitation: limitationOf(sent) }] : [];
  });
  return watched.length + published.length > 0 ? { seconds, watched, published } : undefined;
}

type Counter = {
  [Name in keyof StreamSample]: StreamSample[Name] extends number ? Name : never;
}[keyof StreamSample];

function limitationOf({ limitation }: StreamSample): QualityReport['published'][number]['limitation'] {
  return limitation === 'cpu' || limitation === 'bandwidth' || limitation === 'other' ? limitation : 'none';
}
