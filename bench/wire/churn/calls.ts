/** What the churn bench asks of its two servers. */
import type { Endpoint, RemoteEndpoint } from '../forwarding/calls.ts';
import type { Books } from './books.ts';

export interface MediaChurnCalls {
  [name: string]: (...args: never[]) => unknown;
  /** A peer that publishes and, but for the first one, subscribes to the first one and is subscribed to by it. */
  join(transportId: string, peer: Endpoint): RemoteEndpoint;
  leave(transportId: string): void;
  books(): Promise<Books>;
}

export interface SignalingChurnCalls {
  [name: string]: (...args: never[]) => unknown;
  httpUrl(): string;
  token(): Promise<string>;
  books(): Promise<Books>;
}
