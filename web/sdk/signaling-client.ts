import type { ErrorBody } from '../../src/signaling/protocol/common.ts';
import type { RequestData, RequestResult, RequestType } from '../../src/signaling/protocol/requests.ts';
import type { ServerEvent } from '../../src/signaling/protocol/server-events.ts';
import { ConsultationError } from './client-error.ts';
import { Emitter } from './emitter.ts';
import type { Answer, ConnectionState, Credentials, EndReason, SessionAction } from './session-actions.ts';
import { SignalingSession } from './signaling-session.ts';

export interface SignalingEvents {
  state: ConnectionState;
  joined: { readonly result: RequestResult<'join'>; readonly again: boolean };
  resumed: RequestResult<'resume'>;
  event: ServerEvent;
  ended: { readonly reason: EndReason; readonly error?: ErrorBody };
}

export interface SignalingOptions {
  /** wss: or ws: address of the WebSocket. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Asked when the session is gone and the credentials at hand no longer let anyone in. */
  readonly renewCredentials?: () => Promise<Credentials | undefined>;
  readonly displayName?: string;
}

const SUBPROTOCOL = 'visavis.v1';
/** Longer timers overflow to zero in browsers. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A SignalingSession on a real WebSocket and a real clock. */
export class SignalingClient extends Emitter<SignalingEvents> {
  readonly #options: SignalingOptions;
  readonly #session: SignalingSession;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  constructor(options: SignalingOptions) {
    super();
    this.#options = options;
    this.#session = new SignalingSession({ displayName: options.displayName, random: Math.random });
  }

  get state(): ConnectionState {
    return this.#session.state;
  }

  connect(): void {
    this.#session.connect(performance.now(), this.#options.credentials);
    this.#run();
  }

  /**
   * Asks the server; waits for the connection to come back when it is broken.
   *
   * @throws ConsultationError with the server's error, or one of this side (client-error.ts).
   */
  async request<T extends RequestType>(type: T, data: RequestData<T>): Promise<RequestResult<T>> {
    const answer = await new Promise<Answer>((resolve) => {
      const id = this.#session.request(performance.now(), type, data);
      this.#answers.set(id, resolve);
      this.#run();
    });
    if (!answer.ok) throw new ConsultationError(answer.error);
    return answer.data as RequestResult<T>;
  }

  /** Something suggests that the network is another one, or that time has passed unseen. */
  networkChanged(): void {
    this.#session.networkChanged(performance.now());
    this.#run();
  }

  close(): void {
    this.#session.close();
    this.#run();
  }

  /** Does what the session wants, then sets the one timer. Listeners may call back in: one loop does it all. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      const actions = this.#session.takeActions();
      if (actions.length === 0) break;
      for (const action of actions) this.#do(action);
    }
    this.#running = false;
    clearTimeout(this.#timer);
    const next = this.#session.nextTimeoutMs();
    if (next === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(Math.max(0, next - performance.now()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      this.#session.handleTimeout(performance.now());
      this.#run();
    }, delay);
  }

  #do(action: SessionAction): void {
    switch (action.type) {
      case 'openSocket':
        this.#openSocket();
        return;
      case 'closeSocket':
        this.#socket?.close();
        this.#socket = undefined;
        return;
      case 'send':
        if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(action.text);
        return;
      case 'answer':
        this.#answers.get(action.id)?.(action.answer);
        this.#answers.delete(action.id);
        return;
      case 'askCredentials':
        void this.#renewCredentials();
        return;
      case 'state':
        this.emit('state', action.state);
        return;
      case 'joined':
        this.emit('joined', { result: action.result, again: action.again });
        return;
      case 'resumed':
        this.emit('resumed', action.result);
        return;
      case 'event':
        this.emit('event', action.event);
        return;
      case 'ended':
        this.emit('ended', action);
    }
  }

  #openSocket(): void {
    this.#socket?.close();
    const socket = new WebSocket(this.#options.url, SUBPROTOCOL);
    this.#socket = socket;
    // What an abandoned socket still has to say concerns nobody.
    const when = (act: (nowMs: number) => void) => {
      if (socket !== this.#socket) return;
      act(performance.now());
      this.#run();
    };
    socket.onopen = () => when((nowMs) => this.#session.socketOpened(nowMs));
    socket.onmessage = ({ data }) => when((nowMs) => this.#session.received(nowMs, String(data)));
    socket.onclose = ({ code }) => when((nowMs) => this.#session.socketClosed(nowMs, code));
  }

  async #renewCredentials(): Promise<void> {
    let credentials: Credentials | undefined;
    try {
      credentials = await this.#options.renewCredentials?.();
    } catch {
      // No credentials to be had: said by undefined, the session ends with its reason.
    }
    this.#session.credentials(performance.now(), credentials);
    this.#run();
  }
}
