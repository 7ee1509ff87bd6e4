/** Tells the server how the call is here, so that it can say afterwards why it was bad. */
import type { QualityReport } from '../../src/signaling/protocol/quality-report.ts';
import { ConsultationError } from './client-error.ts';
import type { MediaConnection } from './media-connection.ts';
import type { SignalingClient } from './signaling-client.ts';
import type { StatsSample, StreamSample } from './stats-sample.ts';

const INTERVAL_MS = 10_000;
/** What one report may cover and count, @see src/signaling/protocol/quality-report.ts */
const MAX_SECONDS = 60;
const MAX_COUNT = 1_000_000;

/** Which media line carries which subscription or publication. */
export interface ReportedLine {
  readonly id: string;
  readonly mid: string;
}

/** Reports every 10 s from the first join to the end, while the server can be reached. */
export function reportQuality(
  signaling: Pick<SignalingClient, 'on' | 'request' | 'state'>,
  media: Pick<MediaConnection, 'incoming' | 'outgoing'>,
  sample: () => Promise<StatsSample | undefined>,
): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let before: StatsSample | undefined;
  const look = async (): Promise<void> => {
    const after = signaling.state === 'live' ? await sample() : undefined;
    const report =
      before &&
      after &&
      qualityReport(before, after, {
        watched: linesOf(media.incoming.values(), ({ consumerId }) => consumerId),
        published: linesOf(media.outgoing.values(), ({ producerId }) => producerId),
      });
    before = after;
    if (report === undefined || signaling.state !== 'live') return;
    await signaling.request('reportQuality', report).catch((error: unknown) => {
      // One that gets lost, or comes too soon after a resume, is not worth a second try.
      if (!(error instanceof ConsultationError)) throw error;
    });
  };
  signaling.on('joined', () => {
    clearInterval(timer);
    timer = setInterval(() => void look(), INTERVAL_MS);
  });
  signaling.on('ended', () => clearInterval(timer));
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

function linesOf<Line extends { readonly line: RTCRtpTransceiver | undefined }>(
  all: Iterable<Line>,
  idOf: (one: Line) => string | undefined,
): ReportedLine[] {
  return [...all].flatMap((one) => {
    const [id, mid] = [idOf(one), one.line?.mid];
    return id === undefined || mid === undefined || mid === null ? [] : [{ id, mid }];
  });
}

function limitationOf({ limitation }: StreamSample): QualityReport['published'][number]['limitation'] {
  return limitation === 'cpu' || limitation === 'bandwidth' || limitation === 'other' ? limitation : 'none';
}
