import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { VisavisError } from '../../base/errors.ts';
import { describeMismatch } from '../protocol/validate.ts';
import type { ApiKeyStore } from '../tokens/stores.ts';
import { requireApiKey } from './authorization.ts';
import type { Handlers } from './handlers.ts';
import { type OperationId, operations } from './operations.ts';
import { sendProblem } from './problem.ts';

export const restPrefix = '/api/v1';

/** Bodies are small: the largest is a token request. */
const bodyLimitBytes = 64 * 1024;

export interface RestOptions {
  readonly handlers: Handlers;
  readonly apiKeys: ApiKeyStore;
  wallMs(): number;
  /** Told once for every answer, for the counters. */
  onAnswer(operation: OperationId, status: number): void;
}

type AnyHandler = (input: {
  params: unknown;
  query: unknown;
  body: unknown;
  request: FastifyRequest;
}) => unknown;

/** Serves every operation of the table. Errors of these routes are answered as problem details. */
export function registerRest(fastify: FastifyInstance, options: RestOptions): void {
  for (const [id, row] of Object.entries(operations)) {
    const operationId = id as OperationId;
    const handler = options.handlers[operationId] as AnyHandler;
    const params = Compile(row.params as TSchema);
    const query = Compile(row.query as TSchema);
    const hasBody = row.body.type === 'object';
    fastify.route({
      method: row.method,
      url: `${restPrefix}${row.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      bodyLimit: bodyLimitBytes,
      ...(hasBody ? { schema: { body: row.body } } : {}),
      validatorCompiler: ({ schema }) => {
        const validator = Compile(schema as TSchema);
        return (value) => check(validator, value);
      },
      errorHandler: (error, _request, reply) => sendProblem(reply, asVisavisError(error)),
      // Before the body is read: who may not call costs nothing more.
      onRequest: async (request) => {
        if (row.auth === 'apiKey') requireApiKey(request, options.apiKeys, options.wallMs());
      },
      onResponse: async (_request, reply) => options.onAnswer(operationId, reply.statusCode),
      handler: async (request, reply) => {
        const mismatch = check(params, request.params);
        if ('error' in mismatch) throw mismatch.error;
        const asked = check(query, withIntegers(row.query, request.query));
        if ('error' in asked) throw asked.error;
        const answer = await handler({
          params: request.params,
          query: asked.value,
          body: request.body ?? null,
          request,
        });
        reply.code(row.status).header('cache-control', 'no-store');
        return answer ?? reply.send();
      },
    });
  }
}

function check(validator: Validator, value: unknown): { error: VisavisError } | { value: unknown } {
  if (validator.Check(value)) return { value };
  return { error: new VisavisError('message_invalid', describeMismatch(validator, value)) };
}

/** A URL has texts only: those that stand for whole numbers become numbers, all else is left for the check. */
function withIntegers({ properties }: TObject, query: unknown): unknown {
  return Object.fromEntries(
    Object.entries(query as Readonly<Record<string, unknown>>).map(([name, value]) => {
      const schema = Object.hasOwn(properties, name)
        ? (properties[name] as { readonly type?: unknown })
        : undefined;
      const isInteger = schema?.type === 'integer' && typeof value === 'string' && /^\d{1,9}$/.test(value);
      return [name, isInteger ? Number(value) : value];
    }),
  );
}

/** Fastify's own complaints about a body (not JSON, too large, wrong type) are the caller's mistakes, not ours. */
function asVisavisError(error: unknown): unknown {
  if (error instanceof VisavisError) return error;
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (statusCode === 413) return new VisavisError('body_too_large', `at most ${bodyLimitBytes} bytes`);
  const isCallers = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isCallers ? new VisavisError('message_invalid', String(message)) : error;
}
