import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { HeartbeatWatch, makeHeartbeat } from './heartbeat.ts';
import { hostCandidates } from './ice/host-candidate.ts';
import type { FromWorker, HostCandidate, ToWorker } from './media-messages.ts';
import type { MediaWorkerOptions } from './media-worker.ts';
import type { MediaWorkerThreadData } from './media-worker-thread.ts';

export interface WorkerHandleListener {
  /** Anything but `ready` and `fatal`. */
  onMessage(message: FromWorker): void;
  onReady(): void;
  /** The thread ended without being told to; another one is started after a pause. */
  onLost(cause: Error | undefined): void;
}

const ENTRY = new URL('./media-worker-thread.ts', import.meta.url);
/**
 * Every packet leaves some buffers of its size behind, a few microseconds old. In a small young generation (a semi-space
 * of 1 MB) their memory serves again while it is still in the cache: a tenth less CPU per packet.
 */
const YOUNG_GENERATION_MB = 3;
/**
 * V8 would free those buffers in a thread of its own, which fights with the packets' thread for the allocator's lock:
 * another tenth. The flag is the whole process's. Measured with bench/wire/capacity.ts.
 */
const SWEEP_FLAG = '--no-concurrent-array-buffer-sweeping';
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A worker that lived this long did not die of starting: the next pause is the first again. */
const SETTLED_MS = 30_000;
/** A thread that shows no sign of life for so many looks in a row is ended and replaced: 5 s. */
const LOOK_INTERVAL_MS = 1_000;
const MISSABLE_LOOKS = 5;
/** For goodbyes to be sent; then the thread is ended the hard way. */
const CLOSE_WITHIN_MS = 2_000;

/** One media worker's thread, started again on the same ports when it dies. */
export class MediaWorkerThreadHandle {
  readonly #listener: WorkerHandleListener;
  #options: MediaWorkerOptions;
  #thread: Worker | undefined;
  #candidates: readonly HostCandidate[] = [];
  #ready = false;
  /** What was sent while there was no thread. Waits no longer than a pause. */
  #waiting: ToWorker[] = [];
  #pauseMs = FIRST_PAUSE_MS;
  #restart: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: MediaWorkerOptions, listener: WorkerHandleListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Empty before the first `ready`; kept while a lost worker is replaced, because the ports stay the same. */
  get candidates(): readonly HostCandidate[] {
    return this.#candidates;
  }

  /** Throws TypeError when peers cannot be told these addresses. */
  checkAnnounced(announced: readonly string[]): void {
    hostCandidates({ listen: this.#options.listen, announced });
  }

  /** Replaces the addresses that peers are told, for this thread and those that follow it. */
  setAnnounced(announced: readonly string[]): void {
    this.#options = { ...this.#options, announced };
    this.#candidates = hostCandidates(this.#options);
  }

  /** Resolves when the ports are bound; rejects when the first attempt fails, without trying again. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => this.#spawn(resolve, reject));
  }

  post(message: ToWorker): void {
    if (this.#closing !== undefined) return;
    if (this.#thread === undefined) this.#waiting.push(message);
    else this.#thread.postMessage(message);
  }

  /** Lets the worker say goodbye and end. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #spawn(onFirstReady?: () => void, onFirstFailure?: (error: Error) => void): void {
    const startedMs = performance.now();
    setFlagsFromString(SWEEP_FLAG);
    const heartbeat = makeHeartbeat();
    const thread = new Worker(ENTRY, {
      workerData: { options: this.#options, heartbeat } satisfies MediaWorkerThreadData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    let cause: Error | undefined;
    let looks: NodeJS.Timeout | undefined;
    this.#thread = thread;
    thread.on('message', (message: FromWorker) => {
      if (message.type === 'ready') {
        this.#ready = true;
        this.#options = { ...this.#options, listen: message.listen };
        // Not the worker's own: what is announced may have changed since the thread was made.
        this.#candidates = hostCandidates(this.#options);
        const watch = new HeartbeatWatch(heartbeat, MISSABLE_LOOKS);
        looks = setInterval(() => {
          if (watch.look()) return;
          clearInterval(looks);
          cause = new Error('the media worker hung');
          void thread.terminate();
        }, LOOK_INTERVAL_MS).unref();
        this.#listener.onReady();
        onFirstReady?.();
      } else if (message.type === 'fatal') {
        cause = Object.assign(new Error(message.message), { code: message.code });
      } else if (this.#closing === undefined) {
        this.#listener.onMessage(message);
      }
    });
    thread.on('error', (error) => {
      cause = error as Error;
    });
    thread.on('exit', () => {
      clearInterval(looks);
      const wasReady = this.#ready;
      this.#ready = false;
      this.#thread = undefined;
      if (this.#closing !== undefined) return;
      if (onFirstFailure !== undefined && !wasReady) {
        this.#closing = Promise.resolve();
        onFirstFailure(cause ?? new Error('the media worker ended before it was ready'));
        return;
      }
      if (performance.now() - startedMs >= SETTLED_MS) this.#pauseMs = FIRST_PAUSE_MS;
      this.#restart = setTimeout(() => this.#spawn(), this.#pauseMs);
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      this.#listener.onLost(cause);
    });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) thread.postMessage(message);
  }

  async #end(): Promise<void> {
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread === undefined) return;
    const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage({ type: 'shutdown' } satisfies ToWorker);
    const deadline = setTimeout(() => void thread.terminate(), CLOSE_WITHIN_MS);
    await exited;
    clearTimeout(deadline);
  }
}
