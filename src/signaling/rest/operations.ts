/**
 * The REST interface as a table: routes, validation and docs/openapi.* are all made from it. Bodies are checked against
 * their schema before a handler sees them; answers are what the schema says.
 */
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import type { ErrorCode } from '../../base/error-codes.ts';
import { DisplayName, Id, ParticipantInfo, ProducerInfo, Role, RoomName } from '../protocol/common.ts';
import { QualityHistory } from '../quality/quality-history.ts';
import { PartialGrants, Subject } from '../tokens/token-claims.ts';
import { maxTokenSeconds } from '../tokens/token-service.ts';

const closed = { additionalProperties: false } as const;
const Time = Type.String({ description: 'UTC, ISO 8601.' });
const TimeParameter = (description: string) =>
  Type.Optional(
    Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]{5,12}(Z|[+-]\\d\\d:\\d\\d)$', description }),
  );

export const RoomPolicy = Type.Object(
  { maxParticipants: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
  { ...closed, description: 'What is left out follows the configuration of the server.' },
);

const RoomSummary = Type.Object({
  room: RoomName,
  open: Type.Boolean({ description: 'Whether anybody is in it.' }),
  participants: Type.Integer(),
  producers: Type.Integer(),
  policy: RoomPolicy,
});
export type RoomSummary = Static<typeof RoomSummary>;

const RoomDetail = Type.Object({
  ...RoomSummary.properties,
  participantInfos: Type.Array(ParticipantInfo),
  producerInfos: Type.Array(ProducerInfo),
});

const Stats = Type.Object(
  {
    transports: Type.Array(Type.Object({}, { additionalProperties: true })),
    producers: Type.Array(Type.Object({}, { additionalProperties: true })),
    consumers: Type.Array(Type.Object({}, { additionalProperties: true })),
    drops: Type.Record(Type.String(), Type.Integer()),
  },
  { description: 'Totals since each was made, as the router counts them (src/sfu/events.ts, RouterStats).' },
);

export type RestMethod = 'GET' | 'POST' | 'DELETE';

/** What stands behind the `?`; integers are read from their digits. */
const AnyQuery = Type.Object({});

interface OperationInput<
  Params extends TObject,
  Body extends TSchema,
  Answer extends TSchema,
  Query extends TObject,
> {
  readonly method: RestMethod;
  /** Relative to /api/v1, `{name}` for a parameter. */
  readonly path: string;
  readonly summary: string;
  /** Who may call: software with an API key, somebody with a join token, or everyone. */
  readonly auth: 'apiKey' | 'token' | 'none';
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly status: 200 | 201 | 204;
  readonly answer: Answer;
  /** Beyond `message_invalid` and the one of `auth`. */
  readonly errors: readonly ErrorCode[];
}

const operation = <Params extends TObject, Body extends TSchema, Answer extends TSchema>(
  input: Omit<OperationInput<Params, Body, Answer, typeof AnyQuery>, 'query'>,
): OperationInput<Params, Body, Answer, typeof AnyQuery> => ({ ...input, query: AnyQuery });

const question = <
  Params extends TObject,
  Body extends TSchema,
  Answer extends TSchema,
  Query extends TObject,
>(
  input: OperationInput<Params, Body, Answer, Query>,
): OperationInput<Params, Body, Answer, Query> => input;

const None = Type.Null();
const NoParams = Type.Object({}, closed);
const RoomParams = Type.Object({ room: RoomName }, closed);
const ParticipantParams = Type.Object({ room: RoomName, participantId: Id }, closed);

export const operations = {
  issueToken: operation({
    method: 'POST',
    path: '/tokens',
    summary: 'Issue a token with which one person or device may join one room.',
    auth: 'apiKey',
    params: NoParams,
    body: Type.Object(
      {
        room: RoomName,
        role: Role,
        subject: Type.Optional(Subject),
        displayName: Type.Optional(DisplayName),
        grants: Type.Optional(PartialGrants),
        expiresInSeconds: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: maxTokenSeconds,
            description: 'Until when one may join; who is in stays. Default 600.',
          }),
        ),
      },
      closed,
    ),
    status: 201,
    answer: Type.Object({ token: Type.String(), expiresAt: Time }),
    errors: [],
  }),
  issueTicket: operation({
    method: 'POST',
    path: '/tickets',
    summary:
      'Change a token (Authorization: Bearer) for a ticket: one use, 30 s, for the `join` of the WebSocket.',
    auth: 'token',
    params: NoParams,
    body: None,
    status: 201,
    answer: Type.Object({ ticket: Type.String(), expiresInSeconds: Type.Integer() }),
    errors: ['token_expired', 'rate_limited', 'too_many_connections'],
  }),
  createInvite: operation({
    method: 'POST',
    path: '/invites',
    summary: 'Make a one-time code that lets somebody into a room with the grants of their role.',
    auth: 'apiKey',
    params: NoParams,
    body: Type.Object(
      {
        room: RoomName,
        role: Role,
        displayName: Type.Optional(DisplayName),
        expiresInSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 30 * 24 * 3600 })),
      },
      closed,
    ),
    status: 201,
    answer: Type.Object({ code: Type.String(), expiresAt: Time }),
    errors: [],
  }),
  redeemInvite: operation({
    method: 'POST',
    path: '/invites/redeem',
    summary: 'Change an invite code for a token. The code is used up.',
    auth: 'none',
    params: NoParams,
    body: Type.Object(
      {
        code: Type.String({ minLength: 1, maxLength: 128 }),
        displayName: Type.Optional(DisplayName),
      },
      closed,
    ),
    status: 200,
    answer: Type.Object({ token: Type.String(), room: RoomName, role: Role }),
    errors: ['invite_invalid', 'too_many_connections'],
  }),
  listRooms: operation({
    method: 'GET',
    path: '/rooms',
    summary: 'Every room that is open or was set up, by name.',
    auth: 'apiKey',
    params: NoParams,
    body: None,
    status: 200,
    answer: Type.Object({ rooms: Type.Array(RoomSummary) }),
    errors: [],
  }),
  createRoom: operation({
    method: 'POST',
    path: '/rooms',
    summary: 'Set a room up ahead, or change its policy for those who come from now on.',
    auth: 'apiKey',
    params: NoParams,
    body: Type.Object({ room: RoomName, policy: Type.Optional(RoomPolicy) }, closed),
    status: 201,
    answer: RoomSummary,
    errors: ['limit_reached'],
  }),
  getRoom: operation({
    method: 'GET',
    path: '/rooms/{room}',
    summary: 'One room: who is in it and what they publish.',
    auth: 'apiKey',
    params: RoomParams,
    body: None,
    status: 200,
    answer: RoomDetail,
    errors: ['room_unknown'],
  }),
  closeRoom: operation({
    method: 'DELETE',
    path: '/rooms/{room}',
    summary:
      'End a consultation for everyone and forget its policy. Tokens and invites made until now do not open it again, also where nobody is in it (404).',
    auth: 'apiKey',
    params: RoomParams,
    body: None,
    status: 204,
    answer: None,
    errors: ['room_unknown'],
  }),
  listParticipants: operation({
    method: 'GET',
    path: '/rooms/{room}/participants',
    summary: 'Who is in a room.',
    auth: 'apiKey',
    params: RoomParams,
    body: None,
    status: 200,
    answer: Type.Object({ participants: Type.Array(ParticipantInfo) }),
    errors: ['room_unknown'],
  }),
  removeParticipant: operation({
    method: 'DELETE',
    path: '/rooms/{room}/participants/{participantId}',
    summary: 'Remove somebody and revoke the token they came with.',
    auth: 'apiKey',
    params: ParticipantParams,
    body: None,
    status: 204,
    answer: None,
    errors: ['room_unknown', 'participant_unknown'],
  }),
  roomStats: operation({
    method: 'GET',
    path: '/rooms/{room}/stats',
    summary: 'What the router of a room counts: bitrates, losses, layers and drops.',
    auth: 'apiKey',
    params: RoomParams,
    body: None,
    status: 200,
    answer: Stats,
    errors: ['room_unknown', 'media_unavailable'],
  }),
  roomQuality: question({
    method: 'GET',
    path: '/rooms/{room}/quality',
    summary:
      'How the calls of a room were, minute by minute, and why: losses before and after repair, delay, estimate, layers, freezes. Kept for `data.qualityDays`, also when the room is closed.',
    auth: 'apiKey',
    params: RoomParams,
    query: Type.Object(
      {
        from: TimeParameter('Default: an hour before `to`.'),
        to: TimeParameter('Default: now. At most 24 h after `from`.'),
        stepSeconds: Type.Optional(Type.Integer({ minimum: 10, maximum: 3600, description: 'Default 60.' })),
      },
      closed,
    ),
    body: None,
    status: 200,
    answer: QualityHistory,
    errors: ['message_invalid'],
  }),
} as const;

export type OperationId = keyof typeof operations;
export type OperationParams<K extends OperationId> = Static<(typeof operations)[K]['params']>;
export type OperationQuery<K extends OperationId> = Static<(typeof operations)[K]['query']>;
export type OperationBody<K extends OperationId> = Static<(typeof operations)[K]['body']>;
export type OperationAnswer<K extends OperationId> = Static<(typeof operations)[K]['answer']>;
