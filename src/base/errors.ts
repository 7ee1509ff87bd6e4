import type { ErrorCode } from './error-codes.ts';

/** An error with a stable code of the registry; `message` says what exactly was wrong and how to cure it. */
export class VisavisError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'VisavisError';
    this.code = code;
    this.details = details;
  }
}

/** A caller did something its object's state does not allow, for example used it after `close()`. */
export class InvalidStateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidStateError';
  }
}
