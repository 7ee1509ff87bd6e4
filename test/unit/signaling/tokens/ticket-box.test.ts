import t from 'tap';
import { TicketBox } from '../../../../src/signaling/tokens/ticket-box.ts';

const claims = { sub: 's', jti: 'j', iat: 0, exp: 60, room: 'room', role: 'client' } as const;
const invalid = { code: 'ticket_invalid' };

t.test('a ticket is good once', async (t) => {
  const box = new TicketBox();
  const ticket = box.issue(claims, 0);
  t.match(ticket, /^[\w-]{43}$/);
  t.equal(box.redeem(ticket, 1), claims);
  t.throws(() => box.redeem(ticket, 1), invalid);
  t.throws(() => box.redeem('never issued', 1), invalid);
});

t.test('a ticket is good for 30 s', async (t) => {
  const box = new TicketBox();
  const [early, late] = [box.issue(claims, 0), box.issue(claims, 0)];
  t.equal(box.redeem(early, 30e6 - 1), claims);
  t.throws(() => box.redeem(late, 30e6), invalid);
});

t.test('the box does not grow without bound, and empties itself', async (t) => {
  const box = new TicketBox();
  for (let i = 0; i < 10_000; i++) box.issue(claims, 0);
  t.throws(() => box.issue(claims, 1), { code: 'rate_limited' });
  t.ok(box.issue(claims, 30e6));
});
