import t from 'tap';
import { readRed, takePrimary, writeRed } from '../../../src/rtp/red.ts';
import { parseRtpPacket, RtpPacket } from '../../../src/rtp/rtp-packet.ts';
import { restoreFromRtx } from '../../../src/rtp/rtx.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

t.test('an RTX packet gives back the packet it repeats, extensions kept', (t) => {
  const rtx = parseRtpPacket(hex('90e10007 00000bb8 0000aaaa bede0001 10610000 ffff 01020304'))!;
  const original = restoreFromRtx(rtx, 0x0000bbbb, 96);
  t.match(original, {
    payloadType: 96,
    marker: true,
    sequenceNumber: 65535,
    timestamp: 3000,
    ssrc: 0xbbbb,
    extensionLength: 4,
  });
  t.equal(original!.payload.toString('hex'), '01020304');
  t.end();
});

t.test('an RTX packet without payload is a probe, and gives nothing', (t) => {
  t.equal(restoreFromRtx(parseRtpPacket(hex('80610007 00000bb8 0000aaaa'))!, 1, 96), undefined);
  t.equal(restoreFromRtx(parseRtpPacket(hex('a0610007 00000bb8 0000aaaa 00000004'))!, 1, 96), undefined);
  t.end();
});

t.test('an RTX packet that repeats an empty payload is still a packet', (t) => {
  t.equal(restoreFromRtx(parseRtpPacket(hex('80610007 00000bb8 0000aaaa 0005'))!, 1, 96)?.payloadLength, 0);
  t.end();
});

t.test('the primary block of a RED packet is found in place; broken ones give none', (t) => {
  const into = new RtpPacket(Buffer.alloc(0));
  const primaryOf = (payload: string): string | undefined => {
    const packet = parseRtpPacket(hex(`803f0007 00000bb8 0000aaaa ${payload}`))!;
    return takePrimary(packet, into) ? into.payload.toString('hex') : undefined;
  };
  t.equal(primaryOf('ef 0f00 02 ef 0780 01 6f  aabb cc ddeeff'), 'ddeeff');
  t.match(into, { payloadType: 63, sequenceNumber: 7, timestamp: 3000, ssrc: 0xaaaa });
  t.equal(primaryOf('6f aabb'), 'aabb');
  t.equal(primaryOf('6f'), '');
  for (const broken of ['', 'ef', 'ef 0f00', 'ef 0f00 02', 'ef 0f00 04 6f aabbcc', 'ef000000'.repeat(17)]) {
    t.equal(primaryOf(broken), undefined, broken);
  }
  t.end();
});

t.test('RED blocks are read oldest first, primary last', (t) => {
  const payload = hex('ef 0f00 02 ef 0780 01 6f  aabb cc ddeeff');
  t.same(readRed(payload), [
    { payloadType: 111, timestampOffset: 960, offset: 9, length: 2 },
    { payloadType: 111, timestampOffset: 480, offset: 11, length: 1 },
    { payloadType: 111, timestampOffset: 0, offset: 12, length: 3 },
  ]);
  t.end();
});

t.test('RED that runs past its end, never ends, or holds too many blocks is refused', (t) => {
  t.equal(readRed(Buffer.alloc(0)), undefined);
  t.equal(readRed(hex('ef0f00')), undefined);
  t.equal(readRed(hex('ef0f0002 6f aa')), undefined);
  t.equal(readRed(Buffer.concat([Buffer.alloc(4 * 16, 0x80), hex('6f')])), undefined);
  t.end();
});

t.test('RED is written as it is read', (t) => {
  const target = Buffer.alloc(64);
  const length = writeRed(target, [
    { payloadType: 111, timestampOffset: 960, data: hex('aabb') },
    { payloadType: 111, timestampOffset: 0, data: hex('ddeeff') },
  ]);
  t.equal(target.toString('hex', 0, length), 'ef0f00026faabbddeeff');
  t.equal(
    writeRed(target, [
      { payloadType: 1, timestampOffset: 16384, data: hex('aa') },
      { payloadType: 1, timestampOffset: 0, data: hex('aa') },
    ]),
    0,
  );
  t.equal(writeRed(target, []), 0);
  t.end();
});
