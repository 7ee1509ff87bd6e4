/** Tells the server how the call is here, so that it can say afterwards why it was bad. */
import { ConsultationError } from './client-error.ts';
import type { MediaConnection } from './media-connection.ts';
import { qualityReport, type ReportedLine } from './quality-report.ts';
import type { SignalingClient } from './signaling-client.ts';
import type { StatsSample } from './stats-sample.ts';

const INTERVAL_MS = 10_000;

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

function linesOf<Line extends { readonly line: RTCRtpTransceiver | undefined }>(
  all: Iterable<Line>,
  idOf: (one: Line) => string | undefined,
): ReportedLine[] {
  return [...all].flatMap((one) => {
    const [id, mid] = [idOf(one), one.line?.mid];
    return id === undefined || mid === undefined || mid === null ? [] : [{ id, mid }];
  });
}
