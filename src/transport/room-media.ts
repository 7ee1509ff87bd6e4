import type { RouterEvent } from '../sfu/events.ts';
import type { DtlsFingerprint, FromWorker, HostCandidate, ToWorker } from './media-messages.ts';

/** A message about one room. */
export type RoomMessage = Extract<ToWorker, { readonly roomId: string }>;
export type TransportStateChange = Extract<FromWorker, { readonly type: 'transportState' }>;

/** The media of rooms as signaling sees it, wherever the Routers live. */
export interface RoomMedia {
  /** Of the certificate that every transport of every room presents. */
  readonly fingerprint: DtlsFingerprint;
  /**
   * Where the peers of a room reach its worker now, most preferred first; the addresses of a machine may change.
   * Throws VisavisError `media_unavailable` when the room was not created or is lost.
   */
  candidates(roomId: string): readonly HostCandidate[];
  /**
   * `createRoom` first, `closeRoom` last; in order. What is sent for a room that is lost or closed is ignored: its
   * loss was told.
   */
  send(message: RoomMessage): void;
}

/** What the media of rooms says. Not called from within `send`, and not after `close`. */
export interface MediaListener {
  onEvent(roomId: string, event: RouterEvent): void;
  onTransportState(change: TransportStateChange): void;
  /** The room's worker died with everything the room had on it. `createRoom` again to go on. */
  onRoomLost(roomId: string): void;
  /** For the log. `lost` is followed by `ready` when a new worker took its place. */
  onWorkerState(worker: number, state: 'ready' | 'lost', cause: Error | undefined): void;
}
