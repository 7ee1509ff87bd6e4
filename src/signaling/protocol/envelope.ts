/**
 * The frames of `visavis.v1`: UTF-8 text, one JSON object each.
 *
 *   client → server   { id, type, data }              a request (requests.ts)
 *   server → client   { id, ok: true, data }          its one answer
 *                     { id, ok: false, error }
 *                     { seq, type, data }             an event (server-events.ts)
 */
import Type, { type Static } from 'typebox';
import { ErrorBody } from './common.ts';

/** Named in `Sec-WebSocket-Protocol`; the number is the major version. Within it only optional fields are added. */
export const subprotocol = 'visavis.v1';

/** Where the WebSocket is served. */
export const webSocketPath = '/api/v1/ws';

/** Chosen by the client, unique among its requests that are not answered yet. */
export const RequestId = Type.Union([
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  Type.String({ minLength: 1, maxLength: 64 }),
]);
export type RequestId = Static<typeof RequestId>;

/** Any request, before its type is known. `data` may be left out where it would be empty. */
export const RequestFrame = Type.Object(
  {
    id: RequestId,
    type: Type.String({ minLength: 1, maxLength: 64 }),
    data: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  { additionalProperties: false },
);

export const OkFrame = Type.Object({ id: RequestId, ok: Type.Literal(true), data: Type.Object({}) });
export const ErrorFrame = Type.Object({ id: RequestId, ok: Type.Literal(false), error: ErrorBody });

/** The contract of liveness and resume, in numbers. */
export const timing = {
  /** A client sends `ping` this often. */
  pingIntervalSeconds: 5,
  /** A connection from which nothing was heard for this long is closed; its session may resume. */
  lostAfterSeconds: 10,
  /** A session without a connection is kept this long. */
  resumeWindowSeconds: 60,
  /** A new connection must `join` or `resume` within this. */
  joinWithinSeconds: 10,
  /** A ticket is good for this long, once. */
  ticketSeconds: 30,
} as const;

/** Largest frame either side may send, bytes of UTF-8. */
export const maxFrameBytes = 320 * 1024;
