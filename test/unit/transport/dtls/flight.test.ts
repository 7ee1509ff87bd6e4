import t from 'tap';
import { packFlight } from '../../../../src/transport/dtls/flight.ts';
import { encodeRecord, parseRecords } from '../../../../src/transport/dtls/record.ts';

const message = (sequence: number, length: number) => ({
  type: 11,
  sequence,
  body: Buffer.alloc(length, sequence),
});

function lengths(...bodies: number[]): number[] {
  return packFlight({ messages: bodies.map((length, sequence) => message(sequence, length)) }, () => 0).map(
    ({ length }) => length,
  );
}

t.test('a flight that fits goes in one datagram, one byte more in two', async (t) => {
  t.same(lengths(100, 400, 150, 50, 0), [100 + 400 + 150 + 50 + 5 * 25]);
  t.same(lengths(1200 - 25), [1200]);
  t.same(lengths(1200 - 25 + 1), [1200, 26]);
  t.same(lengths(500, 1200 - 500 - 50), [1200]);
});

t.test('a rest too small for a useful fragment stays empty', async (t) => {
  t.same(lengths(1200 - 25 - 25 - 63, 200), [1200 - 25 - 63, 225]);
  t.same(lengths(1200 - 25 - 25 - 64, 200), [1200, 25 + 136]);
  t.same(lengths(1200 - 25 - 25 - 10, 10), [1200], 'unless all of the message fits');
});

t.test('ChangeCipherSpec goes before Finished, with a new number each time', async (t) => {
  const finished = encodeRecord(22, 1, 9, Buffer.alloc(48, 1));
  let number = 5;
  for (const expected of [5, 6]) {
    const [datagram, ...rest] = packFlight({ messages: [], finished }, () => number++);
    t.same(rest, []);
    const [changeCipherSpec, last] = parseRecords(datagram!);
    t.match(changeCipherSpec, { contentType: 20, epoch: 0, sequenceNumber: expected });
    t.ok(changeCipherSpec?.fragment.equals(Buffer.of(1)));
    t.ok(last?.bytes.equals(finished));
  }
});
