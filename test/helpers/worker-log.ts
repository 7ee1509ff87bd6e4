import type { FromWorker, HostCandidate } from '../../src/transport/media-messages.ts';

type MessageOf<Type extends FromWorker['type']> = Extract<FromWorker, { type: Type }>;

/** What a media worker said, and a way to wait for what it will say. */
export class WorkerLog {
  readonly messages: FromWorker[] = [];
  #waiting: { test: (message: FromWorker) => boolean; resolve: (message: FromWorker) => void }[] = [];

  readonly post = (message: FromWorker): void => {
    this.messages.push(message);
    const found = this.#waiting.filter(({ test }) => test(message));
    this.#waiting = this.#waiting.filter((waiting) => !found.includes(waiting));
    for (const { resolve } of found) resolve(message);
  };

  /** The first message, past or to come, for which `test` holds. */
  async until<Type extends FromWorker['type']>(
    type: Type,
    test: (message: MessageOf<Type>) => boolean = () => true,
  ): Promise<MessageOf<Type>> {
    const matches = (message: FromWorker): boolean =>
      message.type === type && test(message as MessageOf<Type>);
    const past = this.messages.find(matches);
    if (past !== undefined) return past as MessageOf<Type>;
    return new Promise((resolve) => {
      this.#waiting.push({ test: matches, resolve: resolve as (message: FromWorker) => void });
    });
  }

  state(transportId: string, state: string): Promise<MessageOf<'transportState'>> {
    return this.until(
      'transportState',
      (message) => message.transportId === transportId && message.state === state,
    );
  }

  async candidate(protocol: 'udp' | 'tcp'): Promise<HostCandidate> {
    const { candidates } = await this.until('ready');
    return candidates.find((candidate) => candidate.protocol === protocol)!;
  }
}
