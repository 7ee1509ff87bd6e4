import type { DtlsFingerprint, HostCandidate, ToWorker, WorkerStats } from '../transport/media-messages.ts';

/** The media side as signaling sees it. What comes back is told through `Signaling.handle…`. */
export interface RoomMedia {
  /** Pins a room to a worker and opens its router. A room whose worker died may be created again. */
  createRoom(roomId: string): void;
  closeRoom(roomId: string): void;
  /** For a room's worker. Without effect for a room that is not there (any more). */
  send(roomId: string, message: ToWorker): void;
  /** Of the room's worker, for answers. Throws or is empty while there is none. */
  candidates(roomId: string): readonly HostCandidate[];
  /** Of the server's DTLS certificate. */
  readonly fingerprint: DtlsFingerprint;
  /** Of every worker that answers in time. */
  workerStats(): Promise<readonly WorkerStats[]>;
}
