import type { Room } from '../room/room.ts';
import type { RoomStats } from '../room-stats.ts';
import type { SignalingLogger } from '../signaling-options.ts';
import type { QualityStore, StoredSample } from '../tokens/stores.ts';
import type { QualitySample } from './quality-sample.ts';
import { RoomInterval } from './room-interval.ts';

export interface QualitySamplerOptions {
  /** Open rooms. */
  rooms(): Iterable<Room>;
  readonly stats: Pick<RoomStats, 'ask'>;
  /** Undefined: nothing is kept. */
  readonly store: QualityStore | undefined;
  readonly intervalSeconds: number;
  readonly logger: SignalingLogger;
  /** Told the samples of each round, for the metrics. */
  onSamples(samples: readonly QualitySample[]): void;
  nowUs(): number;
  wallMs(): number;
}

/** Rooms that are asked at the same time: their answers are a few kilobytes each. */
const askedAtOnce = 16;

/** So that more goes than may come, and no round holds the thread for long. */
const removalsPerRound = 20;

/** Looks at every room in turn, every few seconds, and keeps what it sees. Media never waits for it. */
export class QualitySampler {
  readonly #options: QualitySamplerOptions;
  #intervals = new Map<string, RoomInterval>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #closed = false;

  constructor(options: QualitySamplerOptions) {
    this.#options = options;
  }

  /** Begins, and goes on until `close`. */
  start(): void {
    this.#timer = setInterval(() => void this.round(), this.#options.intervalSeconds * 1000).unref();
  }

  /** Looks at all rooms once. Does nothing while the round before goes on: its samples then cover both. */
  async round(): Promise<void> {
    if (this.#running || this.#closed) return;
    this.#running = true;
    try {
      const rooms = [...this.#options.rooms()];
      const open = new Set(rooms.map(({ roomId }) => roomId));
      for (const roomId of this.#intervals.keys()) if (!open.has(roomId)) this.#intervals.delete(roomId);
      const samples: QualitySample[] = [];
      for (let i = 0; i < rooms.length; i += askedAtOnce) {
        const answers = await Promise.allSettled(
          rooms.slice(i, i + askedAtOnce).map((room) => this.#look(room)),
        );
        const stored = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
        for (const { sample } of stored) samples.push(sample);
        this.#keep(stored.map(({ row }) => row));
      }
      this.#options.onSamples(samples);
      this.#prune();
    } finally {
      this.#running = false;
    }
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  /** Rejects when the room's router does not answer; its next samples then cover the time between. */
  async #look(room: Room): Promise<{ readonly row: StoredSample; readonly sample: QualitySample }[]> {
    const { stats, nowUs, wallMs } = this.#options;
    const { roomId, name } = room;
    const counted = await stats.ask(roomId);
    const interval = this.#intervals.get(roomId) ?? new RoomInterval();
    this.#intervals.set(roomId, interval);
    const atMs = Math.round(wallMs());
    return interval.advance(room, counted, nowUs()).map((sample) => ({
      sample,
      row: {
        consultationId: roomId,
        room: name,
        participantId: sample.participantId,
        atMs,
        sample: JSON.stringify(sample),
      },
    }));
  }

  #keep(rows: readonly StoredSample[]): void {
    try {
      if (!this.#closed) this.#options.store?.append(rows);
    } catch (err) {
      // A full disk must not end the calls that are measured; /readyz tells of it as well.
      this.#options.logger.error({ err, samples: rows.length }, 'the quality of calls could not be kept');
    }
  }

  #prune(): void {
    try {
      const { store, wallMs } = this.#options;
      for (let i = 0; i < removalsPerRound && !this.#closed && store?.prune(wallMs()); i += 1);
    } catch (err) {
      this.#options.logger.error({ err }, 'old samples of quality could not be removed');
    }
  }
}
