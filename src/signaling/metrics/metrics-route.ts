import type { FastifyInstance, FastifyRequest } from 'fastify';
import { VisavisError } from '../../base/errors.ts';
import type { RouterStats } from '../../sfu/events.ts';
import type { Engine } from '../engine.ts';
import { problemContentType, problemOf } from '../rest/problem.ts';
import type { RoomStats } from '../room-stats.ts';
import type { SignalingMedia } from '../signaling-options.ts';
import { expositionContentType, writeExposition } from './exposition.ts';
import type { SignalingMetrics } from './signaling-metrics.ts';

export interface MetricsOptions {
  readonly engine: Engine;
  readonly media: SignalingMedia;
  readonly stats: RoomStats;
  readonly metrics: SignalingMetrics;
  /** Whether the caller may read them: they tell how busy a clinic is. */
  mayRead(request: FastifyRequest): boolean;
}

/**
 * `/metrics`, for this machine's own collector or with an API key: asks every router and worker at most once per scrape; who does not answer is left as it was.
 */
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
  fastify.get('/metrics', async (request, reply) => {
    if (!options.mayRead(request)) {
      const error = new VisavisError(
        'api_key_invalid',
        'from another machine this needs Authorization: Bearer with an API key',
      );
      return reply.code(401).type(problemContentType).send(problemOf(error));
    }
    scraping ??= scrape().finally(() => {
      scraping = undefined;
    });
    reply.header('content-type', expositionContentType).header('cache-control', 'no-store');
    return await scraping;
  });
}
