import { hostname, networkInterfaces } from 'node:os';

/**
 * This machine's addresses on its networks, IPv4 first: neither loopback nor link-local, which work only with
 * an interface name that browsers and certificates do not take.
 */
export function lanAddresses(interfaces = networkInterfaces()): string[] {
  const all = Object.values(interfaces).flatMap((each) => each ?? []);
  const usable = all.filter(
    ({ internal, address }) => !internal && !/^fe[89ab]/i.test(address) && !address.startsWith('169.254.'),
  );
  const ofFamily = (family: string) =>
    usable.filter((each) => each.family === family).map((each) => each.address);
  return [...new Set([...ofFamily('IPv4'), ...ofFamily('IPv6')])];
}

/** This machine's name in lower case, as certificates hold it. */
export function hostName(): string {
  return hostname().toLowerCase();
}

/** An address or name as it stands in a URL. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
