/** Calls between a bench and the processes it starts: plain data over Node's IPC channel, one answer to each call. */
import { type ChildProcess, fork } from 'node:child_process';

/** What a child can be asked, by name. */
export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/** Answers the parent with `calls`, until it goes away. */
export function serve(calls: Calls): void {
  process.on('message', ({ id, name, args }: Question) => {
    const call = calls[name] as (...args: unknown[]) => unknown;
    // Also what throws at once becomes an answer.
    (async () => call(...args))().then(
      (result) => process.send!({ id, result } satisfies Answer),
      (error: Error) => process.send!({ id, error: error.stack ?? error.message } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit());
}

/** A process that `serve`s `Served`. What it prints goes to our standard error. */
export class Child<Served extends Calls> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 0;

  /** `flags` are Node's. */
  constructor(script: string, flags: readonly string[] = []) {
    this.#process = fork(script, {
      execArgv: [...flags],
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#process.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.result);
    });
    this.#process.once('exit', (code, signal) => {
      for (const waiting of this.#waiting.values())
        waiting.reject(new Error(`${script} ended with ${code ?? signal}`));
    });
  }

  ask<Name extends keyof Served & string>(
    name: Name,
    ...args: Parameters<Served[Name]>
  ): Promise<Awaited<ReturnType<Served[Name]>>> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#process.send({ id, name, args } satisfies Question);
    return waiting.promise as Promise<Awaited<ReturnType<Served[Name]>>>;
  }

  /** Resolves when it has ended. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.disconnect();
    await ended;
  }
}
