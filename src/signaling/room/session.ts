import { createHash, timingSafeEqual } from 'node:crypto';
import { errorCodes } from '../../base/error-codes.ts';
import { closeCodeOfReason, takenOverCloseCode } from '../protocol/close-codes.ts';
import type { LeaveReason } from '../protocol/common.ts';
import type { ServerEventData, ServerEventType } from '../protocol/server-events.ts';
import type { EffectSink } from './effects.ts';
import { EventLog } from './event-log.ts';

export interface SessionTiming {
  readonly lostAfterUs: number;
  readonly resumeWindowUs: number;
}

export interface SessionOptions {
  readonly sessionId: string;
  /** What the client must show to resume; only its hash is kept. */
  readonly resumeSecret: string;
  readonly connectionId: string;
  readonly timing: SessionTiming;
  readonly log: { readonly maxEvents: number; readonly maxBytes: number };
  readonly effects: EffectSink;
}

/** What time did to a session: its connection fell silent, or its resume window passed. */
export type SessionTimeout = 'silent' | 'expired' | undefined;

/** How many answers to `sendData` are remembered by message id. */
const maxRemembered = 64;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * One participant's signaling: a numbered log of events that survives the connection it is sent on.
 *
 *     connected ──drop, silence──▶ lost ──window passed──▶ ended
 *         ◀───────resume─────────┘
 */
export class Session {
  readonly sessionId: string;
  readonly #secretHash: Buffer;
  readonly #timing: SessionTiming;
  readonly #log: EventLog;
  readonly #effects: EffectSink;
  readonly #remembered = new Map<string, number>();
  #connectionId: string | undefined;
  #deadlineUs: number;
  #ended = false;

  constructor(options: SessionOptions, nowUs: number) {
    this.sessionId = options.sessionId;
    this.#secretHash = sha256(options.resumeSecret);
    this.#timing = options.timing;
    this.#log = new EventLog(options.log);
    this.#effects = options.effects;
    this.#connectionId = options.connectionId;
    this.#deadlineUs = nowUs + options.timing.lostAfterUs;
  }

  /** The connection it is sent on now; undefined while lost and after the end. */
  get connectionId(): string | undefined {
    return this.#connectionId;
  }

  get lastSeq(): number {
    return this.#log.lastSeq;
  }

  /** When `handleTimeout` is due; undefined after the end. */
  get deadlineUs(): number | undefined {
    return this.#ended ? undefined : this.#deadlineUs;
  }

  /** Numbers and keeps an event, and sends it if there is a connection. Does nothing after the end. */
  event<T extends ServerEventType>(type: T, data: ServerEventData<T>): void {
    if (this.#ended) return;
    this.#sendFrame(this.#log.append(type, data));
  }

  /** Anything valid arrived: the connection lives. */
  heard(nowUs: number): void {
    if (this.#connectionId !== undefined) this.#deadlineUs = nowUs + this.#timing.lostAfterUs;
  }

  /** Its connection closed. False if that was not its connection any more. */
  dropped(connectionId: string, nowUs: number): boolean {
    if (this.#connectionId !== connectionId) return false;
    this.#connectionId = undefined;
    this.#deadlineUs = nowUs + this.#timing.resumeWindowUs;
    return true;
  }

  /** Compares in constant time. */
  isSecret(resumeSecret: string): boolean {
    return timingSafeEqual(sha256(resumeSecret), this.#secretHash);
  }

  /** Whether every event after `lastSeq` can be replayed. */
  canReplay(lastSeq: number): boolean {
    return this.#log.since(lastSeq) !== undefined;
  }

  /** Goes on over another connection; one that it still had is closed. Replay follows by `replay`. */
  resume(connectionId: string, nowUs: number): void {
    this.#closeConnection(takenOverCloseCode, 'resumed elsewhere');
    this.#connectionId = connectionId;
    this.#deadlineUs = nowUs + this.#timing.lostAfterUs;
  }

  /** Sends the events after `lastSeq` again. */
  replay(lastSeq: number): void {
    for (const frame of this.#log.since(lastSeq) ?? []) this.#sendFrame(frame);
  }

  /** Told at or after `deadlineUs`. Silence closes the connection and starts the resume window. */
  handleTimeout(nowUs: number): SessionTimeout {
    if (this.#ended || nowUs < this.#deadlineUs) return undefined;
    if (this.#connectionId === undefined) return 'expired';
    this.#closeConnection(errorCodes.ping_timeout.closeCode, 'ping_timeout');
    this.#deadlineUs = nowUs + this.#timing.resumeWindowUs;
    return 'silent';
  }

  /** Says `bye`, closes the connection with the reason's code, and is over. */
  end(reason: LeaveReason): void {
    if (this.#ended) return;
    this.event('bye', { reason });
    this.#closeConnection(reason === 'lost' ? closeCodeOfReason.left : closeCodeOfReason[reason], reason);
    this.#ended = true;
  }

  /** The dataSeq given to `messageId` before, if it was sent before. */
  sentBefore(messageId: string): number | undefined {
    return this.#remembered.get(messageId);
  }

  rememberSent(messageId: string, dataSeq: number): void {
    this.#remembered.set(messageId, dataSeq);
    if (this.#remembered.size > maxRemembered) {
      const [oldest] = this.#remembered.keys();
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
  }

  #sendFrame(frame: string): void {
    if (this.#connectionId === undefined) return;
    this.#effects.push({ type: 'send', connectionId: this.#connectionId, frame });
  }

  #closeConnection(code: number, reason: string): void {
    if (this.#connectionId === undefined) return;
    this.#effects.push({ type: 'closeConnection', connectionId: this.#connectionId, code, reason });
    this.#connectionId = undefined;
  }
}
