/** What an orderly end needs of the running server. */
export interface Stoppable {
  /** Takes nobody in any more, tells the people, and resolves when the last has left or the deadline has passed. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface ShutdownOptions {
  readonly server: Stoppable;
  /** Called once per signal that counts. */
  onSignal(signal: NodeJS.Signals, count: number): void;
  /** Draining or closing threw; the exit follows. */
  onFailure(error: unknown): void;
  exit(code: number): void;
  readonly process: Pick<NodeJS.Process, 'on' | 'off'>;
  nowMs(): number;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

/** npm hands on the Ctrl-C that a terminal has already given to its whole group: two in a moment are one. */
const samePressMs = 500;

/**
 * The first SIGTERM or SIGINT drains and closes, the second stops at once. The returned function starts the same
 * orderly end without a signal; it does nothing when the end is under way.
 */
export function stopOnSignals(options: ShutdownOptions): () => void {
  let count = 0;
  let lastSigintMs = Number.NEGATIVE_INFINITY;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT') {
      const nowMs = options.nowMs();
      const samePress = nowMs - lastSigintMs < samePressMs;
      lastSigintMs = nowMs;
      if (samePress) return;
    }
    count += 1;
    options.onSignal(signal, count);
    if (count > 1) options.exit(signal === 'SIGINT' ? 130 : 143);
    else void stop(options);
  };
  for (const signal of signals) options.process.on(signal, onSignal);
  return () => {
    if (count === 0) onSignal('SIGTERM');
  };
}

async function stop({ server, exit, onFailure }: ShutdownOptions): Promise<void> {
  try {
    await server.drain();
    await server.close();
    exit(0);
  } catch (error) {
    onFailure(error);
    exit(1);
  }
}
