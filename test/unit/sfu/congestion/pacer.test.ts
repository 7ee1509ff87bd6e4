import t from 'tap';
import { Pacer, type PacketSink } from '../../../../src/sfu/congestion/pacer.ts';
import { PacketPool } from '../../../../src/sfu/congestion/pacer-queue.ts';
import { PACKET_KIND, type PacketKind } from '../../../../src/sfu/congestion/packet-kind.ts';

const { audio, retransmission, video, fec, padding } = PACKET_KIND;

interface Left {
  readonly bytes: number;
  readonly kind: PacketKind;
  readonly number: number;
  readonly atUs: number;
  readonly cluster: number;
  readonly first: number;
}

/** A pacer whose time passes by `run`; padding packets are 250 bytes, or there is none. */
class World implements PacketSink {
  readonly pacer: Pacer;
  readonly left: Left[] = [];
  readonly pool = new PacketPool(4);
  nowUs = 5_000_000;
  pads = true;
  lastPacket: Buffer | undefined;
  #number = 0;

  constructor(pacing?: number, paddingRate = 0) {
    this.pacer = new Pacer(this, this.pool);
    this.pacer.setRates(pacing, paddingRate, this.nowUs);
  }

  sendPaced(
    packet: Buffer,
    _offset: number,
    kind: PacketKind,
    _ssrc: number,
    number: number,
    nowUs: number,
    cluster: number,
  ): void {
    this.lastPacket = packet;
    this.left.push({ bytes: packet.length, kind, number, atUs: nowUs, cluster, first: packet[0]! });
  }

  makePadding(bytes: number, nowUs: number): number {
    if (!this.pads) return 0;
    let made = 0;
    for (; made < bytes; made += 250) this.pacer.enqueue(Buffer.alloc(250), 0, padding, 0, 0, nowUs);
    return made;
  }

