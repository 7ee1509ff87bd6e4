import t from 'tap';
import { PacketRing } from '../../../../src/sfu/stream/packet-ring.ts';
import { randomBytes, seeded } from '../../../helpers/seeded.ts';

const START = 0x1_0000 + 65_530;

/** A packet whose bytes tell its number. */
function packetOf(number: number, length = 1000): Buffer {
  const packet = Buffer.alloc(length, number & 0xff);
  packet.writeUInt32BE(number, 0);
  return packet;
}

t.test('finds a packet by its extended and by its 16-bit number, across the wrap', async (t) => {
  const ring = new PacketRing();
  for (let number = START; number < START + 12; number += 1) ring.store(number, packetOf(number), 0);
  for (let number = START; number < START + 12; number += 1) {
    t.same(ring.get(number, 0), packetOf(number));
    t.same(ring.getBySequenceNumber(number & 0xffff, 0), packetOf(number));
  }
  t.equal(ring.get(START - 1, 0), undefined);
  t.equal(ring.get(START + 12, 0), undefined);
  t.equal(ring.getBySequenceNumber((START + 12) & 0xffff, 0), undefined);
});

t.test('an empty ring finds nothing', async (t) => {
  const ring = new PacketRing();
  t.equal(ring.get(0, 0), undefined);
  t.equal(ring.getBySequenceNumber(0, 0), undefined);
  t.equal(ring.allocatedBytes, 0);
});

t.test('keeps its own copy', async (t) => {
  const ring = new PacketRing();
  const packet = packetOf(1);
  ring.store(1, packet, 0);
  packet.fill(0xee);
  t.same(ring.get(1, 0), packetOf(1));
});

t.test('takes reordered packets in, but none twice and none older than the ring is long', async (t) => {
  const ring = new PacketRing({ packets: 16 });
  ring.store(100, packetOf(100), 0);
  t.equal(ring.store(90, packetOf(90), 0), true);
  t.equal(ring.store(85, packetOf(85), 0), true);
  t.equal(ring.store(84, packetOf(84), 0), false);
  t.equal(ring.store(90, packetOf(7), 0), false);
  t.same(ring.get(90, 0), packetOf(90));
  ring.store(101, packetOf(101), 0);
  t.equal(ring.get(85, 0), undefined, 'its place was taken');
});

t.test('packets past their age are not found, at the age they are', async (t) => {
  const ring = new PacketRing({ maxAgeUs: 1000 });
  ring.store(1, packetOf(1), 500);
  t.ok(ring.get(1, 1500));
  t.equal(ring.get(1, 1501), undefined);
});

t.test('holds more than a second of 8 Mbit/s in its usual size', async (t) => {
  const ring = new PacketRing();
  const packetsPerSecond = 900;
  const last = START + 10_000;
  const us = (number: number) => ((number - START) * 1e6) / packetsPerSecond;
  for (let number = START; number <= last; number += 1)
    ring.store(number, packetOf(number, 1100), us(number));
  for (let number = last; number > last - 2 * packetsPerSecond; number -= 1) {
    if (ring.get(number, us(last))?.readUInt32BE(0) !== number) t.fail(`${last - number} packets ago`);
  }
  t.ok(ring.allocatedBytes <= 4_194_304);
});

t.test('memory stays within its bound, and what it pushes out is gone, not garbled', async (t) => {
  const ring = new PacketRing({ bytes: 131_072 });
  for (let number = START; number < START + 1000; number += 1) ring.store(number, packetOf(number), 0);
  t.equal(ring.allocatedBytes, 131_072);
  let found = 0;
  for (let number = START; number < START + 1000; number += 1) {
    const packet = ring.get(number, 0);
    if (packet === undefined) continue;
    found += 1;
    if (!packet.equals(packetOf(number))) t.fail(`packet ${number} is garbled`);
  }
  t.ok(found >= 65 && found <= 130, `${found} packets fit`);
  t.ok(ring.get(START + 999, 0));
});

t.test('a slow stream uses its slabs again instead of taking new ones', async (t) => {
  const ring = new PacketRing({ maxAgeUs: 1_000_000 });
  for (let index = 0; index < 20_000; index += 1) ring.store(START + index, packetOf(index), index * 5000);
  t.ok(ring.allocatedBytes <= 6 * 65_536, `${ring.allocatedBytes} bytes for 200 kB of packets`);
});

t.test('what it finds is always what was stored, whatever the sizes, order, ages and restarts', async (t) => {
  const seed = 4242;
  t.comment(`seed ${seed}`);
  const random = seeded(seed);
  const ring = new PacketRing({ packets: 256, bytes: 262_144, maxAgeUs: 400_000 });
  const model = new Map<number, Buffer>();
  let number = START;
  let found = 0;
  for (let nowUs = 0; nowUs < 20_000_000; nowUs += 1000) {
    number += Math.floor(random() * 3);
    const at = number - Math.floor(random() * 20);
    const packet = randomBytes(random, Math.floor(random() * 1500));
    if (ring.store(at, packet, nowUs)) model.set(at, packet);
    const asked = number - Math.floor(random() * 300);
    const got = ring.get(asked, nowUs);
    if (got === undefined) continue;
    found += 1;
    if (!got.equals(model.get(asked)!)) t.fail(`packet ${asked} is garbled`);
  }
  t.ok(found > 5000, `${found} of 20000 look-ups found something`);
});

t.test('a cleared ring forgets all and may go on anywhere', async (t) => {
  const ring = new PacketRing();
  ring.store(50_000, packetOf(50_000), 0);
  ring.clear();
  t.equal(ring.get(50_000, 0), undefined);
  t.equal(ring.store(10, packetOf(10), 0), true);
  t.same(ring.get(10, 0), packetOf(10));
});

t.test('a packet as large as RTP can be fits, a larger is refused, an empty one is kept', async (t) => {
  const ring = new PacketRing();
  t.equal(ring.store(1, Buffer.alloc(65_535), 0), true);
  t.equal(ring.store(2, Buffer.alloc(65_536), 0), false);
  t.equal(ring.store(3, Buffer.alloc(0), 0), true);
  t.equal(ring.get(1, 0)?.length, 65_535);
  t.equal(ring.get(3, 0)?.length, 0);
});

t.test('a size that is no power of two is the caller’s mistake', async (t) => {
  for (const packets of [0, 1, 3, 1000, 65_536, 2.5]) t.throws(() => new PacketRing({ packets }), TypeError);
});
