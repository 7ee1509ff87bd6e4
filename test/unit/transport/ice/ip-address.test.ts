import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { blockOf, ipAddressBytes } from '../../../../src/transport/ice/ip-address.ts';

t.test('addresses are read as the system writes them', (t) => {
  const cases: Record<string, string | undefined> = {
    '192.0.2.1': 'c0000201',
    '255.255.255.255': 'ffffffff',
    '::': '00000000000000000000000000000000',
    '::1': '00000000000000000000000000000001',
    'fe80::1%eth0': 'fe800000000000000000000000000001',
    '2001:db8:1234:5678:11:2233:4455:6677': '20010db8123456780011223344556677',
    '2001:db8::': '20010db8000000000000000000000000',
    '::ffff:192.0.2.1': '00000000000000000000ffffc0000201',
    '256.0.0.1': undefined,
    '1.2.3': undefined,
    '1:2:3:4:5:6:7': undefined,
    '1:2:3:4:5:6:7:8:9': undefined,
    '1::2::3': undefined,
    '1:2:3:4:5:6:7::8': undefined,
    '12345::': undefined,
    '1.2.3.4::': undefined,
    'example.org': undefined,
    '': undefined,
  };
  for (const [text, expected] of Object.entries(cases)) {
    t.equal(ipAddressBytes(text)?.toString('hex'), expected, text);
  }
  t.end();
});

t.test('every IPv6 address the system writes is read back to its bytes', (t) => {
  const seed = 4291;
  t.comment(`seed ${seed}`);
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const full = groups.map((value) => value.toString(16)).join(':');
      const { address } = new SocketAddress({ address: full, family: 'ipv6' });
      const expected = groups.map((value) => value.toString(16).padStart(4, '0')).join('');
      return ipAddressBytes(address)?.toString('hex') === expected;
    }),
    { seed, numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abf:.%') }), (text) => {
      if (isIP(text) === 0 && ipAddressBytes(text) !== undefined && !text.includes('%')) {
        // Leading zeros are the one liberty: the system never writes them.
        return /(^|[.:])0\d/.test(text);
      }
      return true;
    }),
    { seed, numRuns: 2000 },
  );
  t.end();
});

t.test('an IPv4 address stands for itself, an IPv6 address for its /64', (t) => {
  t.not(blockOf('192.0.2.1'), blockOf('192.0.2.2'));
  t.equal(blockOf('2001:db8:1:2::1'), blockOf('2001:db8:1:2:ffff::9'));
  t.not(blockOf('2001:db8:1:2::1'), blockOf('2001:db8:1:3::1'));
  t.end();
});
