/**
 * Loaded by `node --import` into a server under test: SIGUSR2 makes its first worker thread throw, as a bug of ours
 * would.
 */
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

const channel = new BroadcastChannel('crash-on-signal');
channel.unref();
if (isMainThread) {
  process.on('SIGUSR2', () => channel.postMessage(1));
} else {
  channel.onmessage = (event: unknown) => {
    if ((event as { data: unknown }).data === threadId) throw new Error('a test made this worker crash');
  };
}
