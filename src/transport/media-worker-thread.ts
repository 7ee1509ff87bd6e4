/**
 * The entry of a media worker's thread. An error that nobody expected ends the thread and reaches the main thread as
 * the Worker's `error`; the pool starts another one.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './media-messages.ts';
import { MediaWorker, type MediaWorkerOptions } from './media-worker.ts';

const port = parentPort;
if (port === null) throw new TypeError('media-worker-thread runs only as a worker thread');

const worker = new MediaWorker(workerData as MediaWorkerOptions, (message: FromWorker) =>
  port.postMessage(message),
);

try {
  await worker.start();
  // Messages sent meanwhile waited in the port.
  port.on('message', (message: ToWorker) => {
    worker.handleMessage(message);
    // Without the port nothing keeps the thread; it ends when the sockets are closed.
    if (message.type === 'shutdown') port.close();
  });
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? 'start_failed';
  port.postMessage({ type: 'fatal', code, message: (error as Error).message } satisfies FromWorker);
  port.close();
}
