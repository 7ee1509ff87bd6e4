/** The codes with which the server closes a WebSocket (RFC 6455 §7.4). */
import { errorCodes } from '../../base/error-codes.ts';
import type { LeaveReason } from './common.ts';

/** By the reason of `bye`. `lost` is never sent: there is nobody to send it to. */
export const closeCodeOfReason: Readonly<Record<Exclude<LeaveReason, 'lost'>, number>> = {
  left: 1000,
  kicked: 4403,
  replaced: 4409,
  roomClosed: 4410,
  serverShutdown: 4503,
};

/** Another connection resumed this session; the session itself lives on over there. */
export const takenOverCloseCode = 4419;

/** What a client should do after a close. `resume` falls back to `join` on `session_gone`. */
export type AfterClose = 'stop' | 'resume' | 'join';

export interface CloseCodeInfo {
  readonly code: number;
  readonly after: AfterClose;
  readonly meaning: string;
}

/** Every close code, for clients and for docs/protocol.md. Any other code (1001, 1006, …) means: resume. */
export const closeCodes: readonly CloseCodeInfo[] = [
  { code: closeCodeOfReason.left, after: 'stop', meaning: 'The client left.' },
  { code: 1009, after: 'resume', meaning: 'A frame was larger than the limit.' },
  { code: errorCodes.protocol_violation.closeCode, after: 'stop', meaning: '`protocol_violation`.' },
  { code: errorCodes.join_timeout.closeCode, after: 'join', meaning: '`join_timeout`.' },
  { code: closeCodeOfReason.kicked, after: 'stop', meaning: 'Removed by a moderator or through REST.' },
  { code: errorCodes.ping_timeout.closeCode, after: 'resume', meaning: '`ping_timeout`.' },
  {
    code: closeCodeOfReason.replaced,
    after: 'stop',
    meaning: 'The same person joined again elsewhere; that session replaced this one.',
  },
  { code: closeCodeOfReason.roomClosed, after: 'stop', meaning: 'The room was closed for everyone.' },
  { code: errorCodes.backlog_exceeded.closeCode, after: 'resume', meaning: '`backlog_exceeded`.' },
  {
    code: takenOverCloseCode,
    after: 'stop',
    meaning: 'Another connection resumed this session; it goes on there.',
  },
  { code: errorCodes.rate_limited.closeCode, after: 'resume', meaning: '`rate_limited`, and it went on.' },
  {
    code: closeCodeOfReason.serverShutdown,
    after: 'join',
    meaning:
      'The server stops. Join again when it is back (wait 1 s, then twice as long each time, up to 10 s).',
  },
];
