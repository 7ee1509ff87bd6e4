import t from 'tap';
import { add16 } from '../../../../src/base/serial-number.ts';
import type { RtpPacket } from '../../../../src/rtp/rtp-packet.ts';
import { hex, mediaPacket } from '../../../helpers/codec-packets.ts';
import { type Received, TestSubscription } from '../../../helpers/test-subscription.ts';
import { Vp8Publisher } from '../../../helpers/vp8-publisher.ts';

const FRAME_US = 33_333;

/** Packets that arrive `FRAME_US` after the last ones. */
function send(
  subscription: TestSubscription,
  packets: readonly RtpPacket[],
  encoding = 0,
): (Received | undefined)[] {
  subscription.nowUs += FRAME_US;
  return packets.map((packet) => subscription.offer(packet, encoding));
}

function isUnbroken(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number === add16(numbers[index - 1]!, 1));
}

t.test('nothing passes before a key frame of the wanted encoding', (t) => {
  const subscription = new TestSubscription('vp8', {
    sequenceNumber: 65535,
    pictureId: 32767,
    tl0PicIdx: 255,
  });
  const publisher = new Vp8Publisher({ sequenceNumber: 40_000, pictureId: 5, tl0PicIdx: 9, timestamp: 77 });
  t.equal(subscription.forwarder.keyFrameNeededFrom(), -1, 'nothing is wanted');
  send(subscription, publisher.frame(2, true));
  subscription.forwarder.setTarget(0, 7);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), 0);
  send(subscription, publisher.frame(2));
  t.equal(subscription.received.length, 0);
  t.equal(subscription.forwarder.currentSpatialLayer, -1);
  send(subscription, publisher.frame(2, true));
  send(subscription, publisher.frame(1));
  t.equal(subscription.forwarder.keyFrameNeededFrom(), -1);
  t.equal(subscription.forwarder.currentSpatialLayer, 0);
  t.same(subscription.sequenceNumbers, [65535, 0, 1], 'from the number told, over the wrap');
  t.same(
    subscription.received.map(({ pictureId }) => pictureId),
    [32767, 32767, 0],
  );
  t.same(
    subscription.received.map(({ tl0PicIdx }) => tl0PicIdx),
    [255, 255, 0],
  );
  t.same(
    subscription.received.map(({ layerChanged }) => layerChanged),
    [false, true, false],
  );
  t.end();
});

t.test('simulcast switches at the key frame of the other encoding, without a break', (t) => {
  const subscription = new TestSubscription('vp8', { encodings: 2 });
  const low = new Vp8Publisher({
    sequenceNumber: 65530,
    timestamp: 4_294_960_000,
    pictureId: 32766,
    tl0PicIdx: 250,
  });
  const high = new Vp8Publisher({ sequenceNumber: 100, timestamp: 1_000_000, pictureId: 7, tl0PicIdx: 3 });
  subscription.forwarder.setClockMapping(0, 4_294_960_000);
  subscription.forwarder.setClockMapping(1, 1_000_000);
  subscription.forwarder.setTarget(0, 7);
  const both = (keyLow: boolean, keyHigh: boolean): void => {
    send(subscription, low.frame(2, keyLow), 0);
    subscription.nowUs -= FRAME_US;
    send(subscription, high.frame(3, keyHigh), 1);
  };
  both(true, true);
  both(false, false);
  subscription.forwarder.setTarget(1, 7);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), 1);
  both(false, false);
  t.same(
    new Set(subscription.received.map(({ encoding }) => encoding)),
    new Set([0]),
    'low goes on meanwhile',
  );
  both(false, true);
  both(false, false);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), -1);
  subscription.forwarder.setTarget(0, 7);
  both(false, false);
  both(true, false);
  both(false, false);
  t.same(
    subscription.received.map(({ encoding }) => encoding).join(''),
    '0000' + '00' + '00111' + '111' + '111' + '00' + '00',
  );
  t.ok(isUnbroken(subscription.sequenceNumbers));
  const frames = subscription.received.filter(({ marker }) => marker);
  t.same(
    frames.map(({ pictureId }) => pictureId),
    [500, 501, 502, 503, 504, 505, 506, 507, 508],
  );
  t.same(
    frames.map(({ tl0PicIdx }) => tl0PicIdx),
    [50, 51, 52, 53, 54, 55, 56, 57, 58],
  );
  // The key frames of a switch are of the instant that was shown already: one millisecond on, then the clock again.
  const first = frames[0]!.timestamp;
  t.same(
    frames.map(({ timestamp }) => (timestamp - first) >>> 0),
    [0, 3000, 6000, 9000, 9090, 12090, 15090, 18000, 21000],
  );
  t.same(
    frames.map(({ layerChanged }) => layerChanged),
    [true, false, false, false, true, false, false, true, false],
  );
  t.end();
});

