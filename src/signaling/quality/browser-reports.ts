import { minReportSeconds, type QualityReport, type ShownReport } from '../protocol/quality-report.ts';
import type { ShownQuality } from './quality-sample.ts';

/** Ids of what the reporting participant has; reports about anything else are left out. */
export interface OwnMedia {
  readonly producers: { has(producerId: string): boolean };
  readonly consumers: { has(consumerId: string): boolean };
}

/**
 * What one participant's browser told, summed until it is taken. A report counts for no more time than has passed, so
 * that a browser can misstate how its own call was and nothing beyond.
 */
export class BrowserReports {
  readonly #shown = new Map<string, ShownQuality>();
  #limitations = new Map<string, string>();
  #lastUs: number;

  /** `nowUs`: since when there may be something to report. */
  constructor(nowUs: number) {
    this.#lastUs = nowUs;
  }

  /** Notes a report. False, and nothing noted, when it comes too soon after the one before. */
  add(report: QualityReport, own: OwnMedia, nowUs: number): boolean {
    const elapsedSeconds = (nowUs - this.#lastUs) / 1e6;
    if (elapsedSeconds < minReportSeconds) return false;
    this.#lastUs = nowUs;
    for (const consumerId of this.#shown.keys()) {
      if (!own.consumers.has(consumerId)) this.#shown.delete(consumerId);
    }
    const seconds = Math.min(report.seconds, elapsedSeconds);
    for (const row of report.watched) if (own.consumers.has(row.consumerId)) this.#sum(row, seconds);
    const limited = report.published.filter(
      ({ producerId, limitation }) => limitation !== 'none' && own.producers.has(producerId),
    );
    this.#limitations = new Map(limited.map(({ producerId, limitation }) => [producerId, limitation]));
    return true;
  }

  /** What was told of a subscription since it was last taken; undefined: nothing. */
  takeShown(consumerId: string): ShownQuality | undefined {
    const shown = this.#shown.get(consumerId);
    this.#shown.delete(consumerId);
    return shown;
  }

  /** Why the browser sends less of a source than it could, by the last report; undefined: it does not. */
  limitation(producerId: string): string | undefined {
    return this.#limitations.get(producerId);
  }

  #sum(row: ShownReport, seconds: number): void {
    const before = this.#shown.get(row.consumerId);
    this.#shown.set(row.consumerId, {
      seconds: (before?.seconds ?? 0) + seconds,
      framesDecoded: (before?.framesDecoded ?? 0) + row.framesDecoded,
      framesDropped: (before?.framesDropped ?? 0) + Math.min(row.framesDropped, row.framesDecoded),
      freezes: (before?.freezes ?? 0) + row.freezes,
      frozenSeconds: (before?.frozenSeconds ?? 0) + Math.min(row.frozenSeconds, seconds),
      concealedSeconds: (before?.concealedSeconds ?? 0) + Math.min(row.concealedSeconds, seconds),
      packetsLost: (before?.packetsLost ?? 0) + row.packetsLost,
    });
  }
}
