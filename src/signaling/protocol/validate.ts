/** Compiled schemas: what arrives is checked before anything looks at it. */
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { VisavisError } from '../../base/errors.ts';
import { RequestFrame, RequestId } from './envelope.ts';
import { type RequestData, type RequestType, requests } from './requests.ts';

/** A request that matches its schema. */
export type Request = {
  [T in RequestType]: { readonly id: RequestId; readonly type: T; readonly data: RequestData<T> };
}[RequestType];

/** The frame is not even a request: the connection cannot be answered. Otherwise `id` is there to answer to. */
export type ParsedFrame =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly id: RequestId | undefined; readonly error: VisavisError };

const frameValidator = Compile(RequestFrame);
const idValidator = Compile(RequestId);

const dataValidators = Object.fromEntries(
  Object.entries(requests).map(([type, row]) => [type, Compile(row.data as TSchema)]),
) as Readonly<Record<string, Validator>>;

/** Says where a value departs from its schema, without repeating the value: "/lines/0/mid must be string". */
export function describeMismatch(
  validator: { Errors(value: unknown): readonly { instancePath: string; message: string }[] },
  value: unknown,
): string {
  const [first] = validator.Errors(value);
  if (first === undefined) return 'does not match its schema';
  return `${first.instancePath === '' ? 'data' : first.instancePath} ${first.message}`;
}

/** Parses one text frame. Never throws. */
export function parseRequest(text: string): ParsedFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return violation('the frame is not JSON');
  }
  if (!frameValidator.Check(frame)) {
    const id = (frame as { readonly id?: unknown } | null)?.id;
    if (!idValidator.Check(id)) return violation('the frame is not { id, type, data }');
    return refused(id, new VisavisError('message_invalid', describeMismatch(frameValidator, frame)));
  }
  const validator = Object.hasOwn(dataValidators, frame.type) ? dataValidators[frame.type] : undefined;
  if (validator === undefined) {
    return refused(frame.id, new VisavisError('request_unknown', 'there is no request of this type'));
  }
  const data = frame.data ?? {};
  if (!validator.Check(data)) {
    return refused(frame.id, new VisavisError('message_invalid', describeMismatch(validator, data)));
  }
  return { ok: true, request: { id: frame.id, type: frame.type, data } as Request };
}

function violation(message: string): ParsedFrame {
  return refused(undefined, new VisavisError('protocol_violation', message));
}

function refused(id: RequestId | undefined, error: VisavisError): ParsedFrame {
  return { ok: false, id, error };
}
