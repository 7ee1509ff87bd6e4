import type { ErrorBody, LeaveReason } from '../../src/signaling/protocol/common.ts';
import type { RequestResult } from '../../src/signaling/protocol/requests.ts';
import type { ServerEvent } from '../../src/signaling/protocol/server-events.ts';

/** What `join` takes: a token, or a one-use ticket that stands in for one. */
export type Credentials = { readonly token: string } | { readonly ticket: string };

/** Why it is over: a reason of the server, a refusal, or nobody there for ten minutes. */
export type EndReason = LeaveReason | 'refused' | 'unreachable' | 'takenOver';

export type ConnectionState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'ended';

export type Answer =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly error: ErrorBody };

/** What a SignalingSession wants done. */
export type SessionAction =
  | { readonly type: 'openSocket' }
  | { readonly type: 'closeSocket' }
  | { readonly type: 'send'; readonly text: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  /** Reply with `credentials()`. */
  | { readonly type: 'askCredentials' }
  | { readonly type: 'state'; readonly state: ConnectionState }
  /** A new session; with `again` the one before is gone with everything it had published and subscribed. */
  | { readonly type: 'joined'; readonly result: RequestResult<'join'>; readonly again: boolean }
  | { readonly type: 'resumed'; readonly result: RequestResult<'resume'> }
  | { readonly type: 'event'; readonly event: ServerEvent }
  | { readonly type: 'ended'; readonly reason: EndReason; readonly error?: ErrorBody };
