import type { ErrorBody } from '../../src/signaling/protocol/common.ts';
import { ConsultationError, localError } from '../sdk/client-error.ts';

/**
 * Exchanges a one-time code for a token to join with. The code is burnt by this.
 *
 * @throws ConsultationError
 */
export async function redeemInvite(code: string, displayName: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch('/api/v1/invites/redeem', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, ...(displayName ? { displayName } : {}) }),
    });
  } catch {
    throw new ConsultationError(localError('unreachable'));
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && hasToken(body)) return body.token;
  throw new ConsultationError(errorBody(body) ?? localError('unreachable'));
}

function hasToken(body: unknown): body is { token: string } {
  return typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string';
}

/** Errors come as the body itself or under `error`. */
function errorBody(body: unknown): ErrorBody | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('error' in body && typeof body.error === 'object') return errorBody(body.error);
  return 'code' in body && 'tell' in body ? (body as ErrorBody) : undefined;
}
