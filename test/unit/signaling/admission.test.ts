import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { admit } from '../../../src/signaling/admission.ts';
import { TicketBox } from '../../../src/signaling/tokens/ticket-box.ts';
import { TokenService } from '../../../src/signaling/tokens/token-service.ts';

for (const shown of ['token', 'ticket'] as const) {
  t.test(
    `who is kicked while a second join of theirs is being verified does not get in (${shown})`,
    async (t) => {
      let revoked = false;
      const tokens = new TokenService({
        signingKey: { ...generateKeyPairSync('ed25519'), keyId: 'k' },
        revocations: { revoke: () => undefined, isRevoked: () => revoked },
        wallMs: Date.now,
      });
      const tickets = new TicketBox();
      const { token } = await tokens.issue({ room: 'room', role: 'client', expiresInSeconds: 60 });
      const data = shown === 'token' ? { token } : { ticket: tickets.issue(await tokens.verify(token), 0) };
      // Good when the join is first looked at, revoked while the next token is being signed.
      const issue = tokens.issue.bind(tokens);
      tokens.issue = (request) => {
        revoked = true;
        return issue(request);
      };
      await t.rejects(admit(data, { tokens, tickets, rejoinSeconds: 60 }, 0), { code: 'token_invalid' });
    },
  );
}
