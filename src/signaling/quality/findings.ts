/** What was wrong with a call, and why, from what was measured of one stretch of it (usually a minute). */
import type { Source } from '../protocol/common.ts';
import type { PublishedQuality, QualitySample, WatchedQuality } from './quality-sample.ts';

/** Seconds, shares 0..1, bit/s and pixels; `who` and `from` are participants. */
export type Finding =
  /** What people noticed. */
  | { readonly code: 'away'; readonly who: string }
  | { readonly code: 'silent'; readonly who: string; readonly source: Source }
  | {
      readonly code: 'noPicture';
      readonly who: string;
      readonly from: string;
      readonly source: Source;
      readonly reason: string;
    }
  | {
      readonly code: 'frozen';
      readonly who: string;
      readonly from: string;
      readonly source: Source;
      readonly seconds: number;
    }
  | {
      readonly code: 'concealed';
      readonly who: string;
      readonly from: string;
      readonly source: Source;
      readonly share: number;
    }
  /** Why. */
  | { readonly code: 'uplinkLoss'; readonly who: string; readonly share: number; readonly repairedTo: number }
  | {
      readonly code: 'downlinkLoss';
      readonly who: string;
      readonly share: number;
    }
  | {
      readonly code: 'smallPicture';
      readonly who: string;
      readonly from: string;
      readonly source: Source;
      readonly width: number;
      readonly height: number;
      readonly bitsPerSecond: number;
      readonly reason: 'bandwidth' | 'loss';
    }
  | {
      readonly code: 'uplinkLimited';
      readonly who: string;
      readonly source: Source;
      readonly width: number;
      readonly height: number;
      readonly bitsPerSecond: number;
    }
  | {
      readonly code: 'encoderSlow';
      readonly who: string;
      readonly source: Source;
      readonly width: number;
      readonly height: number;
    }
  | { readonly code: 'decoderSlow'; readonly who: string; readonly share: number }
  | { readonly code: 'roundTrip'; readonly who: string; readonly seconds: number }
  | { readonly code: 'queueDelay'; readonly who: string; readonly seconds: number };

export type FindingCode = Finding['code'];
export type QualityWord = 'good' | 'fair' | 'poor';

/** Loss below it is everyday; Google's call quality guidance has degradation noticed above 3 %, unrepaired. */
const LOSS_SHARE = 0.03;
/** As web/sdk/quality.ts, so that the page and the record use the same words. */
const FAIR = { frozen: 0.02, concealed: 0.02, unrepaired: 0.01 };
const POOR = { frozen: 0.12, concealed: 0.08, unrepaired: 0.05 };
const SLOW_ROUND_TRIP_SECONDS = 0.25;
const STANDING_DELAY_SECONDS = 0.2;
/** A device that shows fewer than four of five decoded pictures is too slow for them. */
const DROPPED_SHARE = 0.2;

/** What is to be said of one participant, what was noticed first. */
export function findingsOf(sample: QualitySample): Finding[] {
  const who = sample.participantId;
  const { down, rttSeconds = 0 } = sample;
  const found: Finding[] = [];
  if (!sample.connected) found.push({ code: 'away', who });
  for (const { source, muted, packets } of sample.published) {
    if (!muted && packets === 0) found.push({ code: 'silent', who, source });
  }
  for (const row of sample.watched) found.push(...noticed(who, row));
  const lost = uplinkLoss(sample.published);
  if (lost.share >= LOSS_SHARE) found.push({ code: 'uplinkLoss', who, ...lost });
  const downShare = down.lossRatio ?? 0;
  if (downShare >= LOSS_SHARE) {
    found.push({ code: 'downlinkLoss', who, share: downShare });
  }
  for (const row of sample.watched) found.push(...smallPicture(sample, row));
  for (const row of sample.published) found.push(...limited(who, row));
  const dropped = droppedShare(sample.watched);
  if (dropped >= DROPPED_SHARE) found.push({ code: 'decoderSlow', who, share: dropped });
  if (rttSeconds >= SLOW_ROUND_TRIP_SECONDS) found.push({ code: 'roundTrip', who, seconds: rttSeconds });
  const standing = down.queueDelaySeconds ?? 0;
  if (standing >= STANDING_DELAY_SECONDS) found.push({ code: 'queueDelay', who, seconds: standing });
  return found;
}

