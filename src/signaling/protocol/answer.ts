/** Builds the answers to requests. */
import { type ErrorCode, errorInfo } from '../../base/error-codes.ts';
import { VisavisError } from '../../base/errors.ts';
import type { ErrorBody } from './common.ts';
import type { RequestId } from './envelope.ts';
import type { RequestResult, RequestType } from './requests.ts';

/** The frame that answers `id` with `data`. */
export function okFrame<T extends RequestType>(id: RequestId, _type: T, data: RequestResult<T>): string {
  return JSON.stringify({ id, ok: true, data });
}

/** The frame that answers `id` with an error. Anything but a VisavisError shows as `internal_error`. */
export function errorFrame(id: RequestId, error: unknown): string {
  return JSON.stringify({ id, ok: false, error: errorBody(error) });
}

/** What a client is shown of an error: of our own faults nothing but the code. */
export function errorBody(error: unknown): ErrorBody & { readonly code: ErrorCode } {
  const known =
    error instanceof VisavisError
      ? error
      : new VisavisError('internal_error', 'the server failed to do this');
  const { retryable, tell } = errorInfo(known.code);
  const body = { code: known.code, message: known.message, retryable, tell };
  return known.details === undefined ? body : { ...body, details: known.details };
}
