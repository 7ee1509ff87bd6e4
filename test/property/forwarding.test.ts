/**
 * Three simulcast encodings with temporal layers reach a forwarder over a road that loses, reorders and repairs, while
 * the wanted layers change at random. Whatever happens, the subscriber sees one stream.
 */
import fc from 'fast-check';
import t from 'tap';
import { diff16, diff32, diffBits } from '../../src/base/serial-number.ts';
import type { RtpPacket } from '../../src/rtp/rtp-packet.ts';
import { seeded } from '../helpers/seeded.ts';
import { type Received, TestSubscription } from '../helpers/test-subscription.ts';
import { Vp8Publisher } from '../helpers/vp8-publisher.ts';

const SEED = 20261122;
const ENCODINGS = 3;
const FIRST_SEQUENCE_NUMBER = 65_400;

interface Road {
  /** 0..1 each: a packet is lost for good, comes some frames late, or comes a few packets late. */
  readonly lost: number;
  readonly repaired: number;
  readonly reordered: number;
}

interface Step {
  /** Below zero: paused. 3: no change. */
  readonly spatial: number;
  readonly temporal: number;
  readonly keyFrameFrom: number;
}

interface Travelling {
  readonly encoding: number;
  readonly packet: RtpPacket;
  readonly dueStep: number;
}

interface Run {
  readonly received: Received[];
  /** Packets that did not come in order. */
  readonly astray: number;
}

function run(steps: readonly Step[], road: Road, seed: number, mapped: boolean): Run {
  const random = seeded(seed);
  const subscription = new TestSubscription('vp8', {
    encodings: ENCODINGS,
    sequenceNumber: FIRST_SEQUENCE_NUMBER,
    timestampOffset: Math.floor(random() * 2 ** 32),
    pictureId: 32_700,
    tl0PicIdx: 200,
  });
  const publishers = Array.from({ length: ENCODINGS }, (_, encoding) => {
    const timestamp = Math.floor(random() * 2 ** 32);
    if (mapped) subscription.forwarder.setClockMapping(encoding, timestamp);
    return new Vp8Publisher({
      sequenceNumber: 65_536 - Math.floor(random() * 200) - 1,
      timestamp,
      pictureId: 32_768 - Math.floor(random() * 100) - 1,
      tl0PicIdx: Math.floor(random() * 256),
      temporalLayers: true,
    });
  });
  subscription.forwarder.setTarget(0, 2);
  let waiting: Travelling[] = [];
  let astray = 0;
  for (const [step, { spatial, temporal, keyFrameFrom }] of steps.entries()) {
    if (spatial < ENCODINGS) subscription.forwarder.setTarget(spatial, temporal);
    const arriving = waiting.filter(({ dueStep }) => dueStep <= step);
    waiting = waiting.filter(({ dueStep }) => dueStep > step);
    for (const [encoding, publisher] of publishers.entries()) {
      const asked = subscription.forwarder.keyFrameNeededFrom() === encoding && random() < 0.3;
      const packets = publisher.frame(1 + Math.floor(random() * 4), asked || keyFrameFrom === encoding);
      if (random() < 0.1) packets.push(publisher.padding());
      for (const packet of packets) {
        const fate = random();
        if (fate < road.lost) astray += 1;
        else if (fate < road.lost + road.repaired) {
          astray += 1;
          waiting.push({ encoding, packet, dueStep: step + 1 + Math.floor(random() * 6) });
        } else arriving.push({ encoding, packet, dueStep: step });
      }
    }
    for (let at = arriving.length - 1; at > 0; at -= 1) {
      if (random() >= road.reordered) continue;
      const other = Math.max(0, at - 1 - Math.floor(random() * 4));
      [arriving[at], arriving[other]] = [arriving[other]!, arriving[at]!];
      astray += 2 * (at - other);
    }
    subscription.nowUs += 33_333;
    for (const { encoding, packet } of arriving) subscription.offer(packet, encoding);
  }
  return { received: subscription.received, astray };
}

