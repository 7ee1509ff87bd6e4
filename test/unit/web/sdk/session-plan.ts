/** A SignalingSession in virtual time, with a server that is played by the test. */
import type { ErrorBody } from '../../../../src/signaling/protocol/common.ts';
import type { Credentials, SessionAction } from '../../../../web/sdk/session-actions.ts';
import { SignalingSession } from '../../../../web/sdk/signaling-session.ts';

interface Sent {
  readonly id: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

const refusal = (code: string, retryable: boolean): ErrorBody => ({
  code,
  message: code,
  retryable,
  tell: { en: code, zh: code },
});

export class SessionPlan {
  nowMs = 0;
  readonly session = new SignalingSession({ displayName: 'Li', random: () => 0.5 });
  /** Everything it wanted, oldest first. */
  readonly actions: SessionAction[] = [];
  /** Actions that `sent` has read. */
  #read = 0;

  connect(credentials: Credentials = { token: 'first' }): this {
    this.session.connect(this.nowMs, credentials);
    return this.#collect();
  }

  /** Lets time pass, with a call whenever one is due. */
  wait(ms: number): this {
    const end = this.nowMs + ms;
    for (;;) {
      const next = this.session.nextTimeoutMs();
      if (next > end) break;
      this.nowMs = Math.max(this.nowMs, next);
      this.session.handleTimeout(this.nowMs);
      this.#collect();
    }
    this.nowMs = end;
    return this;
  }

  /** The device sleeps: time passes and nobody is called until it wakes. */
  sleep(ms: number): this {
    this.nowMs += ms;
    this.session.handleTimeout(this.nowMs);
    return this.#collect();
  }

  open(): this {
    this.session.socketOpened(this.nowMs);
    return this.#collect();
  }

  breakSocket(code = 1006): this {
    this.session.socketClosed(this.nowMs, code);
    return this.#collect();
  }

  changeNetwork(): this {
    this.session.networkChanged(this.nowMs);
    return this.#collect();
  }

  close(): this {
    this.session.close();
    return this.#collect();
  }

  giveCredentials(credentials: Credentials | undefined): this {
    this.session.credentials(this.nowMs, credentials);
    return this.#collect();
  }

  request(
    ...[type, data]: Parameters<SignalingSession['request']> extends [number, ...infer Rest] ? Rest : never
  ) {
    const id = this.session.request(this.nowMs, type, data);
    this.#collect();
    return id;
  }

  hear(frame: object | string): this {
    this.session.received(this.nowMs, typeof frame === 'string' ? frame : JSON.stringify(frame));
    return this.#collect();
  }

  accept(data: object = {}): this {
    return this.hear({ id: this.lastSent().id, ok: true, data });
  }

  refuse(code: string, { retryable = false } = {}): this {
    return this.hear({ id: this.lastSent().id, ok: false, error: refusal(code, retryable) });
  }

  joined(more: object = {}): this {
    return this.accept({
      sessionId: 's1',
      resumeSecret: 'secret',
      participantId: 'me',
      participants: [],
      producers: [],
      pingIntervalSeconds: 5,
      resumeWindowSeconds: 60,
      seq: 0,
      ...more,
    });
  }

  /** From nothing to live. */
  goLive(more: object = {}): this {
    return this.connect().open().joined(more);
  }

  lastSent(): Sent {
    const sent = this.actions.findLast((action) => action.type === 'send');
    if (sent?.type !== 'send') throw new Error('nothing was sent');
    return JSON.parse(sent.text) as Sent;
  }

  /** What was sent since the last time this was asked. */
  sent(): Sent[] {
    const fresh = this.actions.slice(this.#read);
    this.#read = this.actions.length;
    return fresh.flatMap((action) => (action.type === 'send' ? [JSON.parse(action.text) as Sent] : []));
  }

  of<T extends SessionAction['type']>(type: T): Extract<SessionAction, { type: T }>[] {
    return this.actions.filter(
      (action): action is Extract<SessionAction, { type: T }> => action.type === type,
    );
  }

  #collect(): this {
    this.actions.push(...this.session.takeActions());
    return this;
  }
}
