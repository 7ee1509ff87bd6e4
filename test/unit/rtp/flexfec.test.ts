import t from 'tap';
import { FecAccumulator, MAX_FEC_SPAN, readFecHeader, recoverPacket } from '../../../src/rtp/flexfec.ts';
import { seeded } from '../../helpers/seeded.ts';

const SEED = 20_261_123;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** A packet of SSRC 0xaabbccdd with random fields and payload. */
function packetOf(sequenceNumber: number, random: () => number): Buffer {
  const packet = Buffer.from(
    Uint8Array.from({ length: 12 + Math.floor(random() * 60) }, () => random() * 256),
  );
  packet[0] = 0x80;
  packet.writeUInt16BE(sequenceNumber, 2);
  packet.writeUInt32BE(0xaabb_ccdd, 8);
  return packet;
}

t.test('two packets, worked out by hand', async (t) => {
  const first = hex('80 60 ffff 00000bb8 aabbccdd 0102030405');
  const second = hex('90 e0 0001 00001770 aabbccdd bede0000 ff');
  const fec = new FecAccumulator(100);
  fec.start(0xffff);
  t.ok(fec.add(first, 0xffff));
  t.ok(fec.add(second, 1));
  const target = Buffer.alloc(100);
  const end = fec.write(target, 2, 0xaabb_ccdd);
  t.equal(
    target.toString('hex', 2, end),
    hex(`
      10 80 0000 00001cc8
      01 000000 aabbccdd
      ffff d000
      bfdc0304fa
    `).toString('hex'),
    'X, M, lengths 5 and 5, times, one SSRC, k with bits 0 and 2, and the rest',
  );
  t.same(readFecHeader(target.subarray(2, end)), {
    protectedSsrc: 0xaabb_ccdd,
    baseSequenceNumber: 0xffff,
    offsets: [0, 2],
    length: 20,
  });
});

t.test('the mask grows by a word when packets lie further apart', async (t) => {
  const random = seeded(SEED);
  for (const [offset, length] of [
    [0, 20],
    [14, 20],
    [15, 24],
    [45, 24],
  ] as const) {
    const fec = new FecAccumulator(100);
    fec.start(65_520);
    fec.add(packetOf(65_520, random), 65_520);
    const number = (65_520 + offset) & 0xffff;
    if (offset > 0) t.ok(fec.add(packetOf(number, random), number));
    const target = Buffer.alloc(200);
    const header = readFecHeader(target.subarray(0, fec.write(target, 0, 1)))!;
    t.equal(header.length, length);
    t.same(header.offsets, offset === 0 ? [0] : [0, offset]);
  }
});

t.test('what is out of span, too long or no packet is not added', async (t) => {
  const random = seeded(SEED);
  const fec = new FecAccumulator(100);
  fec.start(10);
  t.notOk(fec.add(packetOf(10 + MAX_FEC_SPAN, random), 10 + MAX_FEC_SPAN));
  t.notOk(fec.add(packetOf(9, random), 9));
  t.notOk(fec.add(Buffer.alloc(101), 10));
  t.notOk(fec.add(Buffer.alloc(11), 10));
  t.equal(fec.packets, 0);
});

t.test(`any one packet comes back out of the others, to the byte (seed ${SEED})`, async (t) => {
  const random = seeded(SEED);
  const fec = new FecAccumulator(200);
  const target = Buffer.alloc(300);
  for (let round = 0; round < 300; round += 1) {
    const base = Math.floor(random() * 0x1_0000);
    const offsets = new Set([0]);
    const count = 1 + Math.floor(random() * 8);
    while (offsets.size < count) offsets.add(Math.floor(random() * MAX_FEC_SPAN));
    const packets = [...offsets]
      .sort((a, b) => a - b)
      .map((offset) => packetOf((base + offset) & 0xffff, random));
    fec.start(base);
    for (const packet of packets) t.ok(fec.add(packet, packet.readUInt16BE(2)));
    const payload = Buffer.from(target.subarray(0, fec.write(target, 0, 0xaabb_ccdd)));
    const header = readFecHeader(payload)!;
    const missing = Math.floor(random() * packets.length);
    const others = packets.filter((_, index) => index !== missing);
    const number = (base + header.offsets[missing]!) & 0xffff;
    t.same(recoverPacket(payload, header, others, number), packets[missing]);
  }
});

t.test('broken payloads give nothing, whatever the bytes', async (t) => {
  const good = hex('10800000 00001cc8 01000000 aabbccdd ffffd000 bfdc');
  t.ok(readFecHeader(good));
  for (const [at, byte] of [
    [0, 0x80],
    [0, 0x40],
    [8, 0],
    [8, 2],
  ] as const) {
    const broken = Buffer.from(good);
    broken[at] = byte;
    t.equal(readFecHeader(broken), undefined, `byte ${at} is ${byte}`);
  }
  t.equal(readFecHeader(good.subarray(0, 19)), undefined, 'cut short');
  t.equal(readFecHeader(hex('10800000 00001cc8 01000000 aabbccdd ffff8000')), undefined, 'protects nothing');
  t.equal(
    readFecHeader(hex('10800000 00001cc8 01000000 aabbccdd ffff5000')),
    undefined,
    'second part cut off',
  );
  t.equal(
    readFecHeader(hex('10800000 00001cc8 01000000 aabbccdd ffff5000 00000001')),
    undefined,
    'a third part of the mask, which is never written here',
  );
  const lying = Buffer.from(good);
  lying.writeUInt16BE(5000, 2);
  t.equal(recoverPacket(lying, readFecHeader(lying)!, [], 1), undefined, 'longer than what is there');
  const random = seeded(SEED);
  for (let round = 0; round < 2000; round += 1) {
    readFecHeader(Buffer.from(Uint8Array.from({ length: Math.floor(random() * 40) }, () => random() * 256)));
  }
});
