/**
 * Bytes of a textual IP address as the operating system writes it: 4 for IPv4, 16 for IPv6 (RFC 5952, a zone id is
 * cut off). Undefined for anything else.
 */
export function ipAddressBytes(text: string): Buffer | undefined {
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

/**
 * Who is to blame for packets from an address: an IPv4 address itself, and the /64 of an IPv6 address, because a
 * host chooses its lower 64 bits freely (RFC 8981).
 */
export function blockOf(address: string): string {
  if (!address.includes(':')) return address;
  const bytes = ipv6Bytes(address);
  return bytes === undefined ? address : bytes.toString('latin1', 0, 8);
}

function ipv4Bytes(text: string): Buffer | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const bytes = Buffer.alloc(4);
  for (let at = 0; at < 4; at += 1) {
    const value = Number(match[at + 1]);
    if (value > 255) return undefined;
    bytes[at] = value;
  }
  return bytes;
}

function ipv6Bytes(text: string): Buffer | undefined {
  const zone = text.indexOf('%');
  const halves = (zone === -1 ? text : text.slice(0, zone)).split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytes = Buffer.alloc(16);
  head.forEach((group, index) => {
    bytes.writeUInt16BE(group, index * 2);
  });
  tail.forEach((group, index) => {
    bytes.writeUInt16BE(group, (8 - tail.length + index) * 2);
  });
  return bytes;
}

/** `last`: the text ends the address, so it may itself end with an IPv4 address (RFC 4291 §2.2). */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const result: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      result.push(Number.parseInt(part, 16));
      continue;
    }
    const embedded = last && index === parts.length - 1 ? ipv4Bytes(part) : undefined;
    if (embedded === undefined) return undefined;
    result.push(embedded.readUInt16BE(0), embedded.readUInt16BE(2));
  }
  return result;
}
