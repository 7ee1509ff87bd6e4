import { type ErrorCode, errorCodes } from '../../base/error-codes.ts';
import { VisavisError } from '../../base/errors.ts';
import { errorFrame, okFrame } from '../protocol/answer.ts';
import { type RequestId, timing } from '../protocol/envelope.ts';
import type { RequestData, RequestResult, RequestType } from '../protocol/requests.ts';
import type { EffectSink } from '../room/effects.ts';
import type { Admission, Directory, Seat } from './directory.ts';
import { handleRequest, type RoomRequest, requireModerate } from './handle-request.ts';

export interface LobbyOptions {
  readonly directory: Directory;
  readonly effects: EffectSink;
  readonly joinWithinSeconds: number;
  readonly resumeWindowSeconds: number;
  /** Told once for every answer, for the counters. */
  onAnswer(code: ErrorCode | 'ok'): void;
  /** A fault of ours came up while a request was done; the client is told `internal_error` only. */
  onFault(error: unknown): void;
}

interface Connection {
  readonly joinByUs: number;
  /** A join is being verified. */
  entering: boolean;
  seat: Seat | undefined;
}

/**
 * The signaling connections: who sits where, who has yet to join, and the answer to every request. Sans-IO: told what
 * arrives and the time; pushes effects. Nothing is pushed for a connection after its close.
 */
export class Lobby {
  readonly #options: LobbyOptions;
  readonly #directory: Directory;
  readonly #connections = new Map<string, Connection>();

