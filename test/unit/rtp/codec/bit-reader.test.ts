import fc from 'fast-check';
import t from 'tap';
import { BitReader } from '../../../../src/rtp/codec/bit-reader.ts';
import { BitWriter } from '../../../helpers/bit-writer.ts';

const SEED = 20261122;

t.test(`numbers of every kind come back as they were written (seed ${SEED})`, (t) => {
  const item = fc.oneof(
    fc.integer({ min: 0, max: 32 }).chain((count) =>
      fc.record({
        kind: fc.constant('bits' as const),
        size: fc.constant(count),
        value: fc.integer({ min: 0, max: 2 ** count - 1 }),
      }),
    ),
    fc.integer({ min: 1, max: 1000 }).chain((n) =>
      fc.record({
        kind: fc.constant('ns' as const),
        size: fc.constant(n),
        value: fc.integer({ min: 0, max: n - 1 }),
      }),
    ),
    fc.record({
      kind: fc.constant('ue' as const),
      size: fc.constant(0),
      value: fc.integer({ min: 0, max: 2 ** 31 - 2 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(item, { maxLength: 40 }), fc.nat(5), (items, offset) => {
      const writer = new BitWriter();
      for (const { kind, size, value } of items) {
        if (kind === 'bits') writer.bits(value, size);
        else if (kind === 'ns') writer.nonSymmetric(value, size);
        else writer.unsignedGolomb(value);
      }
      const bytes = writer.finish();
      const reader = new BitReader(Buffer.concat([Buffer.alloc(offset, 0xff), bytes]), offset, bytes.length);
      for (const { kind, size, value } of items) {
        const got =
          kind === 'bits'
            ? reader.bits(size)
            : kind === 'ns'
              ? reader.nonSymmetric(size)
              : reader.unsignedGolomb();
        if (got !== value) return false;
      }
      return !reader.overrun;
    }),
    { seed: SEED, numRuns: 500 },
  );
  t.end();
});

t.test('the table of ns(5) in the AV1 RTP specification', (t) => {
  for (const [value, bits, count] of [
    [0, 0b00, 2],
    [1, 0b01, 2],
    [2, 0b10, 2],
    [3, 0b110, 3],
    [4, 0b111, 3],
  ] as const) {
    t.equal(new BitReader(new BitWriter().bits(bits, count).finish()).nonSymmetric(5), value);
  }
  t.end();
});

t.test('signed Exp-Golomb', (t) => {
  const writer = new BitWriter();
  for (const code of [0, 1, 2, 3, 4]) writer.unsignedGolomb(code);
  const reader = new BitReader(writer.finish());
  t.same(
    Array.from({ length: 5 }, () => reader.signedGolomb() + 0),
    [0, 1, -1, 2, -2],
  );
  t.end();
});

t.test('reading past the end gives zeros and is told', (t) => {
  const reader = new BitReader(Buffer.from([0xff, 0xff]), 0, 1);
  t.equal(reader.bits(8), 0xff);
  t.equal(reader.overrun, false);
  t.equal(reader.bits(1), 0);
  t.equal(reader.overrun, true);
  t.equal(new BitReader(Buffer.alloc(40)).unsignedGolomb(), 0);
  const skipped = new BitReader(Buffer.alloc(1));
  skipped.skip(9);
  t.equal(skipped.overrun, true);
  t.end();
});
