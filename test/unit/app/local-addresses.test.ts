import type { NetworkInterfaceInfo } from 'node:os';
import t from 'tap';
import { lanAddresses, urlHost } from '../../../src/app/local-addresses.ts';

const info = (address: string, internal = false) =>
  ({ address, internal, family: address.includes(':') ? 'IPv6' : 'IPv4' }) as NetworkInterfaceInfo;

t.test('addresses that others can reach, IPv4 first, each once', async (t) => {
  const interfaces = {
    lo: [info('127.0.0.1', true), info('::1', true)],
    eth0: [info('fd00::5'), info('192.168.1.5'), info('fe80::1'), info('FE90::1')],
    eth1: [info('169.254.3.3'), info('10.0.0.5'), info('192.168.1.5')],
    none: undefined,
  };
  t.same(lanAddresses(interfaces), ['192.168.1.5', '10.0.0.5', 'fd00::5']);
  t.same(lanAddresses({}), []);
});

t.test('IPv6 stands in brackets in a URL', async (t) => {
  t.equal(urlHost('fd00::5'), '[fd00::5]');
  t.equal(urlHost('10.0.0.5'), '10.0.0.5');
  t.equal(urlHost('clinic'), 'clinic');
});
