import type { ToWorker } from '../../transport/media-messages.ts';

/**
 * What the state machines want done, as plain data and in order. They push; whoever called them takes the list and
 * performs it before calling again.
 */
export type Effect =
  /** Send `frame`, a whole JSON text, on a connection. */
  | { readonly type: 'send'; readonly connectionId: string; readonly frame: string }
  /** Close a connection's WebSocket. Nothing is sent on it afterwards. */
  | {
      readonly type: 'closeConnection';
      readonly connectionId: string;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly type: 'media'; readonly message: ToWorker }
  /** The token that let a person in must let nobody in again. */
  | { readonly type: 'revokeToken'; readonly tokenId: string }
  /** A room was closed: tokens made until then, and invites that nobody used yet, must let nobody in. */
  | { readonly type: 'roomClosed'; readonly room: string; readonly closedAtMs: number }
  /** For the log; ids only, never names. */
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly ids: Readonly<Record<string, string>>;
    };

export type EffectSink = Effect[];
