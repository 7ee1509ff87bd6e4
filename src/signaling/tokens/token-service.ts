import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { VisavisError } from '../../base/errors.ts';
import type { Role } from '../protocol/common.ts';
import { firstIdOf } from './rejoin-id.ts';
import type { RevocationStore, SigningKey, VerificationKey } from './stores.ts';
import { areTokenClaims, type PartialGrants, type TokenClaims } from './token-claims.ts';

export interface TokenServiceOptions {
  readonly signingKey: SigningKey;
  /** Still accepted, so that a key can be changed without throwing anybody out. */
  readonly olderKeys?: readonly VerificationKey[];
  readonly revocations: RevocationStore;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

export interface TokenRequest {
  readonly room: string;
  readonly role: Role;
  /** Random when absent. */
  readonly subject?: string | undefined;
  readonly displayName?: string | undefined;
  readonly grants?: PartialGrants | undefined;
  readonly expiresInSeconds: number;
  /** For a token that goes on from another; random when absent. */
  readonly tokenId?: string;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** `iss` and `aud` of every token. */
export const tokenIssuer = 'visavis';
export const tokenAudience = 'visavis';

/** A token is made for joining within minutes; nobody gets one that opens a room for days. */
export const maxTokenSeconds = 24 * 3600;

/** How far the clocks of an issuer and this server may differ. */
const clockToleranceSeconds = 5;

/** Issues and verifies tokens: JWTs signed with Ed25519 (RFC 8037), `exp` being the time until which one may join. */
export class TokenService {
  readonly #options: TokenServiceOptions;
  readonly #keys: ReadonlyMap<string, VerificationKey>;

  constructor(options: TokenServiceOptions) {
    this.#options = options;
    const keys = [options.signingKey, ...(options.olderKeys ?? [])];
    this.#keys = new Map(keys.map((key) => [key.keyId, key]));
  }

  /** A new token. Throws `TypeError` for a life outside 1 s to 24 h. */
  async issue(request: TokenRequest): Promise<IssuedToken> {
    const { expiresInSeconds, room, role, displayName, grants } = request;
    if (!(expiresInSeconds >= 1 && expiresInSeconds <= maxTokenSeconds)) {
      throw new TypeError(`expiresInSeconds must be 1..${maxTokenSeconds}`);
    }
    const { privateKey, keyId } = this.#options.signingKey;
    const issuedAt = Math.floor(this.#options.wallMs() / 1000);
    const expiresAt = issuedAt + Math.floor(expiresInSeconds);
    const claims = {
      room,
      role,
      ...(displayName === undefined ? {} : { name: displayName }),
      ...(grants === undefined ? {} : { grants }),
    };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: keyId })
      .setIssuer(tokenIssuer)
      .setAudience(tokenAudience)
      .setSubject(request.subject ?? randomUUID())
      .setJti(request.tokenId ?? randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
    return { token, expiresAtMs: expiresAt * 1000 };
  }

  /** The claims of a good token. Throws `token_expired` or `token_invalid`, without saying more to the caller. */
  async verify(token: string): Promise<TokenClaims> {
    let payload: unknown;
    try {
      ({ payload } = await jwtVerify(token, ({ kid }) => this.#key(kid), {
        algorithms: ['EdDSA'],
        issuer: tokenIssuer,
        audience: tokenAudience,
        requiredClaims: ['sub', 'jti', 'iat', 'exp'],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(this.#options.wallMs()),
      }));
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new VisavisError('token_expired', 'the token has expired');
      }
      throw new VisavisError('token_invalid', 'the token is not one of this server');
    }
    if (!areTokenClaims(payload)) {
      throw new VisavisError('token_invalid', 'the claims of the token are not those of a join token');
    }
    this.checkRevoked(payload);
    return payload;
  }

  /** Throws `token_invalid` for claims that were revoked after they had been verified. */
  checkRevoked({ jti }: TokenClaims): void {
    if (this.isRevoked(jti) || this.isRevoked(firstIdOf(jti))) {
      throw new VisavisError('token_invalid', 'the token was revoked');
    }
  }

  /** Whether the token of this id is refused although its signature is good. */
  isRevoked(tokenId: string): boolean {
    return this.#options.revocations.isRevoked(tokenId);
  }

  #key(keyId: string | undefined): VerificationKey['publicKey'] {
    const key = keyId === undefined ? undefined : this.#keys.get(keyId);
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key.publicKey;
  }
}
