import t from 'tap';
import { encodeFragment, parseFragments } from '../../src/transport/dtls/handshake-message.ts';
import { HandshakeReassembler } from '../../src/transport/dtls/handshake-reassembler.ts';
import { encodeRecord, parseRecords } from '../../src/transport/dtls/record.ts';
import { DtlsLink } from '../helpers/dtls-link.ts';
import { randomBytes, seeded } from '../helpers/seeded.ts';

const seed = 6347;
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

t.test('random bytes never throw out of the parsers', async (t) => {
  t.comment(`seed ${seed}`);
  const random = seeded(seed);
  let reassembler = new HandshakeReassembler();
  let records = 0;
  let messages = 0;
  for (let round = 0; round < 30_000; round += 1) {
    if (round % 100 === 0) reassembler = new HandshakeReassembler();
    const bytes = randomBytes(random, Math.floor(random() * 80));
    if (bytes.length > 13) {
      bytes[0] = 20 + Math.floor(random() * 4);
      bytes[1] = 0xfe;
      bytes.writeUInt16BE(Math.floor(random() * (bytes.length - 12)), 11);
    }
    for (const record of parseRecords(bytes)) {
      records += 1;
      if (record.fragment.length > 12) {
        record.fragment.fill(0, 1, 12);
        for (const at of [2, 3, 5, 7, 8, 10, 11]) {
          if (random() < 0.1) record.fragment[at] = Math.floor(random() * 40);
        }
      }
      for (const fragment of parseFragments(record.fragment)) reassembler.add(fragment);
      while (reassembler.take() !== undefined) messages += 1;
    }
  }
  t.ok(records > 10_000, `${records} records`);
  t.ok(messages > 200, `${messages} messages`);
});

t.test('an endpoint outlives mangled datagrams of a real handshake at any point of it', async (t) => {
  t.comment(`seed ${seed}`);
  const random = seeded(seed);
  const outcomes: Record<string, number> = {};
  for (let round = 0; round < 150; round += 1) {
    const link = new DtlsLink({
      handshakeTimeoutMs: 400,
      toServer: (datagram) => {
        const [record] = parseRecords(datagram);
        const dice = random();
        if (dice < 0.6 || record === undefined) return [datagram];
        const mangled = Buffer.from(datagram);
        // Either any bit, or one of a message's body below intact headers, to get further in.
        if (dice < 0.8 || record.epoch > 0) {
          mangled[Math.floor(random() * mangled.length)]! ^= 1 << Math.floor(random() * 8);
        } else {
          const [fragment] = parseFragments(record.fragment);
          const body = Buffer.from(fragment!.data.subarray(0, Math.ceil(random() * fragment!.data.length)));
          if (body.length > 0) body[Math.floor(random() * body.length)]! ^= 1 << Math.floor(random() * 8);
          return [
            encodeRecord(
              22,
              0,
              0,
              encodeFragment({ type: fragment!.type, sequence: fragment!.sequence, body }),
            ),
          ];
        }
        return [mangled, datagram];
      },
    }).connect();
    const outcome = await link.outcome;
    const name = 'keys' in outcome ? 'connected' : outcome.failed;
    outcomes[name] = (outcomes[name] ?? 0) + 1;
    link.close();
  }
  t.comment(JSON.stringify(outcomes));
  t.ok((outcomes.connected ?? 0) > 5, 'some still connect');
  t.ok((outcomes.dtls_handshake ?? 0) + (outcomes.dtls_fingerprint ?? 0) > 20, 'some are refused');
});

t.test('nothing of this became an unhandled rejection', async (t) => {
  await new Promise((resolve) => setImmediate(resolve));
  t.same(unhandled, []);
});
