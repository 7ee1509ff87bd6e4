/**
 * The entry of a media worker's thread. An error that nobody expected ends the thread and reaches the main thread as
 * the Worker's `error`; the pool starts another one.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { beat, HEARTBEAT_INTERVAL_MS } from './heartbeat.ts';
import type { FromWorker, ToWorker } from './media-messages.ts';
import { MediaWorker, type MediaWorkerOptions } from './media-worker.ts';

const port = parentPort;
if (port === null) throw new TypeError('media-worker-thread runs only as a worker thread');

/** What the thread is started with. */
export interface MediaWorkerThreadData {
  readonly options: MediaWorkerOptions;
  readonly heartbeat: Int32Array;
}

const { options, heartbeat } = workerData as MediaWorkerThreadData;
const worker = new MediaWorker(options, (message: FromWorker) => port.postMessage(message));
setInterval(beat, HEARTBEAT_INTERVAL_MS, heartbeat).unref();

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
