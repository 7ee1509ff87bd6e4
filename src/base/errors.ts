/**
 * The registry of every error a peer, client app or operator can be shown. One row per code; `docs/errors.md`
 * is generated from it and a test holds both together. A retired code is never used again.
 */
export interface ErrorInfo {
  /** Status for REST, WHIP and WHEP answers. */
  readonly httpStatus: number;
  /** Whether the same request may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  /** What it means, for developers and operators. */
  readonly meaning: string;
  /** What to tell the person, in English and in Chinese. */
  readonly tell: { readonly en: string; readonly zh: string };
}

/** An error with a stable code of the registry; `message` says what exactly was wrong and how to cure it. */
export class VisavisError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, message: string, details?: Readonly<Record<string, unknown>>) {
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
