import { PassThrough } from 'node:stream';
import t from 'tap';
import { makeLog } from '../../../src/app/log.ts';
import { prettyLine } from '../../../src/app/pretty-line.ts';

function capture(options: { format: 'auto' | 'json' | 'pretty'; isTTY?: boolean }) {
  const output = Object.assign(new PassThrough(), { isTTY: options.isTTY ?? false });
  const log = makeLog({ level: 'info', format: options.format }, output);
  return { log, text: () => String(output.read() ?? '') };
}

t.test('secrets and names of persons do not reach a line, three levels deep', async (t) => {
  const { log, text } = capture({ format: 'json' });
  const secrets = { token: 'S1', resumeSecret: 'S2', displayName: 'S3', headers: { authorization: 'S4' } };
  log.info({ ...secrets, key: 'S5', request: secrets, room: 'a' }, 'joined');
  const line = text();
  t.notMatch(line, /S\d/);
  t.match(JSON.parse(line), { room: 'a', msg: 'joined', token: '[redacted]' });
});

t.test('the code of a failed system call is kept', async (t) => {
  const { log, text } = capture({ format: 'json' });
  log.error({ err: Object.assign(new Error('no'), { code: 'ENOENT' }) }, 'failed');
  t.equal(JSON.parse(text()).err.code, 'ENOENT');
});

t.test('lines are for people on a terminal and JSON elsewhere, unless told otherwise', async (t) => {
  const cases: readonly [format: 'auto' | 'json' | 'pretty', isTTY: boolean, json: boolean][] = [
    ['auto', true, false],
    ['auto', false, true],
    ['json', true, true],
    ['pretty', false, false],
  ];
  for (const [format, isTTY, json] of cases) {
    const { log, text } = capture({ format, isTTY });
    log.info('hello');
    t.equal(text().startsWith('{'), json, `${format} ${isTTY}`);
  }
});

t.test('less important lines than asked for are left out', async (t) => {
  const { log, text } = capture({ format: 'json' });
  log.debug('x');
  t.equal(text(), '');
});

t.test('a pretty line shows level, message, fields and the stack of an error', async (t) => {
  const line = prettyLine(
    JSON.stringify({
      level: 40,
      time: '2026-01-01T00:00:00.000Z',
      msg: 'odd',
      room: 'a',
      n: 2,
      err: { stack: 'E\nat x' },
    }),
  );
  t.match(line, /^\d\d:\d\d:\d\d WARN {2}odd room=a n=2\n {4}E\n {4}at x\n$/);
});