t.test('a key frame whose first packet comes late is begun with, the rest is offered again', (t) => {
  const subscription = new TestSubscription('vp8', { encodings: 2 });
  const low = new Vp8Publisher();
  const high = new Vp8Publisher({ sequenceNumber: 65534 });
  subscription.forwarder.setTarget(0, 7);
  send(subscription, low.frame(1, true), 0);
  subscription.forwarder.setTarget(1, 7);
  const [first, second, third, fourth] = high.frame(4, true);
  const next = high.frame(2);
  send(subscription, [third!, second!, next[0]!], 1);
  send(subscription, low.frame(1), 0);
  t.equal(subscription.received.length, 2);
  send(subscription, [first!], 1);
  t.equal(subscription.received.length, 2 + 4);
  send(subscription, [fourth!, next[1]!], 1);
  const order = subscription.received.slice(2).map(({ source }) => source.sequenceNumber);
  t.same(order, [65534, 65535, 0, 2, 1, 3]);
  t.same(subscription.sequenceNumbers.slice(2), [1002, 1003, 1004, 1006, 1005, 1007]);
  t.end();
});

t.test('a key frame start that comes very late is not begun with', (t) => {
  const subscription = new TestSubscription('vp8');
  const publisher = new Vp8Publisher();
  subscription.forwarder.setTarget(0, 7);
  const [start] = publisher.frame(1, true);
  for (let frame = 0; frame < 300; frame += 1) send(subscription, publisher.frame());
  t.same(send(subscription, [start!]), [undefined]);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), 0);
  t.end();
});

t.test('losses keep their holes, and late packets fill them, on the wrap too', (t) => {
  const subscription = new TestSubscription('vp8', { sequenceNumber: 65530 });
  const publisher = new Vp8Publisher({ sequenceNumber: 65532 });
  subscription.forwarder.setTarget(0, 7);
  send(subscription, publisher.frame(1, true));
  const lost = publisher.frame(3);
  const torn = publisher.frame(3);
  send(subscription, [torn[0]!, torn[2]!]);
  t.same(subscription.sequenceNumbers, [65530, 65534, 0]);
  t.equal(send(subscription, [torn[1]!])[0]!.sequenceNumber, 65535);
  t.match(send(subscription, [lost[2]!, lost[0]!]), [
    { sequenceNumber: 65533, pictureId: 501 },
    { sequenceNumber: 65531, pictureId: 501 },
  ]);
  t.match(send(subscription, publisher.frame(1)), [{ sequenceNumber: 1, pictureId: 503 }]);
  t.end();
});

t.test('temporal layers: down at once, back at sync points, picture ids without holes', (t) => {
  const subscription = new TestSubscription('vp8', { pictureId: 32760, tl0PicIdx: 0 });
  const publisher = new Vp8Publisher({ temporalLayers: true, pictureId: 100 });
  /** The temporal layers of what passed. */
  const run = (frames: number): string => {
    const before = subscription.received.length;
    for (let frame = 0; frame < frames; frame += 1) send(subscription, publisher.frame(2));
    const ends = subscription.received.slice(before).filter(({ marker }) => marker);
    return ends.map(({ payload }) => payload[5]! >> 6).join('');
  };
  subscription.forwarder.setTarget(0, 7);
  send(subscription, publisher.frame(2, true));
  t.equal(run(7), '2120212', 'everything at first');
  subscription.forwarder.setTarget(0, 1);
  t.equal(run(8), '0101');
  subscription.forwarder.setTarget(0, 0);
  t.equal(run(8), '00');
  subscription.forwarder.setTarget(0, 2);
  t.equal(run(8), '0101', 'layer 1 at its sync point');
  t.equal(run(8), '02120212', 'layer 2 at the next one of its own');
  t.ok(isUnbroken(subscription.sequenceNumbers));
  const ids = subscription.received.filter(({ marker }) => marker).map(({ pictureId }) => pictureId);
  t.same(
    ids,
    ids.map((_, index) => (32760 + index) % 32768),
  );
  t.end();
});