/** How it was for the participant; loss that was repaired does not count. */
export function wordOf(sample: QualitySample): QualityWord {
  const within = (limit: typeof FAIR) =>
    sample.watched.every(
      ({ shown, paused, spatialLayer }) =>
        share(shown?.frozenSeconds, shown?.seconds) <= limit.frozen &&
        share(shown?.concealedSeconds, shown?.seconds) <= limit.concealed &&
        (paused || spatialLayer >= 0),
    ) && uplinkLoss(sample.published).repairedTo <= limit.unrepaired;
  const slow = (sample.rttSeconds ?? 0) + (sample.down.queueDelaySeconds ?? 0);
  const silent = sample.published.some(({ muted, packets }) => !muted && packets === 0);
  if (!sample.connected || silent || !within(POOR) || slow > 2 * SLOW_ROUND_TRIP_SECONDS) return 'poor';
  return within(FAIR) && slow <= SLOW_ROUND_TRIP_SECONDS ? 'good' : 'fair';
}

function noticed(who: string, row: WatchedQuality): Finding[] {
  const { from, source, kind, shown, paused } = row;
  if (paused) return [];
  const found: Finding[] = [];
  if (kind === 'video' && row.spatialLayer < 0) {
    found.push({ code: 'noPicture', who, from, source, reason: row.reason });
  }
  if (shown === undefined) return found;
  const concealed = share(shown.concealedSeconds, shown.seconds);
  if (share(shown.frozenSeconds, shown.seconds) > FAIR.frozen) {
    found.push({ code: 'frozen', who, from, source, seconds: shown.frozenSeconds });
  }
  if (concealed > FAIR.concealed) found.push({ code: 'concealed', who, from, source, share: concealed });
  return found;
}

function uplinkLoss(published: readonly PublishedQuality[]): { share: number; repairedTo: number } {
  let [arrived, lost, unrepaired] = [0, 0, 0];
  for (const { packets, packetsLost, packetsUnrepaired } of published) {
    arrived += packets;
    lost += packetsLost;
    unrepaired += packetsUnrepaired;
  }
  const sent = arrived + unrepaired;
  return { share: share(lost, sent), repairedTo: share(unrepaired, sent) };
}

function smallPicture({ participantId, down }: QualitySample, row: WatchedQuality): Finding[] {
  const { from, source, width, height, reason } = row;
  if (row.paused || row.spatialLayer < 0 || (reason !== 'bandwidth' && reason !== 'loss')) return [];
  if (height === 0) return [];
  const bitsPerSecond = down.estimateBitsPerSecond ?? down.bitsPerSecond;
  return [{ code: 'smallPicture', who: participantId, from, source, width, height, bitsPerSecond, reason }];
}

function limited(who: string, row: PublishedQuality): Finding[] {
  const { source, width, height, bitsPerSecond, limitation } = row;
  if (row.muted || limitation === undefined) return [];
  if (limitation === 'cpu') return [{ code: 'encoderSlow', who, source, width, height }];
  if (limitation === 'bandwidth')
    return [{ code: 'uplinkLimited', who, source, width, height, bitsPerSecond }];
  return [];
}

function droppedShare(watched: readonly WatchedQuality[]): number {
  let [decoded, dropped] = [0, 0];
  for (const { shown } of watched) {
    decoded += shown?.framesDecoded ?? 0;
    dropped += shown?.framesDropped ?? 0;
  }
  return share(dropped, decoded);
}

function share(part: number | undefined, whole: number | undefined): number {
  return part === undefined || whole === undefined || whole <= 0 ? 0 : Math.min(1, part / whole);
}
