import type { Writable } from 'node:stream';
import pino, { type Logger } from 'pino';
import type { Config } from './config/schema.ts';
import { prettyLine } from './pretty-line.ts';

export type { Logger } from 'pino';

/** Keys that never reach a log line, wherever a library or a mistake may put them. */
const secretKeys = [
  'authorization',
  'cookie',
  'code',
  'token',
  'rejoinToken',
  'ticket',
  'resumeSecret',
  'secret',
  'key',
  'apiKey',
  'password',
  'passphrase',
  'displayName',
  'sdp',
];

/**
 * The server's log. Lines go to `output` (standard output), as JSON or, on a terminal, for people.
 * A failed system call's `err.code` is kept: it is no secret.
 */
export function makeLog(
  { level, format }: Config['log'],
  output: Writable & { isTTY?: boolean } = process.stdout,
): Logger {
  const pretty = format === 'pretty' || (format === 'auto' && output.isTTY === true);
  const stream = pretty ? { write: (line: string) => output.write(prettyLine(line)) } : output;
  const paths = secretKeys
    .flatMap((key) => [key, `*.${key}`, `*.*.${key}`])
    .filter((path) => path !== '*.code');
  return pino(
    { level, base: null, redact: { paths, censor: '[redacted]' }, timestamp: pino.stdTimeFunctions.isoTime },
    stream,
  );
}
