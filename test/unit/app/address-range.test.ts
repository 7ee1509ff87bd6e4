import t from 'tap';
import { addressMatcher, readAddressRange } from '../../../src/app/address-range.ts';

t.test('addresses and ranges are read, anything else is none', async (t) => {
  t.same(readAddressRange('10.0.0.5'), { address: '10.0.0.5', family: 'ipv4', prefix: 32 });
  t.same(readAddressRange('10.0.0.0/8'), { address: '10.0.0.0', family: 'ipv4', prefix: 8 });
  t.same(readAddressRange('fd00::/8'), { address: 'fd00::', family: 'ipv6', prefix: 8 });
  t.same(readAddressRange('::1/128'), { address: '::1', family: 'ipv6', prefix: 128 });
  const wrong = [
    '',
    'proxy',
    '10.0.0',
    '10.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0.0/',
    '/8',
    '1.1.1.1/8/8',
  ];
  for (const text of [...wrong, '10.0.0.0/-1', '10.0.0.0/08', ' 10.0.0.5']) {
    t.equal(readAddressRange(text), undefined, text);
    t.throws(() => addressMatcher([text]), { name: 'TypeError' }, text);
  }
});

t.test('an address matches its ranges, up to their borders', async (t) => {
  const matches = addressMatcher(['10.1.0.0/16', '192.0.2.7', 'fd00:1::/32']);
  const inside = ['10.1.0.0', '10.1.255.255', '192.0.2.7', '::ffff:10.1.2.3', 'fd00:1:ffff::1'];
  const outside = ['10.0.255.255', '10.2.0.0', '192.0.2.8', '::ffff:10.2.0.0', 'fd00:2::', 'unknown', ''];
  for (const address of inside) t.equal(matches(address), true, address);
  for (const address of outside) t.equal(matches(address), false, address);
  t.equal(addressMatcher([])('127.0.0.1'), false, 'nobody is in no range');
});
