/** Errors over HTTP: problem details with our stable code. @see RFC 9457 */
import type { FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import { errorInfo } from '../../base/error-codes.ts';
import { errorBody } from '../protocol/answer.ts';

export const problemContentType = 'application/problem+json';

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Always about:blank: `code` tells problems apart.' }),
    title: Type.String({ description: 'What to tell the person, in English.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'For developers: what was wrong, and the cure.' }),
    code: Type.String({ description: 'Stable, see docs/errors.md.' }),
    retryable: Type.Boolean(),
    tell: Type.Object({ en: Type.String(), zh: Type.String() }),
  },
  { description: 'RFC 9457 problem details.' },
);
export type Problem = Static<typeof Problem>;

/** The problem details of an error; of a fault of ours nothing but the code. */
export function problemOf(error: unknown): Problem {
  const { code, message, retryable, tell } = errorBody(error);
  const status = errorInfo(code).httpStatus;
  return { type: 'about:blank', title: tell.en, status, detail: message, code, retryable, tell };
}

export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  return reply.code(problem.status).type(problemContentType).send(JSON.stringify(problem));
}