  constructor(options: LobbyOptions) {
    this.#options = options;
    this.#directory = options.directory;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** A connection opened; it must join or resume in time. */
  opened(connectionId: string, nowUs: number): void {
    const joinByUs = nowUs + this.#options.joinWithinSeconds * 1e6;
    this.#connections.set(connectionId, { joinByUs, entering: false, seat: undefined });
  }

  /** A connection closed, by whomever. */
  closed(connectionId: string, nowUs: number): void {
    const seat = this.#connections.get(connectionId)?.seat;
    this.#connections.delete(connectionId);
    if (seat !== undefined) this.#directory.dropped(seat, connectionId, nowUs);
  }

  /** Closes a connection for breaking the rules; its session, if any, may resume. */
  close(
    connectionId: string,
    code: 'protocol_violation' | 'rate_limited' | 'backlog_exceeded',
    nowUs: number,
  ): void {
    if (!this.#isOpen(connectionId)) return;
    const { closeCode } = errorCodes[code];
    this.#options.effects.push({ type: 'closeConnection', connectionId, code: closeCode, reason: code });
    this.closed(connectionId, nowUs);
  }

  /** Whether `join` or `resume` may go on: answers and returns false if not. */
  mayEnter(connectionId: string, id: RequestId): boolean {
    const connection = this.#connections.get(connectionId);
    if (connection === undefined || !this.#isOpen(connectionId)) return false;
    if (connection.seat === undefined && !connection.entering) return true;
    this.refuse(connectionId, id, new VisavisError('already_joined', 'this connection has joined already'));
    return false;
  }

  /** A join's token is being verified: until `join` or `refuse`, nothing else is answered. */
  entering(connectionId: string): void {
    const connection = this.#connections.get(connectionId);
    if (connection !== undefined) connection.entering = true;
  }

  /** Lets a verified person in and answers. Does nothing if the connection closed meanwhile. */
  join(
    connectionId: string,
    id: RequestId,
    admission: Admission & { readonly rejoinToken: string | undefined },
    nowUs: number,
  ): void {
    const connection = this.#connections.get(connectionId);
    if (connection === undefined) return;
    this.#answering(connectionId, id, () => {
      const seat = this.#directory.join(admission, connectionId, nowUs);
      connection.seat = seat;
      connection.entering = false;
      const { room, participant, session, resumeSecret } = seat;
      this.#answer(connectionId, id, 'join', {
        sessionId: session.sessionId,
        resumeSecret,
        ...(admission.rejoinToken !== undefined && { rejoinToken: admission.rejoinToken }),
        participantId: participant.participantId,
        room: room.name,
        role: participant.identity.role,
        grants: participant.identity.grants,
        participants: room.participantInfos,
        producers: room.producerInfos,
        pingIntervalSeconds: timing.pingIntervalSeconds,
        resumeWindowSeconds: this.#options.resumeWindowSeconds,
        serverTime: this.#directory.wallClockAt(nowUs),
        seq: session.lastSeq,
      });
    });
  }

  /** Goes on with a session: answers, then replays what was missed. */
  resume(connectionId: string, id: RequestId, data: RequestData<'resume'>, nowUs: number): void {
    const connection = this.#connections.get(connectionId);
    if (connection === undefined) return;
    this.#answering(connectionId, id, () => {
      const seat = this.#directory.resumable(data.sessionId, data.resumeSecret, data.lastSeq);
      const { room, participant } = seat;
      const session = participant.session!;
      const wasLost = session.connectionId === undefined;
      session.resume(connectionId, nowUs);
      connection.seat = seat;
      this.#answer(connectionId, id, 'resume', {
        participants: room.participantInfos,
        producers: room.producerInfos,
        seq: session.lastSeq,
      });
      session.replay(data.lastSeq);
      if (wasLost) room.connectionChanged(participant);
    });
  }

  /** Any request but `join`, `resume` and `invite`. */
  handle(connectionId: string, request: RoomRequest, nowUs: number): void {
    if (!this.#isOpen(connectionId)) return;
    this.#answering(connectionId, request.id, () => {
      const seat = this.#seat(connectionId, nowUs);
      const { data, afterAnswer } = handleRequest(this.#directory, seat, request, nowUs);
      this.#answer(connectionId, request.id, request.type, data);
      afterAnswer?.();
    });
  }

  /** The seat of a connection that may invite; answers and returns undefined if it may not. */
  inviter(connectionId: string, id: RequestId, nowUs: number): Seat | undefined {
    if (!this.#isOpen(connectionId)) return undefined;
    let seat: Seat | undefined;
    this.#answering(connectionId, id, () => {
      const asking = this.#seat(connectionId, nowUs);
      requireModerate(asking.participant);
      seat = asking;
    });
    return seat;
  }

  /** Answers a request that was done elsewhere; nothing if the connection closed meanwhile. */
  answer<T extends RequestType>(connectionId: string, id: RequestId, type: T, data: RequestResult<T>): void {
    if (this.#isOpen(connectionId)) this.#answer(connectionId, id, type, data);
  }

  /** Answers with an error; nothing if the connection closed meanwhile. */
  refuse(connectionId: string, id: RequestId, error: unknown): void {
    const connection = this.#connections.get(connectionId);
    if (connection === undefined || !this.#isOpen(connectionId)) return;
    connection.entering = false;
    if (!(error instanceof VisavisError)) this.#options.onFault(error);
    this.#options.onAnswer(error instanceof VisavisError ? error.code : 'internal_error');
    this.#options.effects.push({ type: 'send', connectionId, frame: errorFrame(id, error) });
  }

  /** The earliest time `handleTimeout` has something to do; undefined: nothing is waited for. */
  nextTimeout(): number | undefined {
    let next = this.#directory.nextTimeout();
    for (const { seat, joinByUs } of this.#connections.values()) {
      if (seat === undefined && (next === undefined || joinByUs < next)) next = joinByUs;
    }
    return next;
  }

  handleTimeout(nowUs: number): void {
    const { closeCode } = errorCodes.join_timeout;
    for (const [connectionId, { seat, joinByUs }] of this.#connections) {
      if (seat !== undefined || nowUs < joinByUs) continue;
      this.#connections.delete(connectionId);
      this.#options.effects.push({
        type: 'closeConnection',
        connectionId,
        code: closeCode,
        reason: 'join_timeout',
      });
    }
    this.#directory.handleTimeout(nowUs);
  }

  /** Whether anything may still be sent on it: it is known, and its session did not leave it. */
  #isOpen(connectionId: string): boolean {
    const connection = this.#connections.get(connectionId);
    if (connection === undefined) return false;
    return (
      connection.seat === undefined || connection.seat.participant.session?.connectionId === connectionId
    );
  }

  #seat(connectionId: string, nowUs: number): Seat {
    const seat = this.#connections.get(connectionId)?.seat;
    if (seat === undefined) throw new VisavisError('join_required', 'join or resume first');
    seat.participant.session?.heard(nowUs);
    return seat;
  }

  #answering(connectionId: string, id: RequestId, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.refuse(connectionId, id, error);
    }
  }

  #answer<T extends RequestType>(connectionId: string, id: RequestId, type: T, data: RequestResult<T>): void {
    this.#options.onAnswer('ok');
    this.#options.effects.push({ type: 'send', connectionId, frame: okFrame(id, type, data) });
  }
}
