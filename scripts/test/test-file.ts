import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Report, TapReport } from './tap-report.ts';

export interface FileResult extends Report {
  readonly path: string;
  readonly durationMs: number;
}

const runningGroups = new Set<number>();

/**
 * Runs one test file on this Node in a process group of its own, so that a time-out also ends the browsers and
 * servers it started. What it says beside TAP on standard error is shown only if it fails.
 */
export function runTestFile(path: string, timeoutMs: number, env: NodeJS.ProcessEnv): Promise<FileResult> {
  return new Promise((done) => {
    const startedAt = performance.now();
    const tap = new TapReport();
    let stderr = '';
    let timedOut = false;
    // tap has a time-out of its own, shorter than what a busy machine may need.
    const tapEnv = { ...env, TAP_TIMEOUT: String(timeoutMs / 1000) };
    const child = spawn(process.execPath, [path], {
      env: tapEnv,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const group = child.pid;
    if (group !== undefined) runningGroups.add(group);
    const timer = setTimeout(() => {
      timedOut = true;
      if (group !== undefined) end(group);
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => tap.write(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-8_000);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (group !== undefined) {
        end(group);
        runningGroups.delete(group);
      }
      tap.end();
      const report = tap.report;
      const cause = timedOut
        ? `no end after ${timeoutMs / 1000} s`
        : code !== 0 && report.failed === 0
          ? `ended with ${signal ?? `code ${code}`}`
          : !report.complete
            ? 'its TAP broke off'
            : report.passed + report.failed + report.skipped.length === 0
              ? 'holds no test'
              : undefined;
      if (cause !== undefined) {
        report.failed += 1;
        report.failures.push({ name: `the file ${cause}`, diagnostics: stderr.trim() });
      }
      done({ path, durationMs: performance.now() - startedAt, ...report });
    });
  });
}

/** Ends every test still running: for an interrupted run. */
export function endRunningTests(): void {
  for (const group of runningGroups) end(group);
}

function end(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The names of a file's tests, read from its text: to report by name what cannot run here. */
export function testNames(path: string): string[] {
  const names = [...readFileSync(path, 'utf8').matchAll(/^t\.test\(\s*(['"`])(.+?)\1/gm)].map((m) => m[2]!);
  return names.length > 0 ? names : [path];
}
