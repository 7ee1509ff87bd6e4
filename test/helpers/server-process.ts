/** The real server as its own process, on free ports, with a data directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Test } from 'tap';
import WebSocket from 'ws';
import { installationRoot } from '../../src/app/installation.ts';

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly httpUrl: string;
  readonly httpsUrl: string;
  readonly inviteCode: string;
  readonly dataDirectory: string;
  /** Everything said so far on standard output. */
  output(): string;
  /** Resolves when standard output has matched. */
  said(pattern: RegExp): Promise<void>;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Resolves when nobody holds its standard output any more. */
  readonly silent: Promise<void>;
}

const main = join(installationRoot, 'src', 'app', 'main.ts');

/** Starts it and waits for the banner. Ends with the test. */
export async function startServerProcess(
  t: Test,
  environment: Readonly<Record<string, string>> = {},
  how: 'by itself' | 'in a shell' | 'into the journal' = 'by itself',
): Promise<ServerProcess> {
  const dataDirectory = environment.VISAVIS__DATA__DIRECTORY ?? join(t.testdir(), 'data');
  const line: [string, ...string[]] = [process.execPath, main, 'start'];
  const inShell = {
    // As dash does for npm: the second command keeps the shell from becoming the server.
    'in a shell': `"${line.join('" "')}"; exit $?`,
    // As systemd does: the variable names the stream that standard output is.
    'into the journal': `JOURNAL_STREAM=$(stat -Lc %d:%i /proc/$$/fd/1) exec "${line.join('" "')}"`,
  };
  const [command, ...args] = how === 'by itself' ? line : ['/bin/sh', '-c', inShell[how]];
  const child = spawn(command!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      VISAVIS__SERVER__HTTP_PORT: '0',
      VISAVIS__SERVER__HTTPS_PORT: '0',
      VISAVIS__SERVER__LISTEN: '127.0.0.1',
      VISAVIS__MEDIA__WORKERS: '1',
      VISAVIS__MEDIA__LISTEN: '127.0.0.1',
      VISAVIS__MEDIA__ANNOUNCED: '127.0.0.1',
      VISAVIS__MEDIA__UDP_PORT: '0',
      VISAVIS__MEDIA__TCP_PORT: '0',
      VISAVIS__DATA__DIRECTORY: dataDirectory,
      ...environment,
    },
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const silent = once(child.stdout, 'end').then(() => undefined);
  let output = '';
  let errors = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    for (const look of waiting) look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const said = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(output)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then((code) =>
        reject(new Error(`ended with ${code} before it said ${pattern}: ${errors}${output}`)),
      );
    });
  await said(/SHA-256|invite --role/);
  const found = (pattern: RegExp) => pattern.exec(output)?.[1] ?? '';
  return {
    child,
    httpUrl: `http://localhost:${found(/http:\/\/localhost:(\d+)/)}`,
    httpsUrl: `https://127.0.0.1:${found(/https:\/\/\S+:(\d+)\//)}`,
    inviteCode: found(/#invite=([\w-]+)/),
    dataDirectory,
    output: () => output,
    said,
    ended,
    silent,
  };
}

/** A bare signaling client: frames in, frames out. */
export interface BareClient {
  request(
    type: string,
    data?: object,
  ): Promise<{ ok: boolean; data?: Record<string, unknown>; error?: { code: string } }>;
  /** Resolves with the next event of this type, or one that came before and was not asked for yet. */
  event(type: string): Promise<Record<string, unknown>>;
  readonly closed: Promise<number>;
  close(): void;
}

export async function connectBareClient(httpUrl: string): Promise<BareClient> {
  const socket = new WebSocket(`${httpUrl.replace('http', 'ws')}/api/v1/ws`, 'visavis.v1', {
    origin: httpUrl,
  });
  const closed = once(socket, 'close').then(([code]) => code as number);
  const answers = new Map<number, (frame: never) => void>();
  const events: { type: string; data: Record<string, unknown> }[] = [];
  const listeners = new Set<() => void>();
  socket.on('message', (text) => {
    const frame = JSON.parse(String(text));
    if ('id' in frame) answers.get(frame.id)?.(frame as never);
    else {
      events.push(frame);
      for (const look of listeners) look();
    }
  });
  await once(socket, 'open');
  let nextId = 0;
  return {
    closed,
    close: () => socket.close(),
    request: (type, data = {}) =>
      new Promise((resolve) => {
        const id = nextId++;
        answers.set(id, resolve);
        socket.send(JSON.stringify({ id, type, data }));
      }),
    event: (type) =>
      new Promise((resolve) => {
        const look = () => {
          const index = events.findIndex((event) => event.type === type);
          if (index < 0) return;
          listeners.delete(look);
          resolve(events.splice(index, 1)[0]!.data);
        };
        listeners.add(look);
        look();
      }),
  };
}

/** Exchanges a one-time code for a token. */
export async function redeem(httpUrl: string, code: string): Promise<Response> {
  return fetch(`${httpUrl}/api/v1/invites/redeem`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
}

/** Goes in with a one-time code. */
export async function enter(httpUrl: string, code: string) {
  const { token } = (await (await redeem(httpUrl, code)).json()) as { token: string };
  const client = await connectBareClient(httpUrl);
  const joined = await client.request('join', { token });
  return { client, joined, token };
}
