import type { ServerEventData } from '../../src/signaling/protocol/server-events.ts';
import type { ConsultationError } from './client-error.ts';
import type { ConsultationState, Ended } from './consultation-state.ts';
import type { OpenTrack } from './publication.ts';
import type { SignalingOptions } from './signaling-client.ts';
import type { VideoCodec, VideoEncoding } from './video-encodings.ts';

export interface ConsultationEvents {
  /** `state` is another object now. */
  change: ConsultationState;
  data: ServerEventData<'data'>;
  /** A token to come back with after the page is loaded again; keep it with the tab, not longer. */
  rejoinToken: string;
  /** Something of ours was refused by the server and given up. */
  refused: ConsultationError;
  ended: Ended;
}

export interface ConsultationOptions extends SignalingOptions {
  /** Subscribe to everything that others publish, as it appears. Default true. */
  readonly autoSubscribe?: boolean;
}

export interface PublishOptions {
  readonly track: MediaStreamTrack;
  /** How to open the device again: for unmuting a camera, for another device, after an interruption. */
  readonly open?: OpenTrack;
  /** Video only; VP8 in three simulcast layers unless said otherwise. */
  readonly codec?: VideoCodec;
  /** Video only; in place of what fits source, size and codec. */
  readonly encodings?: readonly VideoEncoding[];
  readonly muted?: boolean;
}
