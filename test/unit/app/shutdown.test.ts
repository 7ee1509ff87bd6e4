import { EventEmitter } from 'node:events';
import t, { type Test } from 'tap';
import { stopOnSignals } from '../../../src/app/shutdown.ts';

/** A server whose drain ends when the test says so. */
function setUp(t: Test) {
  const said: string[] = [];
  let drained: () => void = () => t.fail('not draining');
  let failed: (error: Error) => void = () => t.fail('not draining');
  const process = new EventEmitter();
  const clock = { ms: 0 };
  let stop = () => {};
  const exited = new Promise<number>((done) => {
    stop = stopOnSignals({
      server: {
        drain: () =>
          new Promise((resolve, reject) => {
            said.push('drain');
            drained = resolve;
            failed = reject;
          }),
        close: async () => {
          said.push('close');
        },
      },
      process: process as unknown as Pick<NodeJS.Process, 'on' | 'off'>,
      nowMs: () => clock.ms,
      onSignal: (signal, count) => said.push(`${signal} ${count}`),
      onFailure: () => said.push('failed'),
      exit: (code) => {
        said.push(`exit ${code}`);
        done(code);
      },
    });
  });
  return {
    stop: () => stop(),
    said,
    process,
    clock,
    exited,
    drained: () => drained(),
    failed: (error: Error) => failed(error),
  };
}

t.test('the first signal drains, then closes, then ends well', async (t) => {
  const { said, process, exited, drained } = setUp(t);
  process.emit('SIGTERM', 'SIGTERM');
  t.same(said, ['SIGTERM 1', 'drain']);
  drained();
  await exited;
  t.same(said, ['SIGTERM 1', 'drain', 'close', 'exit 0']);
});

t.test('the second signal stops at once, with the code of the signal', async (t) => {
  const term = setUp(t);
  term.process.emit('SIGTERM', 'SIGTERM');
  term.process.emit('SIGTERM', 'SIGTERM');
  t.equal(await term.exited, 143);
  const mixed = setUp(t);
  mixed.process.emit('SIGTERM', 'SIGTERM');
  mixed.process.emit('SIGINT', 'SIGINT');
  t.equal(await mixed.exited, 130);
});

t.test('Ctrl-C that arrives twice within half a second, as it does through npm, is one', async (t) => {
  const { said, process, clock, exited } = setUp(t);
  process.emit('SIGINT', 'SIGINT');
  clock.ms = 499;
  process.emit('SIGINT', 'SIGINT');
  t.same(said, ['SIGINT 1', 'drain']);
  clock.ms = 999;
  process.emit('SIGINT', 'SIGINT');
  t.equal(await exited, 130);
});

t.test('a drain that fails ends with an error', async (t) => {
  const { said, process, exited, failed } = setUp(t);
  process.emit('SIGTERM', 'SIGTERM');
  failed(new Error('no'));
  t.equal(await exited, 1);
  t.same(said, ['SIGTERM 1', 'drain', 'failed', 'exit 1']);
});

t.test('it can be asked to stop without a signal, which does not count when a signal has come', async (t) => {
  const asked = setUp(t);
  asked.stop();
  asked.stop();
  t.same(asked.said, ['SIGTERM 1', 'drain']);
  asked.drained();
  t.equal(await asked.exited, 0);
  const signalled = setUp(t);
  signalled.process.emit('SIGINT', 'SIGINT');
  signalled.stop();
  t.same(signalled.said, ['SIGINT 1', 'drain']);
});