  send(kind: PacketKind, bytes = 1000): number {
    this.#number += 1;
    this.pacer.enqueue(Buffer.alloc(bytes, this.#number), 12, kind, 7, this.#number, this.nowUs);
    return this.#number;
  }

  run(us: number, lateUs = 0): void {
    const untilUs = this.nowUs + us;
    for (let due = this.pacer.nextTimeoutUs + lateUs; due <= untilUs; ) {
      this.nowUs = Math.max(this.nowUs, due);
      this.pacer.process(this.nowUs);
      due = this.pacer.nextTimeoutUs + lateUs;
    }
    this.nowUs = untilUs;
  }

  get kinds(): PacketKind[] {
    return this.left.map(({ kind }) => kind);
  }
}

t.test(
  'without a rate every packet leaves at once, itself and not a copy, in the order it came',
  async (t) => {
    const world = new World();
    for (const kind of [video, audio, padding, retransmission, fec]) world.send(kind);
    t.same(world.kinds, [video, audio, padding, retransmission, fec]);
    const packet = Buffer.alloc(10);
    world.pacer.enqueue(packet, 0, video, 7, 1, world.nowUs);
    t.equal(world.lastPacket, packet);
    t.equal(world.pacer.nextTimeoutUs, Number.POSITIVE_INFINITY);
    t.equal(world.pacer.queuedBytes, 0);
  },
);

t.test('what fits into a burst leaves at once, uncopied; the rest follows at the rate', async (t) => {
  const world = new World(2_000_000);
  const packet = Buffer.alloc(1000);
  world.pacer.enqueue(packet, 0, video, 7, 1, world.nowUs);
  t.equal(world.lastPacket, packet);
  for (let index = 0; index < 19; index += 1) world.send(video);
  t.equal(world.left.length, 2, 'a burst of 8 ms is 2000 bytes');
  t.equal(world.pacer.queuedBytes, 18_000);
  world.run(40_000);
  const bits = world.left.reduce((sum, { bytes }) => sum + bytes * 8, 0);
  t.ok(bits >= 2e6 * 0.04 && bits <= 2e6 * 0.05 + 8000, `${bits} bits in 40 ms`);
  world.run(60_000);
  t.equal(world.left.length, 20);
  t.same(
    world.left.slice(1).map(({ number }) => number),
    Array.from({ length: 19 }, (_, index) => index + 1),
  );
  t.same(
    world.left.slice(2).map(({ first }) => first),
    Array.from({ length: 18 }, (_, index) => index + 2),
    'each with its own bytes',
  );
  t.equal(world.pacer.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('audio never waits; then retransmissions, video, its protection, and padding last', async (t) => {
  const world = new World(1_000_000);
  world.send(video, 1200);
  const inOrder = [padding, fec, video, retransmission, audio];
  for (const kind of inOrder) world.send(kind, 900);
  t.same(world.kinds, [video, audio]);
  world.run(100_000);
  t.same(world.kinds, [video, audio, retransmission, video, fec, padding]);
});

t.test('a timer that comes late costs no rate', async (t) => {
  const world = new World(4_000_000);
  for (let index = 0; index < 100; index += 1) world.send(video);
  world.run(190_000, 3_000);
  const bits = world.left.reduce((sum, { bytes }) => sum + bytes * 8, 0);
  t.ok(bits >= 4e6 * 0.19 * 0.97, `${bits} bits of ${4e6 * 0.19}`);
});

t.test('nothing waits longer than 400 ms, whatever the rate', async (t) => {
  const world = new World(100_000);
  const sentUs: number[] = [];
  for (let frame = 0; frame < 60; frame += 1) {
    for (let index = 0; index < 4; index += 1) sentUs[world.send(video)] = world.nowUs;
    world.run(33_333);
  }
  world.run(1_000_000);
  t.equal(world.left.length, 240, 'and nothing is thrown away');
  const waits = world.left.map(({ number, atUs }) => atUs - sentUs[number]!);
  t.ok(Math.max(...waits) <= 420_000, `${Math.max(...waits)} µs`);
  t.ok(Math.max(...waits) > 100_000, 'it did wait');
});

t.test('the queue is bounded: one more pushes the first one out', async (t) => {
  const world = new World(100_000);
  for (let index = 0; index < 3000; index += 1) world.send(video, 100);
  t.equal(world.pacer.queuedPackets, 1024);
  t.equal(world.left.length, 3000 - 1024);
  world.pacer.clear();
  t.equal(world.pacer.queuedPackets, 0);
  t.equal(world.pool.freeCount, 4, 'only some buffers are kept');
  world.pacer.enqueue(Buffer.alloc(3000), 0, video, 7, 1, world.nowUs);
});

t.test('when the rate falls away what waits leaves', async (t) => {
  const world = new World(100_000);
  for (let index = 0; index < 10; index += 1) world.send(video);
  world.pacer.setRates(undefined, 0, world.nowUs);
  t.equal(world.pacer.nextTimeoutUs, world.nowUs);
  world.run(0);
  t.equal(world.left.length, 10);
  t.equal(world.pacer.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('a probe goes out at its rate, media first and padding where there is none', async (t) => {
  const world = new World(1_000_000);
  world.send(video);
  world.pacer.probe({ clusterId: 3, bitsPerSecond: 6_000_000, minBytes: 11_250, minPackets: 5 }, world.nowUs);
  const number = world.send(video);
  world.run(30_000);
  const probe = world.left.filter(({ cluster }) => cluster === 3);
  t.equal(probe[0]!.number, number, 'the media that waited');
  t.ok(probe.slice(1).every(({ kind }) => kind === padding));
  const bytes = probe.reduce((sum, packet) => sum + packet.bytes, 0);
  t.ok(bytes >= 11_250 && bytes < 11_250 + 1500, `${bytes} bytes`);
  const spanUs = probe.at(-1)!.atUs - probe[0]!.atUs;
  const rate = ((bytes - probe.at(-1)!.bytes) * 8e6) / spanUs;
  t.ok(rate > 5e6 && rate < 7.5e6, `${rate} bit/s`);
  t.equal(world.pacer.probesDone, 1);
  t.equal(world.pacer.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('a probe without padding waits for media, and asks for no timer meanwhile', async (t) => {
  const world = new World(1_000_000);
  world.pads = false;
  world.pacer.probe({ clusterId: 0, bitsPerSecond: 3_000_000, minBytes: 4000, minPackets: 4 }, world.nowUs);
  world.run(50_000);
  t.equal(world.pacer.nextTimeoutUs, Number.POSITIVE_INFINITY);
  for (let index = 0; index < 8; index += 1) world.send(video);
  world.run(100_000);
  t.same(
    world.left.map(({ cluster }) => cluster),
    [0, 0, 0, 0, -1, -1, -1, -1],
  );
});

t.test('a probe whose timer is too late is given up, and so is one without a rate', async (t) => {
  const world = new World(1_000_000);
  world.pacer.probe({ clusterId: 1, bitsPerSecond: 2_000_000, minBytes: 50_000, minPackets: 5 }, world.nowUs);
  world.pacer.process(world.nowUs);
  const before = world.left.length;
  t.ok(before > 0);
  world.nowUs += 200_000;
  world.pacer.process(world.nowUs);
  t.equal(world.left.length, before);
  world.pacer.probe({ clusterId: 2, bitsPerSecond: 0, minBytes: 1, minPackets: 1 }, world.nowUs);
  world.run(100_000);
  t.equal(world.left.length, before);
  t.equal(world.pacer.probesDone, 0);
});

t.test('padding fills up to its rate while nothing else is sent', async (t) => {
  const world = new World(2_000_000, 400_000);
  world.run(1_000_000);
  const bytes = world.left.reduce((sum, packet) => sum + packet.bytes, 0);
  t.ok(Math.abs(bytes * 8 - 400_000) < 20_000, `${bytes * 8} bit/s`);
  world.left.length = 0;
  world.pacer.setRates(2_000_000, 0, world.nowUs);
  world.run(1_000_000);
  t.same(world.left, []);
});
