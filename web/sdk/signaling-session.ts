/**
 * The client's side of `visavis.v1` without a socket and without a clock: it is told what happened and when, and
 * returns what to do. It joins, keeps the connection alive, finds out that it is dead, comes back by `resume` (or by
 * a fresh `join` when the session is gone, as after a restart of the server), and matches answers with requests.
 *
 *   idle ─connect→ opening ─→ entering ─→ live
 *                    ↑  ↖ asking ↙          │ the socket broke, or silence
 *                    └──── waiting ←────────┘          any → ended
 *
 * Times are milliseconds of one monotonic clock.
 */
import type { ErrorBody } from '../../src/signaling/protocol/common.ts';
import type { RequestData, RequestResult, RequestType } from '../../src/signaling/protocol/requests.ts';
import type { ServerEvent } from '../../src/signaling/protocol/server-events.ts';
import { backoffMs } from './backoff.ts';
import { type LocalErrorCode, localError } from './client-error.ts';
import { Liveness } from './liveness.ts';
import { RequestLedger } from './request-ledger.ts';
import type { Answer, ConnectionState, Credentials, EndReason, SessionAction } from './session-actions.ts';

/** A phone's first TLS connection over a bad network takes seconds; after this the attempt is given up. */
const OPEN_TIMEOUT_MS = 8_000;
const ENTER_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const FIRST_CONNECT_MS = 20_000;
const GIVE_UP_MS = 600_000;
const MAX_WAITING_REQUESTS = 128;

/** Closing codes after which nobody should come back, @see src/signaling/protocol/close-codes.ts */
const ENDING_CODES: ReadonlyMap<number, EndReason> = new Map([
  [4400, 'refused'],
  [4403, 'kicked'],
  [4409, 'replaced'],
  [4410, 'roomClosed'],
  [4419, 'takenOver'],
]);

type Phase = 'idle' | 'opening' | 'entering' | 'live' | 'waiting' | 'asking' | 'ended';

