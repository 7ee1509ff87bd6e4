import { BlockList, isIP } from 'node:net';

interface AddressRange {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** Bits that count, at least 1: a range of everybody is none. */
  readonly prefix: number;
}

/** `10.0.0.5`, `10.0.0.0/8` or `fd00::/8`, as RFC 4632 §3.1 and RFC 4291 §2.3 write it; else undefined. */
export function readAddressRange(text: string): AddressRange | undefined {
  const [, address = '', prefixText] = /^([^/]+)(?:\/([1-9]\d{0,2}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  return prefix > bits ? undefined : { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix };
}

/**
 * Answers whether an address lies in one of the ranges; an IPv4 one also as an IPv6 socket sees it (::ffff:10.0.0.5).
 * What is no address lies in none. Throws TypeError for what is no range.
 */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of ranges) {
    const range = readAddressRange(text);
    if (range === undefined) throw new TypeError(`"${text}" is no address or range of addresses`);
    list.addSubnet(range.address, range.prefix, range.family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}