t.test('late packets of layers that did not pass are dropped, of layers that did get their number', (t) => {
  const subscription = new TestSubscription('vp8');
  const publisher = new Vp8Publisher({ temporalLayers: true });
  subscription.forwarder.setTarget(0, 0);
  send(subscription, publisher.frame(1, true));
  const upper = publisher.frame(2);
  send(subscription, [upper[1]!]);
  send(subscription, publisher.frame(1));
  const upperAgain = publisher.frame(1);
  const base = publisher.frame(3);
  send(subscription, [base[0]!, base[2]!]);
  t.same(send(subscription, [upper[0]!]), [undefined]);
  t.same(send(subscription, upperAgain), [undefined]);
  const late = send(subscription, [base[1]!])[0]!;
  t.equal(late.sequenceNumber, add16(subscription.received[1]!.sequenceNumber, 1));
  t.equal(late.pictureId, subscription.received[1]!.pictureId);
  t.end();
});

t.test('a hole inside a frame that is left out is left out with it', (t) => {
  const subscription = new TestSubscription('vp8');
  const publisher = new Vp8Publisher({ temporalLayers: true });
  subscription.forwarder.setTarget(0, 0);
  send(subscription, publisher.frame(1, true));
  const upper = publisher.frame(5);
  send(subscription, [upper[0]!, upper[4]!]);
  for (let frame = 0; frame < 3; frame += 1) send(subscription, publisher.frame(1));
  t.same(subscription.sequenceNumbers, [1000, 1001]);
  t.end();
});

t.test('padding-only and unreadable packets leave no hole', (t) => {
  const subscription = new TestSubscription('vp8');
  const publisher = new Vp8Publisher();
  subscription.forwarder.setTarget(0, 7);
  send(subscription, publisher.frame(1, true));
  t.same(send(subscription, [publisher.padding(), publisher.padding()]), [undefined, undefined]);
  send(subscription, publisher.frame(1));
  subscription.forwarder.leaveOut(0, publisher.sequenceNumber, subscription.nowUs);
  publisher.sequenceNumber += 1;
  send(subscription, publisher.frame(1));
  t.same(subscription.sequenceNumbers, [1000, 1001, 1002]);
  t.end();
});

t.test('after a pause the next key frame goes on where it stopped', (t) => {
  const subscription = new TestSubscription('vp8');
  const publisher = new Vp8Publisher();
  subscription.forwarder.setTarget(0, 7);
  send(subscription, publisher.frame(1, true));
  const late = publisher.frame(1);
  send(subscription, publisher.frame(1));
  subscription.forwarder.setTarget(-1, -1);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), -1);
  t.equal(subscription.forwarder.currentSpatialLayer, -1);
  for (let frame = 0; frame < 100; frame += 1) send(subscription, publisher.frame(3, frame === 50));
  t.equal(send(subscription, late)[0]!.sequenceNumber, 1001, 'what was on its way still passes');
  subscription.forwarder.setTarget(0, 7);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), 0);
  send(subscription, publisher.frame(1));
  const again = send(subscription, publisher.frame(1, true))[0]!;
  t.match(again, { sequenceNumber: 1003, pictureId: 503, tl0PicIdx: 53, layerChanged: true });
  t.equal(again.timestamp, again.source.timestamp, 'and the same distance in media time');
  t.end();
});

