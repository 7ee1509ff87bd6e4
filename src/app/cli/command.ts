import type { Writable } from 'node:stream';

/** What a command gets to work with. */
export interface CommandContext {
  /** Arguments after the command's own name. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable & { isTTY?: boolean; readonly fd?: number };
  readonly stderr: Writable;
}

export interface Command {
  /** One line for `--help`. */
  readonly summary: string;
  /** Its arguments, as `--help` shows them. */
  readonly usage: string;
  /** Resolves to the exit code; `undefined` while the server runs on. */
  run(context: CommandContext): Promise<number | undefined>;
}

/** The command line itself is wrong. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
