/**
 * One session with Janus over its HTTP API: plugins are attached, asked, and answer in events that a long poll brings.
 * @see https://janus.conf.meetecho.com/docs/rest.html
 */
import { randomUUID } from 'node:crypto';

export interface Jsep {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** What a plugin answered. */
export interface PluginEvent {
  readonly data: Readonly<Record<string, unknown>>;
  readonly jsep: Jsep | undefined;
}

interface Message {
  readonly janus: string;
  readonly transaction?: string;
  readonly sender?: number;
  readonly data?: { readonly id: number };
  readonly plugindata?: { readonly data: Readonly<Record<string, unknown>> };
  readonly jsep?: Jsep;
  readonly error?: { readonly code: number; readonly reason: string };
}

const ANSWER_WITHIN_MS = 10_000;

/** What handles wait for, by transaction or by handle id. */
interface Waiting {
  readonly events: Map<string, PromiseWithResolvers<PluginEvent>>;
  readonly ups: Map<number, PromiseWithResolvers<void>>;
}

export class JanusSession {
  readonly #url: string;
  readonly #waiting: Waiting = { events: new Map(), ups: new Map() };
  readonly #closing = new AbortController();

  /** `base`: of the HTTP API. Resolves when Janus has made the session. */
  static async open(base: string): Promise<JanusSession> {
    const { data } = await post(base, { janus: 'create' });
    return new JanusSession(`${base}/${data!.id}`);
  }

  private constructor(url: string) {
    this.#url = url;
    void this.#poll();
  }

  /** Resolves to a handle on the plugin. */
  async attach(plugin: string): Promise<JanusHandle> {
    const { data } = await post(this.#url, { janus: 'attach', plugin });
    return new JanusHandle(this.#url, data!.id, this.#waiting);
  }

  close(): void {
    this.#closing.abort();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${this.#url}?maxev=10`, { signal });
        for (const message of (await answer.json()) as Message[]) this.#handle(message);
      } catch (error) {
        if (!signal.aborted) for (const { reject } of this.#waiting.events.values()) reject(error);
        return;
      }
    }
  }

  #handle({ janus, transaction, sender, plugindata, jsep }: Message): void {
    if (janus === 'webrtcup' && sender !== undefined) this.#waiting.ups.get(sender)?.resolve();
    if (janus !== 'event' || transaction === undefined || plugindata === undefined) return;
    this.#waiting.events.get(transaction)?.resolve({ data: plugindata.data, jsep });
  }
}

export class JanusHandle {
  /** Resolves when media may flow: ICE and DTLS are done. */
  readonly up: Promise<void>;
  readonly #url: string;
  readonly #events: Waiting['events'];

  constructor(sessionUrl: string, id: number, { events, ups }: Waiting) {
    this.#url = `${sessionUrl}/${id}`;
    this.#events = events;
    const up = Promise.withResolvers<void>();
    ups.set(id, up);
    this.up = up.promise;
  }

  /** Asks the plugin; rejects with its error. */
  async ask(body: object, jsep?: Jsep): Promise<PluginEvent> {
    const transaction = randomUUID();
    const waiting = Promise.withResolvers<PluginEvent>();
    this.#events.set(transaction, waiting);
    const timer = setTimeout(() => waiting.reject(new Error('Janus did not answer')), ANSWER_WITHIN_MS);
    try {
      const first = await post(this.#url, { janus: 'message', transaction, body, jsep });
      // What needs no time is answered at once, all else by an event.
      const event =
        first.janus === 'success' && first.plugindata !== undefined
          ? { data: first.plugindata.data, jsep: first.jsep }
          : await waiting.promise;
      if (event.data.error !== undefined) throw new Error(`Janus: ${event.data.error}`);
      return event;
    } finally {
      clearTimeout(timer);
      this.#events.delete(transaction);
    }
  }
}

async function post(url: string, message: object): Promise<Message> {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ transaction: randomUUID(), ...message }),
  });
  const said = (await answer.json()) as Message;
  if (said.error !== undefined) throw new Error(`Janus: ${said.error.reason} (${said.error.code})`);
  return said;
}
