import fc from 'fast-check';
import t from 'tap';
import { packFlight } from '../../src/transport/dtls/flight.ts';
import {
  encodeFragment,
  type HandshakeMessage,
  parseFragments,
} from '../../src/transport/dtls/handshake-message.ts';
import { HandshakeReassembler } from '../../src/transport/dtls/handshake-reassembler.ts';
import { parseRecords } from '../../src/transport/dtls/record.ts';

const seed = 6347;

/** Up to six messages of up to 3 KB, numbered from 0. */
const messages: fc.Arbitrary<HandshakeMessage[]> = fc
  .array(fc.record({ type: fc.integer({ min: 0, max: 255 }), body: fc.uint8Array({ maxLength: 3000 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.map(({ type, body }, sequence) => ({ type, sequence, body: Buffer.from(body) })));

function takeAll(reassembler: HandshakeReassembler): HandshakeMessage[] {
  const taken: HandshakeMessage[] = [];
  for (let next = reassembler.take(); next !== undefined; next = reassembler.take()) taken.push(next);
  return taken;
}

t.test('any fragmentation, order and duplication gives the same messages, once each', async (t) => {
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(messages, fc.infiniteStream(fc.integer({ min: 0, max: 2 ** 30 })), (whole, chance) => {
      const next = (below: number) => (chance.next().value as number) % below;
      const fragments: Buffer[] = [];
      for (const message of whole) {
        const { length } = message.body;
        let covered = 0;
        // Cuts with overlaps to the left, at most about thirty pieces, then some random pieces on top.
        do {
          const size = Math.min(length - covered, Math.ceil(length / 30) + next(length + 1));
          const overlap = next(covered + 1) % 50;
          fragments.push(encodeFragment(message, covered - overlap, size + overlap));
          covered += size;
        } while (covered < length);
        const again = next(length + 1);
        fragments.push(encodeFragment(message, again, next(length - again + 1)));
      }
      for (let at = fragments.length - 1; at > 0; at -= 1) {
        const other = next(at + 1);
        [fragments[at], fragments[other]] = [fragments[other]!, fragments[at]!];
      }
      const reassembler = new HandshakeReassembler();
      const taken: HandshakeMessage[] = [];
      for (const bytes of fragments) {
        for (const fragment of parseFragments(bytes)) reassembler.add(fragment);
        bytes.fill(0xee);
        taken.push(...takeAll(reassembler));
      }
      return (
        taken.length === whole.length &&
        taken.every((message, at) => encodeFragment(message).equals(encodeFragment(whole[at]!)))
      );
    }),
    { seed, numRuns: 300 },
  );
});

t.test('a packed flight has small datagrams, fresh record numbers and all its messages', async (t) => {
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(messages, (whole) => {
      let number = 0;
      const datagrams = packFlight({ messages: whole }, () => number++);
      const records = datagrams.flatMap(parseRecords);
      const reassembler = new HandshakeReassembler();
      const taken: HandshakeMessage[] = [];
      for (const record of records) {
        for (const fragment of parseFragments(record.fragment)) reassembler.add(fragment);
        taken.push(...takeAll(reassembler));
      }
      const bytes = datagrams.reduce((sum, { length }) => sum + length, 0);
      return (
        datagrams.every(({ length }) => length <= 1200) &&
        datagrams.length <= Math.ceil(bytes / (1200 - 25 - 64)) &&
        records.every(({ sequenceNumber }, at) => sequenceNumber === at) &&
        taken.length === whole.length &&
        taken.every((message, at) => encodeFragment(message).equals(encodeFragment(whole[at]!)))
      );
    }),
    { seed, numRuns: 300 },
  );
});
