import fc from 'fast-check';
import t from 'tap';
import { FrameReader, frameOf, MAX_FRAME_BYTES } from '../../../src/transport/tcp-framing.ts';

/** A reader and what it gave. */
function collect(until = Number.POSITIVE_INFINITY): { reader: FrameReader; frames: Buffer[] } {
  const frames: Buffer[] = [];
  const reader = new FrameReader((frame) => {
    frames.push(frame);
    return frames.length < until;
  });
  return { reader, frames };
}

t.test('any chunking of a stream gives the same packets', (t) => {
  const seed = 4571;
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (packets, sizes) => {
        const sent = packets.map((packet) => Buffer.from(packet));
        const stream = Buffer.concat(sent.map((packet) => frameOf(packet, packet.length)));
        const { reader, frames } = collect();
        let at = 0;
        for (let turn = 0; at < stream.length; turn += 1) {
          const end = at + sizes[turn % sizes.length]!;
          if (!reader.push(Buffer.from(stream.subarray(at, end)))) return false;
          at = end;
        }
        return frames.length === sent.length && frames.every((frame, index) => frame.equals(sent[index]!));
      },
    ),
    { seed, numRuns: 500 },
  );
  t.end();
});

t.test('the longest packet passes, one byte more breaks the stream before its bytes come', (t) => {
  const longest = Buffer.alloc(MAX_FRAME_BYTES, 7);
  const good = collect();
  t.ok(good.reader.push(frameOf(longest, longest.length)));
  t.same(good.frames, [longest]);
  const bad = collect();
  const length = Buffer.alloc(2);
  length.writeUInt16BE(MAX_FRAME_BYTES + 1);
  t.notOk(bad.reader.push(length));
  t.same(bad.frames, []);
  t.end();
});

t.test('empty packets are skipped', (t) => {
  const { reader, frames } = collect();
  t.ok(reader.push(Buffer.from([0, 0, 0, 0, 0, 1, 9, 0, 0])));
  t.same(frames, [Buffer.from([9])]);
  t.end();
});

t.test('a sink that is done gets nothing more', (t) => {
  const { reader, frames } = collect(1);
  t.notOk(reader.push(Buffer.from([0, 1, 1, 0, 1, 2])));
  t.equal(frames.length, 1);
  t.end();
});

t.test('a frame holds only the packet it was made of', (t) => {
  const buffer = Buffer.from([1, 2, 3, 4]);
  const frame = frameOf(buffer, 3);
  buffer.fill(0);
  t.same(frame, Buffer.from([0, 3, 1, 2, 3]));
  t.end();
});
