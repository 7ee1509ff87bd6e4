import t from 'tap';
import { writeRed } from '../../../../src/rtp/red.ts';
import { parseRtpPacket, type RtpPacket } from '../../../../src/rtp/rtp-packet.ts';
import { RedRecovery } from '../../../../src/sfu/stream/red-recovery.ts';

/** A RED packet of frame `number`, 20 ms each, with copies of those `back` before it. */
function red(number: number, back: readonly number[], ticks = 960): RtpPacket {
  const blocks = back.map((frames) => ({
    payloadType: 111,
    timestampOffset: frames * ticks,
    data: Buffer.from([number - frames]),
  }));
  const payload = Buffer.alloc(100);
  const length = writeRed(payload, [
    ...blocks,
    { payloadType: 111, timestampOffset: 0, data: Buffer.from([number]) },
  ]);
  const head = Buffer.alloc(12);
  head[0] = 0x80;
  head[1] = 63;
  head.writeUInt16BE(number & 0xffff, 2);
  head.writeUInt32BE((number * ticks) >>> 0, 4);
  head.writeUInt32BE(7, 8);
  return parseRtpPacket(Buffer.concat([head, payload.subarray(0, length)]))!;
}

const got = (...numbers: number[]) => ({ has: (number: number) => numbers.includes(number) });
const everything = { has: () => true };
const numbersOf = (packets: readonly RtpPacket[]): number[] => packets.map((packet) => packet.sequenceNumber);

t.test('without a gap nothing is made', async (t) => {
  t.same(new RedRecovery().recover(red(10, [2, 1]), 10, everything), []);
});

t.test('a lost frame is made again as a packet of its own, oldest first, across the wrap', async (t) => {
  const recovery = new RedRecovery();
  const made = recovery.recover(red(0x1_0001, [3, 2, 1]), 0x1_0001, got(0x1_0001, 0xffff));
  t.same(numbersOf(made), [0xfffe, 0]);
  const [first] = made;
  t.equal(first!.payloadType, 111);
  t.equal(first!.timestamp, (0xfffe * 960) >>> 0);
  t.equal(first!.ssrc, 7);
  t.same([...first!.payload], [0xfe]);
  t.equal(recovery.recovered, 2);
});

t.test('distances need not follow one another', async (t) => {
  t.same(numbersOf(new RedRecovery().recover(red(20, [7, 5, 3, 1]), 20, got(20, 15))), [13, 17, 19]);
});

t.test('frames of another length are learned from neighbours', async (t) => {
  const recovery = new RedRecovery();
  recovery.recover(red(10, [], 480), 10, everything);
  recovery.recover(red(11, [], 480), 11, everything);
  t.same(numbersOf(recovery.recover(red(13, [1], 480), 13, got(11, 13))), [12]);
});

t.test('a block that is no whole number of packets back is left alone', async (t) => {
  const recovery = new RedRecovery();
  t.same(recovery.recover(red(13, [1], 1000), 13, got(13)), []);
});

t.test('a malformed payload makes nothing', async (t) => {
  const packet = red(13, [1]);
  packet.buffer[12] = 0xff;
  packet.payloadLength = 3;
  t.same(new RedRecovery().recover(packet, 13, got(13)), []);
});
