import { isIP } from 'node:net';
import { readAddressRange } from '../address-range.ts';

/** What a text must be, beyond being a text. */
export type Kind = 'address' | 'addressRange' | 'origin' | 'hostOrAddress' | 'roomName';

/** For each kind: the test, and its words for error messages. */
export const kinds: Readonly<Record<Kind, { is(text: string): boolean; name: string }>> = {
  address: { is: (text) => isIP(text) !== 0, name: 'an IPv4 or IPv6 address' },
  addressRange: {
    is: (text) => readAddressRange(text) !== undefined,
    name: 'an IP address or a range of them such as 10.0.0.0/8',
  },
  origin: { is: isOrigin, name: 'an origin such as https://clinic.example:8443 (no path)' },
  hostOrAddress: {
    is: (text) => isIP(text) !== 0 || /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text),
    name: 'a host name or an IP address',
  },
  roomName: { is: (text) => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text), name: 'letters, digits, _ and -' },
};

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);
}
