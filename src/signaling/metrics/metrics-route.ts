import type { FastifyInstance } from 'fastify';
import type { RouterStats } from '../../sfu/events.ts';
import type { Engine } from '../engine.ts';
import type { RoomStats } from '../room-stats.ts';
import type { SignalingMedia } from '../signaling-options.ts';
import { expositionContentType, writeExposition } from './exposition.ts';
import type { SignalingMetrics } from './signaling-metrics.ts';

export interface MetricsOptions {
  readonly engine: Engine;
  readonly media: SignalingMedia;
  readonly stats: RoomStats;
  readonly metrics: SignalingMetrics;
}

/** `/metrics`: asks every router and worker at most once per scrape; who does not answer is left as it was. */
export function registerMetrics(fastify: FastifyInstance, options: MetricsOptions): void {
  const { engine, media, stats, metrics } = options;
  let scraping: Promise<string> | undefined;
  const scrape = async (): Promise<string> => {
    const routers = new Map<string, RouterStats>();
    const asked = [...engine.directory.rooms.values()].map(async ({ roomId }) => {
      routers.set(roomId, await stats.ask(roomId));
    });
    const [workers] = await Promise.all([media.stats(), Promise.allSettled(asked)]);
    metrics.observe(routers, workers);
    return writeExposition(metrics.families(engine, workers));
  };
  fastify.get('/metrics', async (_request, reply) => {
    scraping ??= scrape().finally(() => {
      scraping = undefined;
    });
    reply.header('content-type', expositionContentType).header('cache-control', 'no-store');
    return await scraping;
  });
}
