import { VisavisError } from '../base/errors.ts';
import { createDtlsCertificate, type DtlsCertificate } from './dtls/certificate.ts';
import type { DtlsFingerprint, FromWorker, HostCandidate, WorkerStats } from './media-messages.ts';
import type { ListenAddress, MediaListenOptions, MediaWorkerLimits } from './media-worker-options.ts';
import { MediaWorkerThreadHandle } from './media-worker-thread-handle.ts';
import type { MediaListener, RoomMedia, RoomMessage } from './room-media.ts';

export interface MediaPoolOptions extends MediaListenOptions {
  /** Threads, >= 1. Worker n listens on the given ports + n (a port of 0 stays 0). */
  readonly workers: number;
  readonly limits: MediaWorkerLimits;
  /** Left out: a new one is made, for as long as the process lives. */
  readonly certificate?: DtlsCertificate;
}

interface PinnedRoom {
  readonly worker: number;
  readonly transports: Set<string>;
}

/** A worker that does not answer for so long has no stats to show. */
const STATS_WITHIN_MS = 1_000;

/**
 * The media workers of the process. A room is pinned to the worker with the fewest transports when it is created, and
 * stays there. A worker that dies loses its own rooms only, and is started again on its ports.
 */
export class MediaPool implements RoomMedia {
  readonly fingerprint: DtlsFingerprint;
  readonly #workers: readonly MediaWorkerThreadHandle[];
  readonly #rooms = new Map<string, PinnedRoom>();
  readonly #statsWaiting = new Map<number, (stats: WorkerStats) => void>();
  #listener: MediaListener | undefined;
  #statsRequests = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: MediaPoolOptions, certificate: DtlsCertificate) {
    this.fingerprint = certificate.fingerprint;
    const { listen, announced, limits } = options;
    this.#workers = Array.from({ length: options.workers }, (_, index) => {
      const own = listen.map((address) => listenAddressOf(address, index));
      return new MediaWorkerThreadHandle(
        { listen: own, announced, limits, certificate },
        {
          onMessage: (message) => this.#handleMessage(message),
          onReady: () => this.#listener?.onWorkerState(index, 'ready', undefined),
          onLost: (cause) => this.#workerLost(index, cause),
        },
      );
    });
  }

  /** Starts every worker. Rejects, with nothing left running, when a port cannot be bound or an option is wrong. */
  static async start(options: MediaPoolOptions): Promise<MediaPool> {
    if (!Number.isInteger(options.workers) || options.workers < 1)
      throw new TypeError('workers must be >= 1');
    const pool = new MediaPool(options, options.certificate ?? (await createDtlsCertificate()));
    try {
      await Promise.all(pool.#workers.map((worker) => worker.start()));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Who is told from now on; replaces the one before. */
  setListener(listener: MediaListener): void {
    this.#listener = listener;
  }

  /**
   * Tells peers these addresses from now on; what listens stays as it is. Throws TypeError, with nothing changed, as
   * `hostCandidates` does.
   */
  setAnnounced(announced: readonly string[]): void {
    for (const worker of this.#workers) worker.checkAnnounced(announced);
    for (const worker of this.#workers) worker.setAnnounced(announced);
  }

  candidates(roomId: string): readonly HostCandidate[] {
    const room = this.#rooms.get(roomId);
    if (room === undefined) throw new VisavisError('media_unavailable', `room ${roomId} has no media worker`);
    return this.#workers[room.worker]!.candidates;
  }

  send(message: RoomMessage): void {
    if (this.#closing !== undefined) return;
    const { roomId } = message;
    if (message.type === 'createRoom' && !this.#rooms.has(roomId)) {
      this.#rooms.set(roomId, { worker: this.#leastLoaded(), transports: new Set() });
    }
    const room = this.#rooms.get(roomId);
    if (room === undefined) return;
    if (message.type === 'closeRoom') this.#rooms.delete(roomId);
    if (message.type === 'router') {
      const { command } = message;
      if (command.type === 'createTransport') room.transports.add(command.transportId);
      if (command.type === 'closeTransport') room.transports.delete(command.transportId);
    }
    this.#workers[room.worker]!.post(message);
  }

  /** One per worker, in order; undefined for one that is being replaced or does not answer. */
  stats(): Promise<readonly (WorkerStats | undefined)[]> {
    return Promise.all(this.#workers.map((worker) => this.#statsOf(worker)));
  }

  /** Ends rooms, workers and ports, in this order. Idempotent; nothing is told any more. */
  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#workers.map((worker) => worker.close())).then(() => {
      this.#rooms.clear();
    });
    return this.#closing;
  }

  #statsOf(worker: MediaWorkerThreadHandle): Promise<WorkerStats | undefined> {
    if (!worker.ready || this.#closing !== undefined) return Promise.resolve(undefined);
    const requestId = this.#statsRequests;
    this.#statsRequests += 1;
    return new Promise((resolve) => {
      const done = (stats: WorkerStats | undefined): void => {
        clearTimeout(timer);
        this.#statsWaiting.delete(requestId);
        resolve(stats);
      };
      const timer = setTimeout(() => done(undefined), STATS_WITHIN_MS);
      this.#statsWaiting.set(requestId, done);
      worker.post({ type: 'getWorkerStats', requestId });
    });
  }

  #handleMessage(message: FromWorker): void {
    switch (message.type) {
      case 'router':
        // What a room said last may arrive after it was closed.
        if (this.#rooms.has(message.roomId)) this.#listener?.onEvent(message.roomId, message.event);
        break;
      case 'transportState':
        if (this.#rooms.has(message.roomId)) this.#listener?.onTransportState(message);
        break;
      case 'workerStats':
        this.#statsWaiting.get(message.requestId)?.(message.stats);
        break;
    }
  }

  #workerLost(index: number, cause: Error | undefined): void {
    this.#listener?.onWorkerState(index, 'lost', cause);
    const lost = [...this.#rooms].filter(([, room]) => room.worker === index).map(([roomId]) => roomId);
    // All first, so that a room created anew in answer to the first is not taken for one of the lost.
    for (const roomId of lost) this.#rooms.delete(roomId);
    for (const roomId of lost) this.#listener?.onRoomLost(roomId);
  }

  /** By transports, then rooms; a worker that is being replaced only when there is no other. */
  #leastLoaded(): number {
    const loads = this.#workers.map((worker, index) => ({
      index,
      ready: worker.ready,
      transports: 0,
      rooms: 0,
    }));
    for (const { worker, transports } of this.#rooms.values()) {
      const load = loads[worker]!;
      load.transports += transports.size;
      load.rooms += 1;
    }
    loads.sort(
      (a, b) => Number(b.ready) - Number(a.ready) || a.transports - b.transports || a.rooms - b.rooms,
    );
    return loads[0]!.index;
  }
}

function listenAddressOf({ address, udpPort, tcpPort }: ListenAddress, worker: number): ListenAddress {
  const portOf = (port: number): number => (port === 0 ? 0 : port + worker);
  return { address, udpPort: portOf(udpPort), ...(tcpPort !== undefined && { tcpPort: portOf(tcpPort) }) };
}
