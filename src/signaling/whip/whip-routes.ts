/** WHIP (RFC 9725) and, experimental, WHEP (draft-ietf-wish-whep) over HTTP. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { errorInfo } from '../../base/error-codes.ts';
import { VisavisError } from '../../base/errors.ts';
import { sameIce } from '../../transport/sdp/bundle.ts';
import { MAX_FRAGMENT_BYTES, readIceFragment } from '../../transport/sdp/ice-fragment.ts';
import { MAX_SDP_BYTES } from '../../transport/sdp/sdp-lines.ts';
import { bearer } from '../rest/authorization.ts';
import { sendProblem } from '../rest/problem.ts';
import { meetsIfMatch } from './if-match.ts';
import type { WhipBackend, WhipKind, WhipSession } from './whip-backend.ts';
import { readWhipOffer } from './whip-offer.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const KINDS: readonly WhipKind[] = ['whip', 'whep'];
/** Seconds after which a refused but retryable request may come again. */
const RETRY_AFTER_SECONDS = 5;
const PREFLIGHT_SECONDS = 86_400;

export interface WhipOptions {
  readonly backend: WhipBackend;
  /** Origins whose pages may use it; `*`: any, which is safe as tokens come in a header only. Default: any. */
  readonly allowedOrigins?: readonly string[];
  /** `Link` header values with rel="ice-server" (RFC 9725 §4.6). Default: none, as an ice-lite server needs none. */
  readonly iceServerLinks?: readonly string[];
  /** Whether this address may make another request now; false: 429. Called for POST and PATCH. */
  admit?(address: string): boolean;
}

type SessionRequest = FastifyRequest<{ Params: { sessionId: string } }>;

/**
 * Registers `/whip` and `/whep` and their sessions `/whip/:sessionId`, `/whep/:sessionId`. Everything but OPTIONS and
 * GET of an endpoint needs `Authorization: Bearer`; a session obeys only the token that opened it, expired or not.
 * The entity tag names the ICE session. Errors are problem details with our codes (RFC 9457).
 */
export async function registerWhip(fastify: FastifyInstance, options: WhipOptions): Promise<void> {
  await fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([SDP, FRAGMENT], { parseAs: 'string' }, (_request, body, done) => {
      done(null, body);
    });
    scope.setErrorHandler((error, request, reply) => answerError(request, reply, error));
    scope.addHook('onRequest', async (request, reply) => allowOrigin(request, reply, options.allowedOrigins));
    for (const kind of KINDS) {
      registerEndpoint(scope, kind, options);
      registerSession(scope, kind, options);
    }
  });
}

