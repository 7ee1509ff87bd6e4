/** What peers have in common whose server is a program of somebody else's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';

const READY_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;
const END_WITHIN_MS = 3_000;
/** Of what it says, for when it ends by itself. */
const KEPT_OUTPUT = 4_000;

/** Starts `program`, waits until `ready` resolves to true, and ends it, by its id, with the test. */
export async function startProgram(
  test: Test,
  program: string,
  args: readonly string[],
  { ready }: { ready(): Promise<boolean> },
): Promise<ChildProcess> {
  const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
  }
  const ended = once(child, 'exit');
  test.teardown(async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  });
  for (const deadlineMs = performance.now() + READY_WITHIN_MS; performance.now() < deadlineMs; ) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${output}`);
    if (await ready().catch(() => false)) return child;
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(`${program} is not ready after ${READY_WITHIN_MS / 1000} s: ${output}`);
}

/** A TCP port of 127.0.0.1 that is free now, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The URL of an empty document on localhost, where browsers grant what they grant secure origins. */
export async function emptyPages(test: Test): Promise<string> {
  const server = createHttpServer((_request, response) => response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.teardown(() => server.close());
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}
