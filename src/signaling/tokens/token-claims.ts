/** What a token says (RFC 7519), beside the registered `iss`, `aud`, `iat` and `exp`. */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { DisplayName, type Grants, Id, Role, RoomName, Source } from '../protocol/common.ts';
import { noGrants } from '../room/role-grants.ts';

/** Every grant may be left out: what nobody granted is denied. */
export const PartialGrants = Type.Object(
  {
    publish: Type.Optional(
      Type.Array(Source, { maxItems: 8, description: 'Sources that may be published. Absent: none.' }),
    ),
    subscribe: Type.Optional(Type.Boolean()),
    data: Type.Optional(Type.Boolean()),
    moderate: Type.Optional(Type.Boolean()),
    record: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, description: 'An absent grant is denied.' },
);
export type PartialGrants = Static<typeof PartialGrants>;

export const Subject = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'The person or device in your system. Entering a room again under the same subject replaces.',
});

export const TokenClaims = Type.Object({
  sub: Subject,
  jti: Id,
  iat: Type.Number(),
  exp: Type.Number(),
  room: RoomName,
  role: Role,
  name: Type.Optional(DisplayName),
  grants: Type.Optional(PartialGrants),
});
export type TokenClaims = Static<typeof TokenClaims>;

const validator = Compile(TokenClaims);

/** Whether a verified payload has the claims of ours in their right types. */
export function areTokenClaims(payload: unknown): payload is TokenClaims {
  return validator.Check(payload);
}

/** All grants, with what was left out denied. */
export function completeGrants(grants: PartialGrants | undefined): Grants {
  return { ...noGrants, ...grants };
}
