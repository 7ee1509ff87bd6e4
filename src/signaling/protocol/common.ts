/** The nouns of the signaling protocol, each one TypeBox schema. Everything on the wire is built from these. */
import Type, { type Static } from 'typebox';

/** Ids are made by the server: url-safe, 1..64 characters. */
export const Id = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' });
export const RoomName = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$' });
export const DisplayName = Type.String({ minLength: 1, maxLength: 64 });

export const Source = Type.Union(
  [Type.Literal('camera'), Type.Literal('microphone'), Type.Literal('screen'), Type.Literal('instrument')],
  { description: 'What a producer shows: `instrument` is a skin camera, dermatoscope or the like.' },
);
export type Source = Static<typeof Source>;

export const MediaKind = Type.Union([Type.Literal('audio'), Type.Literal('video')]);

export const Role = Type.Union([Type.Literal('consultant'), Type.Literal('client'), Type.Literal('device')]);
export type Role = Static<typeof Role>;

export const Grants = Type.Object(
  {
    publish: Type.Array(Source, { description: 'Sources this participant may publish. Empty: none.' }),
    subscribe: Type.Boolean(),
    data: Type.Boolean(),
    moderate: Type.Boolean({ description: 'May mute and remove others and close the room.' }),
    record: Type.Boolean({ description: 'May start and stop recordings.' }),
  },
  { additionalProperties: false },
);
export type Grants = Static<typeof Grants>;

export const Wanted = Type.Object(
  {
    spatialLayer: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 })),
    temporalLayer: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 })),
    maxHeight: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 8192,
        description: 'Height in device pixels of the element that shows it.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Wanted = Static<typeof Wanted>;

export const ParticipantInfo = Type.Object({
  participantId: Id,
  displayName: DisplayName,
  role: Role,
  connected: Type.Boolean({ description: 'False while its connection is lost and may still resume.' }),
  joinedAt: Type.String({ description: 'UTC, ISO 8601.' }),
});
export type ParticipantInfo = Static<typeof ParticipantInfo>;

export const ProducerInfo = Type.Object({
  producerId: Id,
  participantId: Id,
  kind: MediaKind,
  source: Source,
  muted: Type.Boolean(),
  codec: Type.String({ description: 'Preferred codec, lower case: vp8, vp9, h264, av1, opus.' }),
  simulcast: Type.Boolean(),
});
export type ProducerInfo = Static<typeof ProducerInfo>;

export const Layer = Type.Object({
  spatialLayer: Type.Integer({ description: '-1: nothing is being forwarded.' }),
  temporalLayer: Type.Integer(),
  width: Type.Integer({ description: 'Pixels, 0 while unknown.' }),
  height: Type.Integer(),
});
export type Layer = Static<typeof Layer>;

export const LeaveReason = Type.Union([
  Type.Literal('left'),
  Type.Literal('lost'),
  Type.Literal('kicked'),
  Type.Literal('roomClosed'),
  Type.Literal('replaced'),
  Type.Literal('serverShutdown'),
]);
export type LeaveReason = Static<typeof LeaveReason>;

export const ErrorBody = Type.Object({
  code: Type.String({ description: 'Stable, see docs/errors.md.' }),
  message: Type.String({ description: 'For developers: what was wrong, and the cure.' }),
  retryable: Type.Boolean(),
  tell: Type.Object({ en: Type.String(), zh: Type.String() }),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type ErrorBody = Static<typeof ErrorBody>;
