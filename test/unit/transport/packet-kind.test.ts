import t from 'tap';
import { packetKind } from '../../../src/transport/packet-kind.ts';

function datagram(first: number, second: number, length = 64): Buffer {
  const bytes = Buffer.alloc(length);
  bytes[0] = first;
  bytes[1] = second;
  return bytes;
}

t.test('every first byte is what RFC 7983 says, every second byte of media what RFC 5761 says', (t) => {
  for (let first = 0; first < 256; first += 1) {
    for (let second = 0; second < 256; second += 1) {
      let expected = 'unknown';
      if (first <= 3) expected = 'stun';
      else if (first >= 20 && first <= 63) expected = 'dtls';
      else if (first >= 128 && first <= 191) expected = second >= 192 && second <= 223 ? 'rtcp' : 'rtp';
      const kind = packetKind(datagram(first, second));
      if (kind !== expected) t.fail(`${first} ${second}: ${kind}, not ${expected}`);
    }
  }
  t.end();
});

t.test('less than the shortest packet of its kind is unknown', (t) => {
  const shortest: [number, number, number, string][] = [
    [0, 1, 20, 'stun'],
    [22, 254, 13, 'dtls'],
    [128, 200, 8, 'rtcp'],
    [128, 96, 12, 'rtp'],
  ];
  for (const [first, second, length, kind] of shortest) {
    t.equal(packetKind(datagram(first, second, length)), kind);
    t.equal(packetKind(datagram(first, second, length - 1)), 'unknown', `${kind} of ${length - 1} bytes`);
  }
  t.equal(packetKind(Buffer.alloc(0)), 'unknown');
  t.end();
});
