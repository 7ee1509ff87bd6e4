import type { RosterProducer } from './roster.ts';
import type { StatsSample } from './stats-sample.ts';

/** What went through so far, each undefined where nothing is expected to. */
export interface MediaFlow {
  readonly receivedPackets: number | undefined;
  readonly receivedFrames: number | undefined;
  readonly cameraFrames: number | undefined;
}

export interface ExpectedFlow {
  /** Somebody else sends sound or pictures. */
  readonly incoming: boolean;
  /** Mids of pictures of others that run and are shown. */
  readonly pictures: readonly string[];
  /** Mid of the own camera, while it is on. */
  readonly camera: string | undefined;
}

/** What has a media line, or will have one. */
interface Lined {
  readonly line: { readonly mid: string | null } | undefined;
}

/** @param incoming by producer id. @param camera the own one, if it is published. */
export function expectedFlow(
  producers: readonly RosterProducer[],
  incoming: ReadonlyMap<string, Lined & { readonly kind: 'audio' | 'video'; readonly paused: boolean }>,
  camera: (Lined & { readonly muted: boolean }) | undefined,
): ExpectedFlow {
  const running = producers.filter((one) => one.flowing && !one.muted);
  const shown = running.flatMap(({ producerId }) => incoming.get(producerId) ?? []);
  return {
    incoming: running.length > 0,
    pictures: shown.flatMap((one) => (one.kind === 'video' && !one.paused ? (one.line?.mid ?? []) : [])),
    camera: camera?.muted === false ? (camera.line?.mid ?? undefined) : undefined,
  };
}

export function mediaFlow(sample: StatsSample, expected: ExpectedFlow): MediaFlow {
  const received = [...sample.streams.values()].filter(({ direction }) => direction === 'received');
  const pictures = expected.pictures.map((mid) => sample.streams.get(mid)?.frames ?? 0);
  const camera = expected.camera === undefined ? undefined : sample.streams.get(expected.camera);
  return {
    receivedPackets: expected.incoming ? sum(received.map(({ packets }) => packets)) : undefined,
    receivedFrames: pictures.length > 0 ? sum(pictures) : undefined,
    cameraFrames: camera?.frames,
  };
}

/**
 * What stands still between two looks: `path`, nothing arrives at all; `device`, packets come or go but a camera or a
 * decoder was not woken, as on iOS after a phone call, where no event says so.
 */
export function standstill(before: MediaFlow, after: MediaFlow): 'path' | 'device' | undefined {
  const same = (key: keyof MediaFlow) => before[key] !== undefined && before[key] === after[key];
  if (same('receivedPackets')) return 'path';
  return same('receivedFrames') || same('cameraFrames') ? 'device' : undefined;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