const steps = fc.array(
  fc.record({
    spatial: fc.oneof(
      { arbitrary: fc.constant(3), weight: 12 },
      { arbitrary: fc.integer({ min: -1, max: 2 }), weight: 1 },
    ),
    temporal: fc.integer({ min: 0, max: 2 }),
    keyFrameFrom: fc.integer({ min: 0, max: 30 }),
  }),
  { minLength: 60, maxLength: 200 },
);
const anyRoad = fc.record({
  lost: fc.double({ min: 0, max: 0.1, noNaN: true }),
  repaired: fc.double({ min: 0, max: 0.2, noNaN: true }),
  reordered: fc.double({ min: 0, max: 0.3, noNaN: true }),
});
const anySeed = fc.integer({ min: 0, max: 2 ** 31 });

/** In the order of their new numbers. */
function inOrder(received: readonly Received[]): Received[] {
  return received.toSorted((a, b) => diff16(a.sequenceNumber, b.sequenceNumber));
}

/** Throws a sentence where `holds` is false. */
function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

function checkOneStream({ received }: Run): void {
  const numbers = new Set(received.map(({ sequenceNumber }) => sequenceNumber));
  must(numbers.size === received.length, 'a sequence number was given twice');
  must(
    new Set(received.map(({ source }) => source)).size === received.length,
    'a packet was forwarded twice',
  );
  const ordered = inOrder(received);
  for (const [index, packet] of ordered.entries()) {
    const { source, encoding } = packet;
    const before = ordered[index - 1];
    if (before === undefined || before.encoding !== encoding) {
      must((source.payload[0]! & 0x10) !== 0, 'an encoding begins within a frame');
    }
    if (before === undefined) continue;
    const sameFrame = before.source.timestamp === source.timestamp && before.encoding === encoding;
    const forward = diff32(packet.timestamp, before.timestamp);
    must(sameFrame ? forward === 0 : forward > 0, `timestamps go by ${forward} at ${packet.sequenceNumber}`);
    const pictures = diffBits(packet.pictureId, before.pictureId, 15);
    must(
      sameFrame ? pictures === 0 : pictures > 0,
      `picture ids go by ${pictures} at ${packet.sequenceNumber}`,
    );
    must(
      diffBits(packet.tl0PicIdx, before.tl0PicIdx, 8) >= 0,
      `TL0PICIDX goes back at ${packet.sequenceNumber}`,
    );
  }
}

function holes(received: readonly Received[]): number {
  const ordered = inOrder(received);
  if (ordered.length === 0) return 0;
  return diff16(ordered.at(-1)!.sequenceNumber, FIRST_SEQUENCE_NUMBER) + 1 - ordered.length;
}

t.test(`numbers are unique and go forward, whatever is lost, late or switched (seed ${SEED})`, (t) => {
  let forwarded = 0;
  let switches = 0;
  fc.assert(
    fc.property(steps, anyRoad, anySeed, fc.boolean(), (steps, road, seed, mapped) => {
      const result = run(steps, road, seed, mapped);
      forwarded += result.received.length;
      for (const [index, { encoding }] of result.received.entries()) {
        if (index > 0 && result.received[index - 1]!.encoding !== encoding) switches += 1;
      }
      checkOneStream(result);
      const missing = holes(result.received);
      must(missing >= 0 && missing <= result.astray, `${missing} holes for ${result.astray} packets astray`);
    }),
    { seed: SEED, numRuns: 400 },
  );
  t.ok(
    forwarded > 10_000 && switches > 200,
    `${forwarded} packets forwarded, ${switches} times from another encoding`,
  );
  t.end();
});

t.test(`without loss and reordering there is no hole, in packets or in pictures (seed ${SEED})`, (t) => {
  const good: Road = { lost: 0, repaired: 0, reordered: 0 };
  let forwarded = 0;
  fc.assert(
    fc.property(steps, anySeed, fc.boolean(), (steps, seed, mapped) => {
      const result = run(steps, good, seed, mapped);
      forwarded += result.received.length;
      checkOneStream(result);
      must(holes(result.received) === 0, 'a hole');
      let pictureId = 32_699;
      for (const received of result.received) {
        const by = diffBits(received.pictureId, pictureId, 15);
        must(by === 0 || by === 1, `picture ids go by ${by}`);
        pictureId = received.pictureId;
      }
    }),
    { seed: SEED, numRuns: 400 },
  );
  t.ok(forwarded > 10_000, `${forwarded} packets forwarded`);
  t.end();
});
