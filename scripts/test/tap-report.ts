/** Reads one test file's TAP: what passed, what failed and how, what was skipped and why. */
import { type FinalResults, Parser } from 'tap-parser';

export interface Failure {
  /** Names from the outermost test to the assertion. */
  readonly name: string;
  /** The assertion's diagnostics, ready to print; empty when it gave none. */
  readonly diagnostics: string;
}

export interface Report {
  /** Top-level tests of the file. */
  passed: number;
  failed: number;
  readonly failures: Failure[];
  /** Names of skipped tests, with the reason they gave. */
  readonly skipped: string[];
  /** Whether the plan was kept and the output was TAP to its end. */
  complete: boolean;
}

/** A sink for the file's standard output; `report` is whole after `end()`. */
export class TapReport {
  readonly report: Report = { passed: 0, failed: 0, failures: [], skipped: [], complete: false };
  readonly #parser = new Parser();

  constructor() {
    this.#watch(this.#parser, []);
    this.#parser.on('complete', ({ ok, count, plan }) => {
      const kept = plan.start !== null && plan.end !== null && count === plan.end - plan.start + 1;
      this.report.complete = ok || (kept && this.report.failed > 0);
    });
  }

  write(chunk: Buffer): void {
    this.#parser.write(chunk);
  }

  end(): void {
    this.#parser.end();
  }

  #watch(parser: Parser, path: readonly string[]): void {
    const failedChildren = new Set<string>();
    parser.on('child', (child) => {
      const name = child.name ?? '';
      this.#watch(child, [...path, name]);
      child.on('complete', (results: FinalResults) => {
        if (!results.ok) failedChildren.add(name);
      });
    });
    parser.on('assert', (result) => {
      const name = [...path, result.name ?? ''].filter((part) => part !== '').join(' › ');
      const skipped = result.skip !== false && result.skip !== undefined;
      const todo = result.todo !== false && result.todo !== undefined;
      if (skipped || todo) {
        const reason = skipped ? result.skip : `todo ${result.todo}`;
        this.report.skipped.push(reason === true ? name : `${name} (${reason})`);
        return;
      }
      if (path.length === 0) this.report[result.ok ? 'passed' : 'failed'] += 1;
      // A failed subtest repeats as a point of its parent; its own points have told the story.
      if (!result.ok && !failedChildren.has(result.name ?? '')) {
        this.report.failures.push({ name, diagnostics: describe(result.diag) });
      }
    });
  }
}

function describe(diagnostics: unknown): string {
  if (diagnostics === null || typeof diagnostics !== 'object') return '';
  const lines: string[] = [];
  for (const [key, value] of Object.entries(diagnostics)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    lines.push(text.includes('\n') ? `${key}:\n${text.replace(/^/gm, '  ')}` : `${key}: ${text}`);
  }
  return lines.join('\n');
}
