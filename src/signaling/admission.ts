import { VisavisError } from '../base/errors.ts';
import type { Admission } from './directory/directory.ts';
import type { RequestData } from './protocol/requests.ts';
import { firstIdOf, rejoinIdOf } from './tokens/rejoin-id.ts';
import type { TicketBox } from './tokens/ticket-box.ts';
import { completeGrants, type TokenClaims } from './tokens/token-claims.ts';
import type { TokenService } from './tokens/token-service.ts';

/** Who a token lets in where. The token's name counts before the one a client gives itself. */
export function admissionOf(claims: TokenClaims, displayName: string | undefined): Admission {
  return {
    room: claims.room,
    issuedAtMs: claims.iat * 1000,
    identity: {
      subject: claims.sub,
      tokenId: firstIdOf(claims.jti),
      role: claims.role,
      displayName: claims.name ?? displayName ?? claims.role,
      grants: completeGrants(claims.grants),
    },
  };
}

export interface AdmissionOptions {
  readonly tokens: TokenService;
  readonly tickets: TicketBox;
  readonly rejoinSeconds: number;
}

/**
 * Verifies what a `join` shows, and makes the token that brings the same person back after a restart; undefined for who
 * had left and came with the first token again. The ticket is used up even if the room then refuses. Throws
 * VisavisError.
 */
export async function admit(
  { token, ticket, displayName }: RequestData<'join'>,
  { tokens, tickets, rejoinSeconds }: AdmissionOptions,
  nowUs: number,
): Promise<Admission & { readonly rejoinToken: string | undefined }> {
  if ((token === undefined) === (ticket === undefined)) {
    throw new VisavisError('token_invalid', 'join takes either a token or a ticket');
  }
  const claims = token !== undefined ? await tokens.verify(token) : tickets.redeem(ticket!, nowUs);
  const admission = admissionOf(claims, displayName);
  const { subject, tokenId, role, grants } = admission.identity;
  const rejoin = await tokens.issue({
    room: claims.room,
    role,
    subject,
    tokenId: rejoinIdOf(tokenId),
    displayName: admission.identity.displayName,
    grants,
    expiresInSeconds: rejoinSeconds,
  });
  // Last, as verifying and signing take a while in which somebody may be kicked.
  tokens.checkRevoked(claims);
  return { ...admission, rejoinToken: tokens.isRevoked(rejoinIdOf(tokenId)) ? undefined : rejoin.token };
}
