import type { WebSocket } from 'ws';
import { VisavisError } from '../../base/errors.ts';
import type { Admission, Seat } from '../directory/directory.ts';
import type { Engine } from '../engine.ts';
import { type Rate, TokenBucket } from '../limits/token-bucket.ts';
import type { RequestId } from '../protocol/envelope.ts';
import type { RequestData, RequestResult } from '../protocol/requests.ts';
import { type ParsedFrame, parseRequest, type Request } from '../protocol/validate.ts';

export interface ConnectionContext {
  readonly engine: Engine;
  /** How many messages a connection may send. */
  readonly messages: Rate;
  /** Verifies what a `join` shows. Throws VisavisError. */
  admit(data: RequestData<'join'>): Promise<Admission & { readonly rejoinToken: string | undefined }>;
  /** Makes a one-time code for the room of `seat`. Throws VisavisError. */
  invite(seat: Seat, data: RequestData<'invite'>): RequestResult<'invite'>;
  /** Counts an attempt to enter from the connection's address; false if there were too many. */
  mayTryToEnter(nowUs: number): boolean;
}

/** Characters that count as a message more: an offer is usually one or two, and takes as much work as it is long. */
export const messageUnit = 16 * 1024;

/** Reads one WebSocket: limits its messages, parses them, and hands them to the lobby. Lives as long as the socket. */
export class WebSocketConnection {
  readonly #connectionId: string;
  readonly #context: ConnectionContext;
  readonly #bucket: TokenBucket;
  #refusedForRate = 0;

  constructor(connectionId: string, socket: WebSocket, context: ConnectionContext, nowUs: number) {
    const { engine, messages } = context;
    this.#connectionId = connectionId;
    this.#context = context;
    this.#bucket = new TokenBucket(messages, nowUs);
    socket.on('message', (data, isBinary) => {
      engine.run((now) => this.#receive(isBinary ? undefined : data.toString(), now));
    });
    socket.on('close', () => engine.closed(connectionId));
    engine.opened(connectionId, socket);
  }

  #receive(text: string | undefined, nowUs: number): void {
    const { lobby } = this.#context.engine;
    const withinRate = this.#bucket.take(nowUs, 1 + Math.floor((text?.length ?? 0) / messageUnit));
    if (!withinRate && ++this.#refusedForRate > this.#context.messages.burst) {
      lobby.close(this.#connectionId, 'rate_limited', nowUs);
      return;
    }
    const parsed: ParsedFrame | undefined = text === undefined ? undefined : parseRequest(text);
    const id = parsed?.ok ? parsed.request.id : parsed?.id;
    if (parsed === undefined || id === undefined) {
      lobby.close(this.#connectionId, 'protocol_violation', nowUs);
    } else if (!withinRate) {
      lobby.refuse(this.#connectionId, id, new VisavisError('rate_limited', 'too many messages'));
    } else if (!parsed.ok) {
      lobby.refuse(this.#connectionId, id, parsed.error);
    } else {
      this.#handle(parsed.request, nowUs);
    }
  }

  #handle(request: Request, nowUs: number): void {
    const { lobby } = this.#context.engine;
    switch (request.type) {
      case 'join':
        if (this.#mayEnter(request.id, nowUs)) this.#join(request.id, request.data);
        break;
      case 'resume':
        if (this.#mayEnter(request.id, nowUs)) {
          lobby.resume(this.#connectionId, request.id, request.data, nowUs);
        }
        break;
      case 'invite': {
        const seat = lobby.inviter(this.#connectionId, request.id, nowUs);
        if (seat !== undefined) this.#invite(seat, request.id, request.data);
        break;
      }
      default:
        lobby.handle(this.#connectionId, request, nowUs);
    }
  }

  #mayEnter(id: RequestId, nowUs: number): boolean {
    const { engine, mayTryToEnter } = this.#context;
    if (!engine.lobby.mayEnter(this.#connectionId, id)) return false;
    if (mayTryToEnter(nowUs)) return true;
    const error = new VisavisError('too_many_connections', 'too many attempts to join from this address');
    engine.lobby.refuse(this.#connectionId, id, error);
    return false;
  }

  #join(id: RequestId, data: RequestData<'join'>): void {
    const { engine, admit } = this.#context;
    engine.lobby.entering(this.#connectionId);
    admit(data).then(
      (admission) => engine.run((nowUs) => engine.lobby.join(this.#connectionId, id, admission, nowUs)),
      (error: unknown) => engine.run(() => engine.lobby.refuse(this.#connectionId, id, error)),
    );
  }

  #invite(seat: Seat, id: RequestId, data: RequestData<'invite'>): void {
    const { engine, invite } = this.#context;
    try {
      engine.lobby.answer(this.#connectionId, id, 'invite', invite(seat, data));
    } catch (error) {
      engine.lobby.refuse(this.#connectionId, id, error);
    }
  }
}
