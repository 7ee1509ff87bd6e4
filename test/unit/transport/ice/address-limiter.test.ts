import t from 'tap';
import { AddressLimiter } from '../../../../src/transport/ice/address-limiter.ts';

const options = { perSecond: 10, burst: 3, maxAddresses: 4 };

/** How many of `tries` at `nowUs` are let through. */
function taken(limiter: AddressLimiter, address: string, tries: number, nowUs: number): number {
  let count = 0;
  for (let at = 0; at < tries; at += 1) if (limiter.take(address, nowUs)) count += 1;
  return count;
}

t.test('a burst passes, then as many as come back with time', (t) => {
  const limiter = new AddressLimiter(options);
  t.equal(taken(limiter, '192.0.2.1', 10, 0), 3, 'the burst');
  t.equal(taken(limiter, '192.0.2.1', 1, 99_999), 0, 'just before a token is back');
  t.equal(taken(limiter, '192.0.2.1', 5, 200_000), 2, 'two tokens later');
  t.equal(taken(limiter, '192.0.2.1', 10, 3_600_000_000), 3, 'never more than the burst');
  t.end();
});

t.test('one address does not spend the tokens of another, but a /64 is one', (t) => {
  const limiter = new AddressLimiter(options);
  taken(limiter, '192.0.2.1', 10, 0);
  t.equal(taken(limiter, '192.0.2.2', 10, 0), 3);
  t.equal(taken(limiter, '2001:db8::1', 2, 0) + taken(limiter, '2001:db8::2', 10, 0), 3);
  t.end();
});

t.test('the number of addresses is bounded, and the longest unheard is forgotten', (t) => {
  const limiter = new AddressLimiter(options);
  for (let host = 1; host <= 4; host += 1) taken(limiter, `192.0.2.${host}`, 3, host);
  limiter.take('192.0.2.1', 5);
  limiter.take('192.0.2.5', 6);
  t.equal(limiter.size, 4);
  t.equal(limiter.take('192.0.2.1', 7), false, 'heard lately: remembered');
  t.equal(limiter.take('192.0.2.2', 8), true, 'forgotten');
  for (let host = 0; host < 10_000; host += 1) limiter.take(`10.0.${host >> 8}.${host & 255}`, 9);
  t.equal(limiter.size, 4);
  t.end();
});

t.test('time that stands still or goes back gives nothing', (t) => {
  const limiter = new AddressLimiter(options);
  taken(limiter, '192.0.2.1', 3, 1_000_000);
  t.equal(limiter.take('192.0.2.1', 0), false);
  t.end();
});
