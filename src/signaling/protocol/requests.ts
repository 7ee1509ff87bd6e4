/**
 * What a client asks over `visavis.v1`: `{ id, type, data }`, answered once by `{ id, ok: true, data }` or
 * `{ id, ok: false, error }`. `join` or `resume` must come first.
 */
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import type { ErrorCode } from '../../base/error-codes.ts';
import {
  DisplayName,
  Grants,
  Id,
  ParticipantInfo,
  ProducerInfo,
  Role,
  RoomName,
  Source,
  Wanted,
} from './common.ts';
import { minReportSeconds, QualityReport } from './quality-report.ts';

const closed = { additionalProperties: false } as const;
const Nothing = Type.Object({}, closed);

const JoinResult = Type.Object({
  sessionId: Id,
  resumeSecret: Type.String({ description: 'Proves the session on `resume`. Keep it in memory only.' }),
  participantId: Id,
  room: RoomName,
  role: Role,
  grants: Grants,
  participants: Type.Array(ParticipantInfo),
  producers: Type.Array(ProducerInfo),
  pingIntervalSeconds: Type.Number(),
  resumeWindowSeconds: Type.Number(),
  serverTime: Type.String({ description: 'UTC, ISO 8601.' }),
  seq: Type.Integer({ description: 'The next event has a higher seq than this.' }),
  rejoinToken: Type.Optional(
    Type.String({
      maxLength: 4096,
      description:
        'A token for this same participant, good for hours, for a fresh `join` when `resume` answers session_gone (the server restarted) or the page was reloaded. It takes the place of the session before, and ends with `leave`. Absent for who left and came again with the same token.',
    }),
  ),
});

/** Which media line carries what: exactly one of `publish` and `subscribe`. */
const NegotiateLine = Type.Object(
  {
    mid: Type.String({ minLength: 1, maxLength: 16 }),
    publish: Type.Optional(Type.Object({ source: Source, muted: Type.Optional(Type.Boolean()) }, closed)),
    subscribe: Type.Optional(
      Type.Object(
        { producerId: Id, wanted: Type.Optional(Wanted), paused: Type.Optional(Type.Boolean()) },
        closed,
      ),
    ),
  },
  closed,
);
export type NegotiateLine = Static<typeof NegotiateLine>;

const request = <Data extends TObject, Result extends TSchema>(
  summary: string,
  data: Data,
  result: Result,
  errors: readonly ErrorCode[],
) => ({
  summary,
  data,
  result,
  errors,
});

/** One row per request: what it is for, its data, its result, and the errors it may answer with beyond the common ones. */
export const requests = {
  join: request(
    'Enter the room the token names. First message of a new session.',
    Type.Object(
      {
        token: Type.Optional(Type.String({ maxLength: 4096 })),
        ticket: Type.Optional(
          Type.String({ maxLength: 128, description: 'One-use stand-in for a token, good for 30 s.' }),
        ),
        displayName: Type.Optional(DisplayName),
      },
      closed,
    ),
    JoinResult,
    [
      'token_invalid',
      'token_expired',
      'ticket_invalid',
      'room_full',
      'room_closed',
      'server_draining',
      'already_joined',
      'too_many_connections',
      'limit_reached',
    ],
  ),
  resume: request(
    'Go on with a session whose connection broke; missed events follow.',
    Type.Object(
      { sessionId: Id, resumeSecret: Type.String({ maxLength: 128 }), lastSeq: Type.Integer({ minimum: 0 }) },
      closed,
    ),
    Type.Object({
      participants: Type.Array(ParticipantInfo),
      producers: Type.Array(ProducerInfo),
      seq: Type.Integer(),
    }),
    ['session_gone', 'already_joined', 'too_many_connections'],
  ),
  negotiate: request(
    'Offer/answer (RFC 8829): the client always offers. `lines` names every media line that is new or changed; a line left out is as before, a line with port 0 or `inactive` ends what it carried.',
    Type.Object(
      {
        sdp: Type.String({ maxLength: 262144 }),
        lines: Type.Array(NegotiateLine, { maxItems: 128 }),
        fresh: Type.Optional(
          Type.Boolean({
            description: 'This is a new PeerConnection: forget the one before and all it carried.',
          }),
        ),
      },
      closed,
    ),
    Type.Object({
      sdp: Type.String(),
      lines: Type.Array(
        Type.Object({ mid: Type.String(), producerId: Type.Optional(Id), consumerId: Type.Optional(Id) }),
      ),
    }),
    [
      'sdp_invalid',
      'codec_unsupported',
      'publish_denied',
      'subscribe_denied',
      'producer_unknown',
      'limit_reached',
      'media_unavailable',
    ],
  ),
  unpublish: request('End a producer of mine.', Type.Object({ producerId: Id }, closed), Nothing, [
    'producer_unknown',
  ]),
  unsubscribe: request('End a subscription of mine.', Type.Object({ consumerId: Id }, closed), Nothing, [
    'consumer_unknown',
  ]),
  setSubscription: request(
    'Change wanted layer or size, or pause a subscription.',
    Type.Object(
      { consumerId: Id, wanted: Type.Optional(Wanted), paused: Type.Optional(Type.Boolean()) },
      closed,
    ),
    Nothing,
    ['consumer_unknown'],
  ),
  mute: request(
    "Mute or unmute a producer: one's own, or with the moderate grant mute (never unmute) another's.",
    Type.Object({ producerId: Id, muted: Type.Boolean() }, closed),
    Nothing,
    ['producer_unknown', 'moderate_denied'],
  ),
  sendData: request(
    'Send a chat-size message to everyone else, or to one participant; ordered, with sequence numbers. Give a `messageId` of your own making to send it again safely after a resume: within one session the same id is delivered once and answered the same.',
    Type.Object(
      {
        topic: Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-z0-9._-]+$' }),
        payload: Type.String({ maxLength: 16384 }),
        to: Type.Optional(Id),
        messageId: Type.Optional(Id),
      },
      closed,
    ),
    Type.Object({ dataSeq: Type.Integer() }),
    ['data_denied', 'participant_unknown', 'rate_limited'],
  ),
  kick: request('Remove a participant.', Type.Object({ participantId: Id }, closed), Nothing, [
    'moderate_denied',
    'participant_unknown',
  ]),
  invite: request(
    'Make a one-time code that lets somebody into this room; shown as a link with the code in the fragment.',
    Type.Object({ role: Role, displayName: Type.Optional(DisplayName) }, closed),
    Type.Object({
      code: Type.String(),
      expiresAt: Type.String({ description: 'UTC, ISO 8601.' }),
      url: Type.Optional(
        Type.String({
          description: 'The whole link, as other devices reach this server; absent where it does not know.',
        }),
      ),
    }),
    ['moderate_denied', 'rate_limited'],
  ),
  reportQuality: request(
    `Tell how the call is for me, about every 10 s and no sooner than ${minReportSeconds} s after the report before; it is kept to answer why a call was bad. Ids that are gone are left out.`,
    QualityReport,
    Nothing,
    [],
  ),
  closeRoom: request('End the consultation for everyone.', Nothing, Nothing, ['moderate_denied']),
  leave: request('Leave; the session ends at once.', Nothing, Nothing, []),
  ping: request(
    'Show that the connection lives; every 5 s.',
    Nothing,
    Type.Object({ serverTime: Type.String() }),
    [],
  ),
} as const;

export type RequestType = keyof typeof requests;
export type RequestData<T extends RequestType> = Static<(typeof requests)[T]['data']>;
export type RequestResult<T extends RequestType> = Static<(typeof requests)[T]['result']>;
