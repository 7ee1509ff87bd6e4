/** What the processes of a forwarding load ask of each other; see run-load.ts. */
import type { DtlsFingerprint, IceParameters } from '../../../src/transport/media-messages.ts';

/** One end of a connection. */
export interface Endpoint {
  readonly ice: IceParameters;
  readonly fingerprint: DtlsFingerprint;
}

export interface RemoteEndpoint extends Endpoint {
  readonly address: string;
  readonly port: number;
}

/** An SFU with one publisher of one VP8 stream, and subscribers of it. */
export interface SfuCalls {
  [name: string]: (...args: never[]) => unknown;
  /** The publisher first. */
  connect(role: 'publisher' | 'subscriber', peer: Endpoint): Promise<RemoteEndpoint>;
  /** User and system time of the process so far. */
  cpuUs(): number;
}

export interface PublisherCalls {
  [name: string]: (...args: never[]) => unknown;
  open(): Promise<Endpoint>;
  connect(remote: RemoteEndpoint): Promise<string>;
  /** Sends `count` packets at `packetsPerSecond` on the whole, a burst each interval, and a sender report a second. */
  send(count: number, packetsPerSecond: number, burstIntervalMs: number): Promise<void>;
}

export interface SubscribersCalls {
  [name: string]: (...args: never[]) => unknown;
  open(count: number): Promise<Endpoint[]>;
  /** Resolves to the SRTP profiles agreed on. */
  connect(remotes: readonly RemoteEndpoint[]): Promise<string[]>;
  received(): Received;
}

export interface Received {
  /** RTP packets of all subscribers so far. */
  readonly packets: number;
  /** Of each 64th packet, which is unprotected: how many were not authentic. */
  readonly notAuthentic: number;
}

/** The publisher's SSRC. */
export const SSRC = 0x1234_5678;
