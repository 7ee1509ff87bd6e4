import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { AeadGcmTransform } from '../../src/crypto/srtp-aead-gcm.ts';
import { RTP_INDEX_END } from '../../src/crypto/srtp-packet-index.ts';
import { randomBytes, seeded } from '../helpers/seeded.ts';

const seed = 7714;
const TAG = 16;

interface Step {
  readonly stream: number;
  /** From the highest packet index of the stream so far: 1 is the next, 0 the same again, below 0 a late one. */
  readonly advance: number;
  readonly payload: number;
  readonly csrcs: number;
  readonly extensionWords: number;
  /** The bit turned over in a copy that comes first; none above the packet's last. */
  readonly tamperedBit: number;
}

/** Where streams begin: at 0, and before the wraps of sequence number, of 32 bits, and before the key's end. */
const starts = [0, 65_500, 2 ** 32 - 40, RTP_INDEX_END - 400];

const step: fc.Arbitrary<Step> = fc.record({
  stream: fc.integer({ min: 0, max: starts.length - 1 }),
  advance: fc.oneof(
    { weight: 40, arbitrary: fc.constant(1) },
    { weight: 3, arbitrary: fc.integer({ min: -12, max: 0 }) },
    { weight: 3, arbitrary: fc.integer({ min: 2, max: 20 }) },
  ),
  payload: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1100, max: 1200 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 200 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 1700 }) },
  ),
  csrcs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 15 })),
  extensionWords: fc.integer({ min: 0, max: 8 }),
  tamperedBit: fc.integer({ min: 0, max: 40_000 }),
});

function makePacket(random: () => number, { stream, payload, csrcs, extensionWords }: Step, index: number) {
  const headerLength = 12 + csrcs * 4 + (extensionWords === 0 ? 0 : 4 + extensionWords * 4);
  const packet = randomBytes(random, headerLength + payload);
  packet[0] = 0x80 | (extensionWords === 0 ? 0 : 0x10) | csrcs;
  packet.writeUInt16BE(index % 65_536, 2);
  packet.writeUInt32BE(0xffff_fff0 + stream, 8);
  if (extensionWords !== 0) packet.writeUInt16BE(extensionWords, headerLength - extensionWords * 4 - 2);
  return { packet, headerLength };
}

/** RFC 7714 §8.1, told as it stands there, by node:crypto. */
function reference(key: Buffer, salt: Buffer, packet: Buffer, headerLength: number, index: number): Buffer {
  const iv = Buffer.alloc(12);
  packet.copy(iv, 2, 8, 12);
  iv.writeUIntBE(index, 6, 6);
  for (const [at, byte] of salt.entries()) iv[at] = iv[at]! ^ byte;
  const cipher = createCipheriv('aes-128-gcm', key, iv);
  cipher.setAAD(packet.subarray(0, headerLength));
  const ciphertext = Buffer.concat([cipher.update(packet.subarray(headerLength)), cipher.final()]);
  return Buffer.concat([packet.subarray(0, headerLength), ciphertext, cipher.getAuthTag()]);
}

t.test(
  'whatever comes in whatever order, packets are those of node:crypto, and forged ones are not',
  async (t) => {
    t.comment(`seed ${seed}`);
    let opened = 0;
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 100, maxLength: 400, size: 'max' }),
        fc.integer(),
        (steps, of) => {
          const random = seeded(of);
          const key = randomBytes(random, 16);
          const salt = randomBytes(random, 12);
          const sender = new AeadGcmTransform(key, salt);
          const receiver = new AeadGcmTransform(key, salt);
          const highest = [...starts];
          const target = Buffer.alloc(2048);
          for (const each of steps) {
            const index = Math.max(0, highest[each.stream]! + each.advance);
            if (index >= RTP_INDEX_END) continue;
            highest[each.stream] = Math.max(highest[each.stream]!, index);
            const { packet, headerLength } = makePacket(random, each, index);
            const expected = reference(key, salt, packet, headerLength, index);
            const length = sender.protectRtp(packet, headerLength, index, target);
            if (!target.subarray(0, length).equals(expected)) throw new Error(`protected ${index} differs`);
            if (each.tamperedBit < expected.length * 8) {
              const forged = Buffer.from(expected);
              const at = each.tamperedBit >> 3;
              forged[at] = forged[at]! ^ (1 << (each.tamperedBit & 7));
              const before = Buffer.from(forged);
              if (receiver.unprotectRtp(forged, headerLength, index) !== undefined)
                throw new Error(`bit ${each.tamperedBit} of ${index} is turned over`);
              if (!forged.equals(before)) throw new Error('a forged packet was written to');
            }
            const plain = receiver.unprotectRtp(expected, headerLength, index);
            if (plain?.equals(packet) !== true) throw new Error(`unprotected ${index} differs`);
            opened += 1;
          }
        },
      ),
      { seed, numRuns: 30 },
    );
    t.ok(opened > 3000, `${opened} packets`);
  },
);

t.test('every length from 0 to 1520 and every tag bit counts, with key stream made ahead', async (t) => {
  t.comment(`seed ${seed}`);
  const random = seeded(seed);
  const key = randomBytes(random, 16);
  const salt = randomBytes(random, 12);
  const sender = new AeadGcmTransform(key, salt);
  const receiver = new AeadGcmTransform(key, salt);
  const target = Buffer.alloc(2048);
  const wrong: string[] = [];
  for (let payload = 1520; payload >= 0; payload -= 1) {
    const index = 65_000 + 1520 - payload;
    const shape = { stream: 0, advance: 1, payload, csrcs: payload % 16, extensionWords: payload % 5 };
    const { packet, headerLength } = makePacket(random, { ...shape, tamperedBit: 0 }, index);
    const length = sender.protectRtp(packet, headerLength, index, target);
    const wire = Buffer.from(target.subarray(0, length));
    if (!wire.equals(reference(key, salt, packet, headerLength, index))) wrong.push(`protected ${payload}`);
    for (const bit of [0, 64, 127, payload % 128]) {
      const forged = Buffer.from(wire);
      const at = length - TAG + (bit >> 3);
      forged[at] = forged[at]! ^ (1 << (bit & 7));
      if (receiver.unprotectRtp(forged, headerLength, index)) wrong.push(`tag bit ${bit} of ${payload}`);
    }
    if (receiver.unprotectRtp(wire, headerLength, index)?.equals(packet) !== true)
      wrong.push(`unprotected ${payload}`);
  }
  t.same(wrong, []);
});
