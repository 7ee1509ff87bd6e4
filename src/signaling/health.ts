import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ReadinessCheck } from './signaling-options.ts';

export interface HealthOptions {
  readonly checks: readonly ReadinessCheck[];
  /** Monotonic, microseconds. */
  nowUs(): number;
  isDraining(): boolean;
  /** Whether the caller may see what exactly is wrong. */
  maySeeDetail(request: FastifyRequest): boolean;
}

interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** A check that does not answer within this is not ok. */
const checkWithinMs = 2000;
/** Anybody may ask: the checks, which touch disk and database, run no more often than this. */
const freshForUs = 1_000_000;

/**
 * `/livez`: the event loop turns (the answer itself proves it). `/readyz`: new people can be admitted, 503 if not; with
 * an API key also why. No cache may keep either; of /readyz the server itself keeps the checks' results for a second.
 */
export function registerHealth(fastify: FastifyInstance, options: HealthOptions): void {
  let checked: { readonly atUs: number; readonly results: Promise<readonly CheckResult[]> } | undefined;
  const check = (): Promise<readonly CheckResult[]> => {
    const nowUs = options.nowUs();
    if (checked === undefined || nowUs - checked.atUs >= freshForUs) {
      checked = { atUs: nowUs, results: Promise.all(options.checks.map(runCheck)) };
    }
    return checked.results;
  };
  fastify.get('/livez', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'ok' };
  });
  fastify.get('/readyz', async (request, reply) => {
    const checks = [...(await check())];
    checks.push({ name: 'draining', ok: !options.isDraining(), detail: '' });
    const ready = checks.every((check) => check.ok);
    reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    const status = ready ? 'ready' : 'not ready';
    return options.maySeeDetail(request) ? { status, checks } : { status };
  });
}

async function runCheck(check: ReadinessCheck): Promise<CheckResult> {
  const { name } = check;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ ok: boolean; detail: string }>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: 'no answer' }), checkWithinMs);
  });
  try {
    return { name, ...(await Promise.race([check.run(), late])) };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
