import type { RouterStats } from '../../sfu/events.ts';
import type { WorkerStats } from '../../transport/media-messages.ts';
import type { Engine } from '../engine.ts';
import type { MetricFamily } from './exposition.ts';
import { RunningTotals } from './running-totals.ts';

/** What /metrics tells. Totals over rooms and workers never fall, though rooms come and go. */
export class SignalingMetrics {
  readonly #version: string;
  readonly #requests = new Map<string, number>();
  readonly #operations = new Map<string, { operation: string; status: number; count: number }>();
  readonly #drops = new RunningTotals();
  readonly #mediaBytes = new RunningTotals();
  #roomsLost = 0;

  constructor(version: string) {
    this.#version = version;
  }

  countRequest(code: string): void {
    this.#requests.set(code, (this.#requests.get(code) ?? 0) + 1);
  }

  countOperation(operation: string, status: number): void {
    const key = `${operation} ${status}`;
    const row = this.#operations.get(key);
    if (row === undefined) this.#operations.set(key, { operation, status, count: 1 });
    else row.count += 1;
  }

  countRoomLost(): void {
    this.#roomsLost += 1;
  }

  /** Notes what the routers and workers count now; rooms that are not among them are no more. */
  observe(routers: ReadonlyMap<string, RouterStats>, workers: readonly (WorkerStats | undefined)[]): void {
    for (const [roomId, { drops, transports }] of routers) {
      this.#drops.observe(roomId, drops);
      let received = 0;
      let sent = 0;
      for (const transport of transports) {
        received += transport.bytesReceived;
        sent += transport.bytesSent;
      }
      this.#mediaBytes.observe(roomId, { received, sent });
    }
    for (const [index, worker] of workers.entries()) {
      if (worker !== undefined) this.#drops.observe(`worker ${index}`, worker.counters);
    }
    for (const owner of [...this.#mediaBytes.owners]) {
      if (routers.has(owner)) continue;
      this.#mediaBytes.forget(owner);
      this.#drops.forget(owner);
    }
  }

  families(engine: Engine, workers: readonly (WorkerStats | undefined)[]): MetricFamily[] {
    const { directory, lobby } = engine;
    let participants = 0;
    let producers = 0;
    let consumers = 0;
    for (const room of directory.rooms.values()) {
      for (const { media } of room.participants.values()) {
        participants += 1;
        producers += media.producers.size;
        consumers += media.consumers.size;
      }
    }
    const { user, system } = process.cpuUsage();
    const media = this.#mediaBytes.totals;
    return [
      gauge('visavis_build_info', 'Always 1; the label tells the version.', 1, { version: this.#version }),
      gauge('visavis_draining', '1 while the server admits nobody new.', directory.draining ? 1 : 0),
      gauge('visavis_rooms', 'Rooms with somebody in them.', directory.rooms.size),
      gauge('visavis_participants', 'Participants, devices included.', participants),
      gauge('visavis_sessions', 'Sessions, those waiting for a resume included.', directory.sessionCount),
      gauge('visavis_connections', 'Open signaling connections.', lobby.connectionCount),
      gauge('visavis_producers', 'Published sources.', producers),
      gauge('visavis_consumers', 'Subscriptions.', consumers),
      {
        name: 'visavis_requests_total',
        type: 'counter',
        help: 'Answers to signaling requests by code; ok is no error.',
        samples: [...this.#requests].map(([code, value]) => ({ labels: { code }, value })),
      },
      {
        name: 'visavis_http_requests_total',
        type: 'counter',
        help: 'Answers of the REST interface by operation and status.',
        samples: [...this.#operations.values()].map(({ operation, status, count }) => ({
          labels: { operation, status: String(status) },
          value: count,
        })),
      },
      {
        name: 'visavis_drops_total',
        type: 'counter',
        help: 'Packets dropped and limits hit, by the counters of docs/packet-path.md.',
        samples: [...this.#drops.totals].map(([counter, value]) => ({ labels: { counter }, value })),
      },
      counter(
        'visavis_media_received_bytes_total',
        'Media received, as last seen.',
        media.get('received') ?? 0,
      ),
      counter('visavis_media_sent_bytes_total', 'Media sent, as last seen.', media.get('sent') ?? 0),
      counter('visavis_rooms_lost_total', 'Rooms whose media worker died under them.', this.#roomsLost),
      gauge('visavis_media_workers', 'Media workers that answer.', workers.filter(Boolean).length),
      {
        name: 'visavis_media_worker_event_loop_utilization_ratio',
        type: 'gauge',
        help: 'How busy each media worker is, 0 to 1.',
        samples: [...workers.entries()].flatMap(([index, worker]) =>
          worker === undefined
            ? []
            : [{ labels: { worker: String(index) }, value: worker.eventLoopUtilization }],
        ),
      },
      counter('process_cpu_seconds_total', 'CPU time of the whole process.', (user + system) / 1e6),
      gauge('process_resident_memory_bytes', 'Memory of the whole process.', process.memoryUsage.rss()),
    ];
  }
}

function gauge(name: string, help: string, value: number, labels: Record<string, string> = {}): MetricFamily {
  return { name, type: 'gauge', help, samples: [{ labels, value }] };
}

function counter(name: string, help: string, value: number): MetricFamily {
  return { name, type: 'counter', help, samples: [{ value }] };
}
