import t from 'tap';
import { encodeRecord, parseRecords } from '../../../../src/transport/dtls/record.ts';

t.test('records come out of a datagram as they went in', async (t) => {
  const datagram = Buffer.concat([
    encodeRecord(22, 0, 0, Buffer.from('hello')),
    encodeRecord(20, 0, 2 ** 48 - 1, Buffer.of(1)),
    encodeRecord(23, 65_535, 7),
  ]);
  const records = parseRecords(datagram);
  t.same(
    records.map(({ contentType, epoch, sequenceNumber, fragment }) => [
      contentType,
      epoch,
      sequenceNumber,
      fragment.toString('latin1'),
    ]),
    [
      [22, 0, 0, 'hello'],
      [20, 0, 2 ** 48 - 1, '\u0001'],
      [23, 65_535, 7, ''],
    ],
  );
  t.ok(Buffer.concat(records.map(({ bytes }) => bytes)).equals(datagram));
});

t.test('the bytes of a record are those of RFC 6347 §4.1', async (t) => {
  t.equal(
    encodeRecord(22, 1, 0x0102, Buffer.of(0xaa, 0xbb)).toString('hex'),
    '16fefd00010000000001020002aabb',
  );
});

t.test('parsing stops at the first malformed record and keeps those before it', async (t) => {
  const good = encodeRecord(22, 0, 1, Buffer.from('good'));
  const version = Buffer.from(good);
  version[1] = 3;
  for (const bad of [good.subarray(0, -1), good.subarray(0, 12), version, Buffer.alloc(13)]) {
    t.equal(parseRecords(bad).length, 0);
    t.equal(parseRecords(Buffer.concat([good, bad])).length, 1);
  }
  t.same(parseRecords(Buffer.alloc(0)), []);
});

t.test('at most 32 records of a datagram are looked at', async (t) => {
  t.equal(parseRecords(Buffer.concat(Array.from({ length: 33 }, () => encodeRecord(20, 0, 0)))).length, 32);
});
