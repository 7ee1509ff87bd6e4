import type { RouterStats } from '../../sfu/events.ts';
import type { WorkerStats } from '../../transport/media-messages.ts';
import { isTransportEvent } from '../../transport/media-worker-counters.ts';
import type { Engine } from '../engine.ts';
import type { QualitySample } from '../quality/quality-sample.ts';
import type { MetricFamily } from './exposition.ts';
import { familiesOf } from './metric-list.ts';
import { QualityMetrics } from './quality-metrics.ts';
import { RunningTotals } from './running-totals.ts';

/** What /metrics tells. Totals over rooms and workers never fall, though rooms come and go. */
export class SignalingMetrics {
  readonly #version: string;
  readonly #requests = new Map<string, number>();
  readonly #operations = new Map<string, { operation: string; status: number; count: number }>();
  readonly #refusedSockets: () => number;
  readonly #drops = new RunningTotals();
  readonly #transportEvents = new RunningTotals();
  readonly #mediaBytes = new RunningTotals();
  readonly #quality = new QualityMetrics();
  #roomsLost = 0;

  constructor(version: string, refusedSockets: () => number) {
    this.#version = version;
    this.#refusedSockets = refusedSockets;
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

  /** What the last look at all calls found. */
  observeQuality(samples: readonly QualitySample[]): void {
    this.#quality.observe(samples);
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
      if (worker === undefined) continue;
      const owner = `worker ${index}`;
      const counters = Object.entries(worker.counters);
      const events = counters.filter(([name]) => isTransportEvent(name));
      const drops = counters.filter(([name]) => !isTransportEvent(name));
      this.#transportEvents.observe(owner, Object.fromEntries(events));
      this.#drops.observe(owner, Object.fromEntries(drops));
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
    return familiesOf({
      visavis_build_info: [{ labels: { version: this.#version }, value: 1 }],
      visavis_draining: directory.draining ? 1 : 0,
      visavis_rooms: directory.rooms.size,
      visavis_participants: participants,
      visavis_sessions: directory.sessionCount,
      visavis_connections: lobby.connectionCount,
      visavis_producers: producers,
      visavis_consumers: consumers,
      visavis_requests_total: [...this.#requests].map(([code, value]) => ({ labels: { code }, value })),
      visavis_http_requests_total: [...this.#operations.values()].map(({ operation, status, count }) => ({
        labels: { operation, status: String(status) },
        value: count,
      })),
      visavis_refused_sockets_total: this.#refusedSockets(),
      visavis_drops_total: [...this.#drops.totals].map(([counter, value]) => ({
        labels: { counter },
        value,
      })),
      visavis_transport_events_total: [...this.#transportEvents.totals].map(([event, value]) => ({
        labels: { event },
        value,
      })),
      visavis_media_received_bytes_total: media.get('received') ?? 0,
      visavis_media_sent_bytes_total: media.get('sent') ?? 0,
      ...this.#quality.measurements(),
      visavis_rooms_lost_total: this.#roomsLost,
      visavis_media_workers: workers.filter(Boolean).length,
      visavis_media_worker_event_loop_utilization_ratio: [...workers.entries()].flatMap(([index, worker]) =>
        worker === undefined
          ? []
          : [{ labels: { worker: String(index) }, value: worker.eventLoopUtilization }],
      ),
      process_cpu_seconds_total: (user + system) / 1e6,
      process_resident_memory_bytes: process.memoryUsage.rss(),
    });
  }
}
