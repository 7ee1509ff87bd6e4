import { createHash, randomBytes } from 'node:crypto';
import { VisavisError } from '../../base/errors.ts';
import { timing } from '../protocol/envelope.ts';
import type { TokenClaims } from './token-claims.ts';

interface Ticket {
  readonly claims: TokenClaims;
  readonly expiresUs: number;
}

const maxTickets = 10_000;

/** One-use stand-ins for verified tokens, good for 30 s: 32 random bytes as base64url. Kept in memory by hash. */
export class TicketBox {
  readonly #tickets = new Map<string, Ticket>();

  /** A new ticket. Throws `rate_limited` while too many are out. */
  issue(claims: TokenClaims, nowUs: number): string {
    this.#prune(nowUs);
    if (this.#tickets.size >= maxTickets) throw new VisavisError('rate_limited', 'too many tickets are out');
    const ticket = randomBytes(32).toString('base64url');
    this.#tickets.set(hash(ticket), { claims, expiresUs: nowUs + timing.ticketSeconds * 1e6 });
    return ticket;
  }

  /** The claims it stands for; it is used up. Throws `ticket_invalid`. */
  redeem(ticket: string, nowUs: number): TokenClaims {
    const key = hash(ticket);
    const found = this.#tickets.get(key);
    this.#tickets.delete(key);
    if (found === undefined || nowUs >= found.expiresUs) {
      throw new VisavisError('ticket_invalid', 'the ticket was used, is too old, or was never issued');
    }
    return found.claims;
  }

  /** Tickets are kept in the order of their expiry. */
  #prune(nowUs: number): void {
    for (const [key, { expiresUs }] of this.#tickets) {
      if (nowUs < expiresUs) break;
      this.#tickets.delete(key);
    }
  }
}

function hash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64');
}
