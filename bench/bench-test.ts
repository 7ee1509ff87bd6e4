/** Lets benches use the tests' helpers, which ask a tap Test for a folder, a word, and to be told when it is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

export class BenchTest {
  readonly #teardowns: (() => unknown)[] = [];

  /** What the helpers take. */
  get t(): Test {
    return this as unknown as Test;
  }

  teardown(handler: () => unknown): void {
    this.#teardowns.unshift(handler);
  }

  comment(message: unknown): void {
    console.error(message);
  }

  testdir(): string {
    const directory = mkdtempSync(join(tmpdir(), 'visavis-bench-'));
    this.#teardowns.push(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  }

  /** Undoes everything, the latest first. */
  async end(): Promise<void> {
    for (const handler of this.#teardowns.splice(0)) await handler();
  }
}