export class SignalingSession {
  readonly #displayName: string | undefined;
  readonly #random: () => number;
  readonly #actions: SessionAction[] = [];
  readonly #requests = new RequestLedger({
    capacity: MAX_WAITING_REQUESTS,
    timeoutMs: REQUEST_TIMEOUT_MS,
  });
  #phase: Phase = 'idle';
  #state: ConnectionState = 'idle';
  #credentials: Credentials | undefined;
  /** Credentials were asked for since the connection was last live. */
  #asked = false;
  #session: { readonly id: string; readonly secret: string } | undefined;
  #entering: { readonly id: number; readonly how: 'join' | 'resume' } | undefined;
  #everLive = false;
  #lastSeq = 0;
  #nextId = 1;
  #attempt = 0;
  #pingIntervalMs = 5_000;
  /** End of the phase: of an attempt to open or enter, of the wait before the next. */
  #phaseUntilMs = Number.POSITIVE_INFINITY;
  #giveUpAtMs = Number.POSITIVE_INFINITY;
  #liveness = new Liveness(0, 5_000);

  constructor(options: { readonly displayName?: string | undefined; readonly random: () => number }) {
    this.#displayName = options.displayName;
    this.#random = options.random;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What to do now, in order; empties the list. Ask after every call. */
  takeActions(): SessionAction[] {
    return this.#actions.splice(0);
  }

  /** When `handleTimeout` wants to be called; infinity: not before something else happens. */
  nextTimeoutMs(): number {
    if (this.#phase === 'ended' || this.#phase === 'idle') return Number.POSITIVE_INFINITY;
    if (this.#phase !== 'live') return this.#phaseUntilMs;
    return Math.min(this.#liveness.nextTimeoutMs(), this.#requests.nextExpiryMs());
  }

  /** @throws TypeError when it was connected before. */
  connect(nowMs: number, credentials: Credentials): void {
    if (this.#phase !== 'idle') throw new TypeError('a session connects once');
    this.#credentials = credentials;
    this.#giveUpAtMs = nowMs + FIRST_CONNECT_MS;
    this.#setState('connecting');
    this.#open(nowMs);
  }

  /** The answer to `askCredentials`; undefined: there are none. */
  credentials(nowMs: number, credentials: Credentials | undefined): void {
    if (this.#phase !== 'asking') return;
    this.#credentials = credentials;
    if (credentials === undefined) this.#end('refused', localError('session_ended'));
    else this.#open(nowMs);
  }

  socketOpened(nowMs: number): void {
    if (this.#phase === 'opening') this.#enter(nowMs);
  }

  socketClosed(nowMs: number, code: number): void {
    if (this.#phase !== 'opening' && this.#phase !== 'entering' && this.#phase !== 'live') return;
    const ending = ENDING_CODES.get(code);
    if (ending !== undefined) this.#end(ending);
    else this.#lose(nowMs, false);
  }

  /** A frame came. What is not understood is ignored: the other side may be newer. */
  received(nowMs: number, text: string): void {
    if (this.#phase !== 'live' && this.#phase !== 'entering') return;
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (typeof frame !== 'object' || frame === null) return;
    this.#liveness.heard(nowMs);
    if ('seq' in frame) this.#handleEvent(nowMs, frame as ServerEvent);
    else if ('id' in frame && typeof frame.id === 'number') {
      this.#handleAnswer(nowMs, frame.id, frame as unknown as Answer);
    }
  }

  /** The network changed or the page woke up: find out at once whether the connection still lives. */
  networkChanged(nowMs: number): void {
    if (this.#phase === 'live') {
      this.#liveness.probe(nowMs);
      this.#ping();
    } else if (this.#phase === 'waiting') {
      this.#attempt = 0;
      this.#open(nowMs);
    }
  }

  /**
   * Sends a request, or keeps it until the connection is back. Its `answer` action comes exactly once.
   * A `negotiate` whose answer was lost is never repeated: nobody knows which offer the server has.
   */
  request<T extends RequestType>(nowMs: number, type: T, data: RequestData<T>): number {
    const id = this.#nextId++;
    if (this.#phase === 'idle' || this.#phase === 'ended') return this.#refuse(id, 'session_ended');
    if (this.#requests.full) return this.#refuse(id, 'backlog_full');
    const repeatable = type !== 'negotiate';
    const live = this.#phase === 'live';
    if (!live && !repeatable) return this.#refuse(id, 'connection_lost');
    const text = JSON.stringify({ id, type, data });
    this.#requests.add(id, { text, repeatable, sentAtMs: live ? nowMs : undefined });
    if (live) this.#actions.push({ type: 'send', text });
    return id;
  }

  handleTimeout(nowMs: number): void {
    if (this.#phase === 'live') this.#handleLiveTimeout(nowMs);
    else if (nowMs < this.#phaseUntilMs) return;
    else if (this.#phase === 'waiting') this.#open(nowMs);
    else if (this.#phase === 'opening' || this.#phase === 'entering') this.#lose(nowMs, true);
  }

  /** Ends it from this side: says `leave` when it can. Idempotent. */
  close(): void {
    if (this.#phase === 'live') {
      this.#actions.push({
        type: 'send',
        text: JSON.stringify({ id: this.#nextId++, type: 'leave', data: {} }),
      });
    }
    this.#end('left');
  }

  #handleLiveTimeout(nowMs: number): void {
    const due = this.#liveness.due(nowMs);
    if (due === 'dead') {
      this.#lose(nowMs, true);
      return;
    }
    for (const id of this.#requests.takeExpired(nowMs)) this.#refuse(id, 'request_timeout');
    if (due === 'ping') this.#ping();
  }

  #ping(): void {
    this.#actions.push({
      type: 'send',
      text: JSON.stringify({ id: this.#nextId++, type: 'ping', data: {} }),
    });
  }

  #open(nowMs: number): void {
    this.#phase = 'opening';
    this.#phaseUntilMs = nowMs + OPEN_TIMEOUT_MS;
    this.#actions.push({ type: 'openSocket' });
  }

  #enter(nowMs: number): void {
    const id = this.#nextId++;
    if (this.#session !== undefined) {
      this.#entering = { id, how: 'resume' };
      const { id: sessionId, secret: resumeSecret } = this.#session;
      this.#sendEntering(nowMs, id, 'resume', { sessionId, resumeSecret, lastSeq: this.#lastSeq });
    } else if (this.#credentials !== undefined) {
      this.#entering = { id, how: 'join' };
      const displayName = this.#displayName === undefined ? {} : { displayName: this.#displayName };
      this.#sendEntering(nowMs, id, 'join', { ...this.#credentials, ...displayName });
      if ('ticket' in this.#credentials) this.#credentials = undefined;
    } else {
      this.#ask();
    }
  }

  #sendEntering(nowMs: number, id: number, type: 'join' | 'resume', data: object): void {
    this.#phase = 'entering';
    this.#phaseUntilMs = nowMs + ENTER_TIMEOUT_MS;
    this.#actions.push({ type: 'send', text: JSON.stringify({ id, type, data }) });
  }

  /** Asking takes as long as it takes (a request to the clinic's own server): the socket does not wait. */
  #ask(): void {
    this.#asked = true;
    this.#phase = 'asking';
    this.#phaseUntilMs = Number.POSITIVE_INFINITY;
    this.#actions.push({ type: 'closeSocket' }, { type: 'askCredentials' });
  }

  #handleAnswer(nowMs: number, id: number, answer: Answer): void {
    if (this.#phase === 'entering') {
      if (id !== this.#entering?.id) return;
      const { how } = this.#entering;
      this.#entering = undefined;
      if (answer.ok && how === 'join') this.#joined(nowMs, answer.data as RequestResult<'join'>);
      else if (answer.ok) this.#resumed(nowMs, answer.data as RequestResult<'resume'>);
      else if (how === 'resume') this.#resumeRefused(nowMs, answer.error);
      else this.#joinRefused(nowMs, answer.error);
      return;
    }
    if (this.#requests.settle(id)) this.#actions.push({ type: 'answer', id, answer });
  }

  #joined(nowMs: number, result: RequestResult<'join'>): void {
    const again = this.#everLive;
    this.#session = { id: result.sessionId, secret: result.resumeSecret };
    this.#lastSeq = result.seq;
    if (result.rejoinToken !== undefined) this.#credentials = { token: result.rejoinToken };
    this.#pingIntervalMs = Math.max(1_000, result.pingIntervalSeconds * 1_000);
    this.#goLive(nowMs);
    // The ids that waiting requests speak of belong to the session before.
    for (const id of this.#requests.takeAll()) this.#refuse(id, 'connection_lost');
    this.#actions.push({ type: 'joined', result, again });
    this.#setState('live');
  }

  #resumed(nowMs: number, result: RequestResult<'resume'>): void {
    this.#goLive(nowMs);
    this.#actions.push({ type: 'resumed', result });
    this.#setState('live');
    for (const text of this.#requests.sendAgain(nowMs)) this.#actions.push({ type: 'send', text });
  }

  #goLive(nowMs: number): void {
    this.#phase = 'live';
    this.#everLive = true;
    this.#attempt = 0;
    this.#asked = false;
    this.#giveUpAtMs = Number.POSITIVE_INFINITY;
    this.#liveness = new Liveness(nowMs, this.#pingIntervalMs);
  }

  #resumeRefused(nowMs: number, error: ErrorBody): void {
    if (error.retryable) {
      this.#lose(nowMs, true);
      return;
    }
    this.#session = undefined;
    this.#enter(nowMs);
  }

  #joinRefused(nowMs: number, error: ErrorBody): void {
    const stale =
      error.code === 'token_expired' || error.code === 'token_invalid' || error.code === 'ticket_invalid';
    if (error.retryable && (this.#everLive || error.code === 'server_draining')) {
      // Somebody who comes back waits until there is room again; somebody who comes in wants to know.
      this.#lose(nowMs, true);
    } else if (stale && this.#everLive && !this.#asked) {
      this.#credentials = undefined;
      this.#ask();
    } else {
      this.#end('refused', error);
    }
  }

  #handleEvent(nowMs: number, event: ServerEvent): void {
    if (typeof event.seq !== 'number' || this.#phase !== 'live') return;
    if (event.seq <= this.#lastSeq) return;
    this.#lastSeq = event.seq;
    if (event.type !== 'bye') {
      this.#actions.push({ type: 'event', event });
      return;
    }
    const { reason, error } = event.data;
    if (reason === 'serverShutdown' || reason === 'lost') {
      this.#session = undefined;
      this.#lose(nowMs, true);
    } else {
      this.#end(reason, error);
    }
  }

  #lose(nowMs: number, closeSocket: boolean): void {
    if (closeSocket) this.#actions.push({ type: 'closeSocket' });
    if (this.#giveUpAtMs === Number.POSITIVE_INFINITY) this.#giveUpAtMs = nowMs + GIVE_UP_MS;
    for (const id of this.#requests.takeUnrepeatable()) this.#refuse(id, 'connection_lost');
    this.#requests.unsend();
    if (nowMs >= this.#giveUpAtMs) {
      this.#end('unreachable', localError('unreachable'));
      return;
    }
    this.#phase = 'waiting';
    this.#phaseUntilMs = nowMs + backoffMs(this.#attempt++, this.#random());
    this.#setState(this.#everLive ? 'reconnecting' : 'connecting');
  }

  #end(reason: EndReason, error?: ErrorBody): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#actions.push({ type: 'closeSocket' });
    for (const id of this.#requests.takeAll()) this.#refuse(id, 'session_ended');
    this.#setState('ended');
    this.#actions.push({ type: 'ended', reason, ...(error === undefined ? {} : { error }) });
  }

  #refuse(id: number, code: LocalErrorCode): number {
    this.#actions.push({ type: 'answer', id, answer: { ok: false, error: localError(code) } });
    return id;
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#actions.push({ type: 'state', state });
  }
}
