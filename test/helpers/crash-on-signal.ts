/**
 * Loaded by `node --import` into a server under test: SIGUSR2 makes its first worker thread throw, SIGWINCH makes it
 * loop for ever, as bugs of ours would.
 */
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

const FIRST_WORKER = 1;
const channel = new BroadcastChannel('crash-on-signal');
channel.unref();
if (isMainThread) {
  process.on('SIGUSR2', () => channel.postMessage('throw'));
  process.on('SIGWINCH', () => channel.postMessage('hang'));
} else if (threadId === FIRST_WORKER) {
  channel.onmessage = (event: unknown) => {
    const { data } = event as { data: unknown };
    if (data === 'throw') throw new Error('a test made this worker crash');
    for (;;);
  };
}
