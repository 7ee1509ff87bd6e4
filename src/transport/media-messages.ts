/**
 * What the main thread and a media worker say to each other (postMessage). Plain data.
 * A worker owns one UDP port, at most one TCP port, and the Routers of the rooms pinned to it.
 */
import type { RouterCommand } from '../sfu/commands.ts';
import type { RouterEvent } from '../sfu/events.ts';
import type { ListenAddress } from './media-worker-options.ts';

/** ICE credentials of one side, RFC 8839 §5.4: ufrag 4..256, password 22..256 ice-chars. */
export interface IceParameters {
  readonly usernameFragment: string;
  readonly password: string;
}

/** `algorithm` in lower case as in SDP ("sha-256"), `value` as upper-case hex pairs with colons. */
export interface DtlsFingerprint {
  readonly algorithm: string;
  readonly value: string;
}

/** A host candidate of a worker, as it goes into an answer. `tcp` candidates are passive (RFC 6544). */
export interface HostCandidate {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** RFC 8445 §5.1.2.1. */
  readonly priority: number;
  readonly foundation: string;
}

export type TransportState =
  /** Made, no valid check came yet. */
  | 'new'
  /** A candidate pair is selected, DTLS is under way. */
  | 'connecting'
  /** Keys are there, media flows. */
  | 'connected'
  /** No consent (RFC 7675) for some seconds; may come back. */
  | 'disconnected'
  /** DTLS failed, or consent did not come back in time; only an ICE restart or a new transport helps. */
  | 'failed'
  | 'closed';

export type ToWorker =
  | { readonly type: 'createRoom'; readonly roomId: string }
  | { readonly type: 'closeRoom'; readonly roomId: string }
  /** A command for the room's Router. createTransport also makes the network side; closeTransport ends it. */
  | { readonly type: 'router'; readonly roomId: string; readonly command: RouterCommand }
  /** Sets or replaces (ICE restart) both sides' credentials; DTLS is kept when the fingerprints are unchanged. */
  | {
      readonly type: 'connectTransport';
      readonly roomId: string;
      readonly transportId: string;
      readonly local: IceParameters;
      readonly remote: IceParameters;
      readonly fingerprints: readonly DtlsFingerprint[];
    }
  /** Answered by one `workerStats`. */
  | { readonly type: 'getWorkerStats'; readonly requestId: number }
  | { readonly type: 'shutdown' };

export interface WorkerStats {
  readonly rooms: number;
  readonly transports: number;
  /** Every drop and limit counter of docs/packet-path.md that the transport floor owns. */
  readonly counters: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
  readonly eventLoopUtilization: number;
}

export type FromWorker =
  | {
      readonly type: 'ready';
      readonly candidates: readonly HostCandidate[];
      /** With the ports really bound, so that a worker started in its place gets the same. */
      readonly listen: readonly ListenAddress[];
    }
  | { readonly type: 'router'; readonly roomId: string; readonly event: RouterEvent }
  | {
      readonly type: 'transportState';
      readonly roomId: string;
      readonly transportId: string;
      readonly state: TransportState;
      /** Machine-readable cause for `failed` and `disconnected`: e.g. dtls_fingerprint, dtls_timeout, consent_expired. */
      readonly reason?: string;
      readonly protocol?: 'udp' | 'tcp';
    }
  | { readonly type: 'workerStats'; readonly requestId: number; readonly stats: WorkerStats }
  /** The worker could not bind or died while starting. */
  | { readonly type: 'fatal'; readonly code: string; readonly message: string };