const breaks: readonly (readonly [name: string, jump: number, told: boolean])[] = [
  ['the producer tells', 31_000, true],
  ['a jump ahead', 20_000, false],
  ['a step back, or an outage of more than 2^15 packets', 45_000, false],
];
for (const [name, jump, told] of breaks) {
  t.test(`a source that begins anew is found: ${name}`, (t) => {
    const subscription = new TestSubscription('vp8');
    const publisher = new Vp8Publisher({ sequenceNumber: 60_000, timestamp: 5000 });
    subscription.forwarder.setTarget(0, 7);
    for (let frame = 0; frame < 5; frame += 1) send(subscription, publisher.frame(2, frame === 0));
    if (told) subscription.restart();
    const reborn = new Vp8Publisher({
      sequenceNumber: (60_010 + jump) & 0xffff,
      timestamp: 3_000_000_000,
      pictureId: 9,
      tl0PicIdx: 77,
    });
    for (let frame = 0; frame < 3; frame += 1) send(subscription, reborn.frame(2));
    t.equal(subscription.received.length, 10, 'nothing passes');
    t.equal(subscription.forwarder.keyFrameNeededFrom(), 0);
    send(subscription, reborn.frame(2, true));
    send(subscription, reborn.frame(1));
    t.ok(isUnbroken(subscription.sequenceNumbers));
    t.equal(subscription.received.length, 13);
    const [, , , , , , , , , before, , after, last] = subscription.received;
    t.equal(after!.pictureId, before!.pictureId + 1);
    t.equal(after!.tl0PicIdx, before!.tl0PicIdx + 1);
    t.ok(Math.abs(after!.timestamp - before!.timestamp - 4 * 3000) < 10, 'by the time that passed');
    t.equal(last!.timestamp - after!.timestamp, 3000);
    t.end();
  });
}

t.test('7-bit picture ids stay short and wrap on their own', (t) => {
  const subscription = new TestSubscription('vp8', { pictureId: 32766 });
  const publisher = new Vp8Publisher({ shortPictureIds: true, pictureId: 120, temporalLayers: true });
  subscription.forwarder.setTarget(0, 1);
  for (let frame = 0; frame < 400; frame += 1) send(subscription, publisher.frame(1, frame === 0));
  t.ok(isUnbroken(subscription.sequenceNumbers));
  for (const [index, { pictureId, payload }] of subscription.received.entries()) {
    t.equal(pictureId, (32766 + index) & 0x7f);
    t.equal(payload[2], pictureId);
  }
  t.end();
});

t.test('the payload is written with the numbers decided, and again from the numbers kept', (t) => {
  const subscription = new TestSubscription('vp8');
  const publisher = new Vp8Publisher({ pictureId: 9, tl0PicIdx: 9 });
  subscription.forwarder.setTarget(0, 7);
  const [packet] = publisher.frame(1, true);
  const [received] = send(subscription, [packet!]);
  t.equal(received!.payload.toString('hex'), `90e081f432${packet!.payload.subarray(5).toString('hex')}`);
  t.equal(packet!.payload.readUInt16BE(2), 0x8009, 'the original is left alone');
  const { pictureId, tl0PicIdx } = received!;
  const again = Buffer.alloc(2 + packet!.payloadLength);
  t.equal(
    subscription.forwarder.writePayload(packet!, { pictureId, tl0PicIdx }, again, 2),
    packet!.payloadLength,
  );
  t.ok(again.subarray(2).equals(received!.payload));
  t.end();
});

t.test('H264 simulcast begins with the SPS and leaves payloads alone', (t) => {
  const subscription = new TestSubscription('h264', { encodings: 2 });
  const packet = (sequenceNumber: number, timestamp: number, payload: string): RtpPacket =>
    mediaPacket({ sequenceNumber, timestamp, payload: hex(payload), marker: true });
  subscription.forwarder.setTarget(1, 0);
  t.equal(subscription.offer(packet(1, 0, '7c 85 88 84'), 1), undefined, 'the IDR alone: its SPS is missing');
  t.equal(subscription.offer(packet(5, 3000, '6742c01fd9005005bb01'), 0), undefined);
  const received = subscription.offer(packet(2, 3000, '6742c01fd9005005bb01'), 1)!;
  t.match(received, { sequenceNumber: 1000, pictureId: -1, tl0PicIdx: -1 });
  t.equal(received.payload.toString('hex'), '6742c01fd9005005bb01');
  t.equal(subscription.offer(packet(3, 3000, '65 88'), 1)!.sequenceNumber, 1001);
  t.end();
});
