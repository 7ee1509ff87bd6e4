import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { admit } from '../../../src/signaling/admission.ts';
import { TicketBox } from '../../../src/signaling/tokens/ticket-box.ts';
import { TokenService } from '../../../src/signaling/tokens/token-service.ts';

for (const shown of ['token', 'ticket'] as const) {
  t.test(
    `who is kicked while a second join of theirs is being verified does not get in (${shown})`,
    async (t) => {
      let asked = 0;
      const tokens = new TokenService({
        signingKey: { ...generateKeyPairSync('ed25519'), keyId: 'k' },
        // Good when the join is first looked at, revoked a moment later.
        revocations: { revoke: () => undefined, isRevoked: () => ++asked > 1 },
        wallMs: Date.now,
      });
      const tickets = new TicketBox();
      const { token } = await tokens.issue({ room: 'room', role: 'client', expiresInSeconds: 60 });
      const data = shown === 'token' ? { token } : { ticket: tickets.issue(await tokens.verify(token), 0) };
      await t.rejects(admit(data, { tokens, tickets, rejoinSeconds: 60 }, 0), { code: 'token_invalid' });
    },
  );
}
