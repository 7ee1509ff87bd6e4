import fc from 'fast-check';
import t from 'tap';
import { parseCompound, type RtcpPacket } from '../../../../src/rtp/rtcp/rtcp-packet.ts';
import { NOT_RECEIVED, readTransportCc, writeTransportCc } from '../../../../src/rtp/rtcp/transport-cc.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const one = (text: string): RtcpPacket => parseCompound(hex(text))![0]!;

t.test('a feedback of every kind of chunk is read', (t) => {
  // Run of 5 small; 1-bit vector 1 0 1 1 (10 unused); base 65530, reference -1.
  const feedback = readTransportCc(
    one('8fcd0007 00000001 00000002 fffa0009 ffffff05 2005 ac00 01020304 05 ff 00 0a'),
  )!;
  t.match(feedback, { baseSequenceNumber: 65530, referenceTime: -1, feedbackCount: 5, count: 9 });
  t.same([...(feedback.deltas as Int32Array)], [1, 2, 3, 4, 5, 255, NOT_RECEIVED, 0, 10]);
  const reserved = readTransportCc(one('8fcd0006 00000001 00000002 00010003 00000000 db00 ff8000 000000'));
  t.equal(reserved, undefined, 'symbol 3 is reserved');
  t.end();
});

t.test('large and negative deltas are sixteen bits', (t) => {
  // 2-bit vector: 2 2 0 1
  const feedback = readTransportCc(
    one('8fcd0006 00000001 00000002 00010004 000001 00 e840 8000 7fff 07 00'),
  )!;
  t.same([...(feedback.deltas as Int32Array)], [-32768, 32767, NOT_RECEIVED, 7]);
  t.end();
});

t.test('Chromium’s feedback, padded by one to three bytes under the padding bit, is read', (t) => {
  for (const [padding, count, bytes] of [
    [1, 1, 'afcd0005 00000001 00000002 00010001 00000105 2001 0a 01'],
    [2, 4, 'afcd0006 00000001 00000002 00010004 00000105 2004 0a0b0c0d 0002'],
    [3, 3, 'afcd0006 00000001 00000002 00010003 00000105 2003 0a0b0c 000003'],
  ] as const) {
    t.equal(readTransportCc(one(bytes))?.count, count, `${padding} bytes`);
  }
  t.end();
});

t.test('malformed feedback is refused', (t) => {
  for (const [name, bytes] of Object.entries({
    'no status at all': '8fcd0005 00000001 00000002 00010000 00000000 00000000',
    'more packets than allowed': '8fcd0005 00000001 00000002 0001ffff 00000000 1fff1fff',
    'chunks missing': '8fcd0005 00000001 00000002 00011000 00000000 20010000',
    'run of zero': '8fcd0005 00000001 00000002 00010001 00000000 20000000',
    'deltas missing': '8fcd0005 00000001 00000002 00010005 00000000 20050102',
    'too short': '8fcd0003 00000001 00000002 00010005',
  })) {
    t.equal(readTransportCc(one(bytes)), undefined, name);
  }
  t.end();
});

t.test('whatever pattern is written is read back the same', (t) => {
  const delta = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 255 }) },
    { weight: 3, arbitrary: fc.constant(NOT_RECEIVED) },
    { weight: 1, arbitrary: fc.integer({ min: -32768, max: 32767 }) },
  );
  const runs = fc.array(fc.tuple(delta, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 20 });
  const target = Buffer.alloc(8192, 0xee);
  fc.assert(
    fc.property(
      runs,
      fc.nat(0xffff),
      fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
      (parts, base, referenceTime) => {
        const deltas = parts.flatMap(([value, times]) => new Array<number>(times).fill(value));
        const end = writeTransportCc(target, 0, 1, 2, {
          baseSequenceNumber: base,
          referenceTime,
          feedbackCount: 255,
          count: deltas.length,
          deltas,
        });
        const read = readTransportCc(parseCompound(target.subarray(0, end))![0]!)!;
        return (
          end % 4 === 0 &&
          read.baseSequenceNumber === base &&
          read.referenceTime === referenceTime &&
          read.feedbackCount === 255 &&
          [...(read.deltas as Int32Array)].join() === deltas.join()
        );
      },
    ),
    { seed: 20261122, numRuns: 500 },
  );
  t.pass('500 patterns');
  t.end();
});
