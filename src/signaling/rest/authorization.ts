import type { FastifyRequest } from 'fastify';
import { VisavisError } from '../../base/errors.ts';
import type { ApiKeyStore } from '../tokens/stores.ts';

/** The credentials of `Authorization: Bearer …` (RFC 6750 §2.1), or undefined. Never from the URL. */
export function bearer(request: FastifyRequest): string | undefined {
  return /^Bearer +([\w.~+/=-]{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Whether the request carries a good API key. */
export function hasApiKey(request: FastifyRequest, apiKeys: ApiKeyStore, nowMs: number): boolean {
  const key = bearer(request);
  return key !== undefined && apiKeys.verify(key, nowMs) !== undefined;
}

/** Throws `api_key_invalid` unless the request carries a good API key. */
export function requireApiKey(request: FastifyRequest, apiKeys: ApiKeyStore, nowMs: number): void {
  if (!hasApiKey(request, apiKeys, nowMs)) {
    throw new VisavisError('api_key_invalid', 'this needs Authorization: Bearer with an API key');
  }
}

/**
 * Whether a request comes from this machine itself. One that a proxy passed on does not, trusted or not, whatever its
 * address.
 * @see RFC 7239, RFC 9110 §7.6.3
 */
export function isFromThisMachine({ ip, headers }: FastifyRequest): boolean {
  const proxied = ['forwarded', 'x-forwarded-for', 'via'].some((name) => headers[name] !== undefined);
  return isLoopback(ip) && !proxied;
}

/** Whether a request's address is this machine's own (127.0.0.0/8, ::1, or the former as seen by an IPv6 socket). */
function isLoopback(address: string): boolean {
  return /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address) || address === '::1';
}
