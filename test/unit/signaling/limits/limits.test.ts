import t from 'tap';
import { AddressLimits, addressKey } from '../../../../src/signaling/limits/address-limits.ts';
import { TokenBucket } from '../../../../src/signaling/limits/token-bucket.ts';

const second = 1e6;

t.test('a bucket gives its burst at once and then its rate', async (t) => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
  const taken = (count: number, nowUs: number) => Array.from({ length: count }, () => bucket.take(nowUs));
  t.strictSame(taken(4, 0), [true, true, true, false]);
  t.notOk(bucket.take(0.4 * second));
  t.ok(bucket.take(0.5 * second));
  t.notOk(bucket.take(0.5 * second));
  t.strictSame(taken(4, 100 * second), [true, true, true, false], 'it does not fill above its burst');
});

t.test('what costs more takes more, and what costs more than everything takes everything', async (t) => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 4 }, 0);
  t.ok(bucket.take(0, 3));
  t.notOk(bucket.take(0, 2), 'and takes nothing when refused');
  t.ok(bucket.take(0, 1));
  t.notOk(bucket.take(3 * second, 100));
  t.ok(bucket.take(4 * second, 100));
  t.notOk(bucket.take(4 * second));
});

t.test('a clock that steps back neither fills nor empties', async (t) => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 10 * second);
  t.ok(bucket.take(10 * second));
  t.notOk(bucket.take(5 * second));
  t.notOk(bucket.take(10.5 * second));
  t.ok(bucket.take(11 * second));
});

t.test('addresses are told apart: IPv4 whole, IPv6 by /64', async (t) => {
  t.equal(addressKey('192.0.2.1'), '192.0.2.1');
  t.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1');
  const same = ['2001:db8:1:2::1', '2001:DB8:0001:2:3:4:5:6', '2001:db8:1:2:ffff::', '2001:db8:1:2::1%eth0'];
  t.equal(new Set(same.map(addressKey)).size, 1);
  t.not(addressKey('2001:db8:1:3::1'), addressKey(same[0]!));
  t.equal(addressKey('::1'), '0:0:0:0::/64');
  t.not(addressKey('fe80::1'), addressKey('::1'));
});

t.test(
  'an address may have so many connections and attempts, and is forgotten when it is calm',
  async (t) => {
    const limits = new AddressLimits({ maxConnections: 2, joins: { perSecond: 1, burst: 2 } });
    limits.connect('a', 0);
    t.ok(limits.mayConnect('a', 0));
    limits.connect('a', 0);
    t.notOk(limits.mayConnect('a', 0));
    t.ok(limits.mayConnect('b', 0), 'another address is another matter');
    t.strictSame([limits.enter('a', 0), limits.enter('a', 0), limits.enter('a', 0)], [true, true, false]);
    limits.disconnect('a', 0);
    t.ok(limits.mayConnect('a', 0));
    limits.disconnect('a', 10 * second);
    limits.disconnect('never', 0);
    t.equal(limits.size, 1, 'only b is left, which was looked at');
  },
);