function registerEndpoint(scope: FastifyInstance, kind: WhipKind, options: WhipOptions): void {
  const url = `/${kind}`;
  scope.route({
    method: 'POST',
    url,
    bodyLimit: MAX_SDP_BYTES,
    // All of this before the body is read: who may not call costs nothing more.
    onRequest: async (request) => {
      requireToken(request);
      requireType(request, SDP);
      requireAdmission(request, options);
    },
    handler: async (request, reply) => {
      const sdp = bodyOf(request);
      const lines = readWhipOffer(sdp, kind);
      const token = requireToken(request);
      const opened = await options.backend.open({ kind, token, owner: ownerOf(token), sdp, lines });
      const session = options.backend.find(opened.sessionId);
      if (session === undefined) throw new VisavisError('session_gone', 'the session ended while it began');
      const links = options.iceServerLinks ?? [];
      if (links.length > 0) reply.header('link', [...links]);
      const path = request.url.replace(/[?#].*$/, '').replace(/\/$/, '');
      reply.code(201).header('location', `${path}/${opened.sessionId}`).header('etag', etagOf(session));
      return reply.header('cache-control', 'no-store').type(SDP).send(opened.answer);
    },
  });
  registerOptions(scope, url, ['POST'], { 'accept-post': SDP });
  // There is nothing to represent, and the endpoint does exist (RFC 9725 §4.1).
  scope.get(url, async (_request, reply) => reply.code(204).send());
  refuseOthers(scope, url, ['GET', 'HEAD', 'OPTIONS', 'POST']);
}

function registerSession(scope: FastifyInstance, kind: WhipKind, { backend, ...options }: WhipOptions): void {
  const url = `/${kind}/:sessionId`;
  scope.route({
    method: 'PATCH',
    url,
    bodyLimit: MAX_FRAGMENT_BYTES,
    onRequest: async (request: SessionRequest) => {
      requireSession(request, kind, backend);
      requireType(request, FRAGMENT);
      requireAdmission(request, options);
    },
    handler: async (request: SessionRequest, reply) => {
      const session = requireSession(request, kind, backend);
      const { sessionId } = request.params;
      const met = meetsIfMatch(request.headers['if-match'], etagOf(session));
      if (met === undefined) throw new VisavisError('precondition_required', 'PATCH needs If-Match');
      const { ice } = readIceFragment(bodyOf(request));
      if (!met) throw new VisavisError('precondition_failed', 'the ICE session named by If-Match is over');
      // An ice-lite server answers checks and makes none: it has no use for the client's candidates.
      if (ice === undefined || sameIce(ice, session.ice.remote)) return reply.code(204).send();
      const fragment = backend.restart(sessionId, ice);
      reply.header('etag', etagOf(requireSession(request, kind, backend)));
      return reply.code(200).header('cache-control', 'no-store').type(FRAGMENT).send(fragment);
    },
  });
  scope.route({
    method: 'DELETE',
    url,
    onRequest: async (request: SessionRequest) => {
      requireSession(request, kind, backend);
    },
    handler: async (request: SessionRequest, reply) => {
      backend.close(request.params.sessionId);
      return reply.code(200).send();
    },
  });
  scope.route({
    method: 'GET',
    url,
    handler: async (request: SessionRequest, reply) => {
      requireSession(request, kind, backend);
      return reply.code(204).send();
    },
  });
  registerOptions(scope, url, ['PATCH', 'DELETE'], { 'accept-patch': FRAGMENT });
  refuseOthers(scope, url, ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH']);
}

/** CORS preflight and plain OPTIONS alike; neither carries a token (RFC 9725 §4.7.1). */
function registerOptions(
  scope: FastifyInstance,
  url: string,
  methods: readonly string[],
  accepts: Readonly<Record<string, string>>,
): void {
  scope.options(url, async (_request, reply) =>
    reply
      .code(200)
      .headers(accepts)
      .header('access-control-allow-methods', methods.join(', '))
      .header('access-control-allow-headers', 'Authorization, Content-Type, If-Match')
      .header('access-control-max-age', `${PREFLIGHT_SECONDS}`)
      .send(),
  );
}

/** 405 for every other method, before anything of the request is looked at. */
function refuseOthers(scope: FastifyInstance, url: string, allowed: readonly string[]): void {
  const all: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  scope.route({
    method: all.filter((method) => !allowed.includes(method)),
    url,
    onRequest: async (request, reply) => {
      reply.header('allow', allowed.join(', '));
      throw new VisavisError('method_not_allowed', `${request.method} has no meaning here`);
    },
    handler: async () => undefined,
  });
}

function allowOrigin(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[] = ['*']): void {
  const { origin } = request.headers;
  if (!allowed.includes('*')) {
    reply.header('vary', 'Origin');
    if (origin === undefined || !allowed.includes(origin)) return;
  }
  reply.header('access-control-allow-origin', allowed.includes('*') ? '*' : origin);
  reply.header('access-control-expose-headers', 'ETag, Link, Location, Retry-After');
}

function requireToken(request: FastifyRequest): string {
  const token = bearer(request);
  if (token === undefined)
    throw new VisavisError('token_invalid', 'this needs Authorization: Bearer <token>');
  return token;
}

function requireType(request: FastifyRequest, type: string): void {
  const given = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (given !== type) throw new VisavisError('content_type_unsupported', `the body must be ${type}`);
}

function requireAdmission(request: FastifyRequest, { admit }: Pick<WhipOptions, 'admit'>): void {
  if (admit?.(request.ip) === false)
    throw new VisavisError('rate_limited', 'too many requests from this address');
}

/** The session, if it is there and this token opened it; a stranger does not learn whether it is there. */
function requireSession(request: SessionRequest, kind: WhipKind, backend: WhipBackend): WhipSession {
  const owner = ownerOf(requireToken(request));
  const session = backend.find(request.params.sessionId);
  if (session?.kind !== kind || !timingSafeEqual(Buffer.from(session.owner), Buffer.from(owner))) {
    throw new VisavisError('session_gone', 'there is no such session (any more)');
  }
  return session;
}

/** Recognises the token later without keeping it. */
function ownerOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A strong tag that changes with every ICE restart, as our username fragment does. */
function etagOf({ ice }: WhipSession): string {
  return `"${ice.local.usernameFragment}"`;
}

function bodyOf(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : '';
}

function answerError(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const known = asVisavisError(error);
  if (known === undefined) {
    request.log.error({ err: error }, 'a WHIP request failed');
    return sendProblem(reply, error);
  }
  const { httpStatus, retryable } = errorInfo(known.code);
  if (httpStatus === 401) {
    const reason = request.headers.authorization === undefined ? '' : ' error="invalid_token"';
    reply.header('www-authenticate', `Bearer${reason}`);
  }
  if (retryable) reply.header('retry-after', `${RETRY_AFTER_SECONDS}`);
  return sendProblem(reply, known);
}

/** Fastify's own complaints about a request are the caller's mistakes; undefined: ours. */
function asVisavisError(error: unknown): VisavisError | undefined {
  if (error instanceof VisavisError) return error;
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (statusCode === 415) return new VisavisError('content_type_unsupported', String(message));
  if (statusCode === 413) return new VisavisError('body_too_large', String(message));
  const isCallers = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isCallers ? new VisavisError('message_invalid', String(message)) : undefined;
}
