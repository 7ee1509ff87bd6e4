import t from 'tap';
import { readRed } from '../../../../src/rtp/red.ts';
import { RedDepth } from '../../../../src/sfu/repair/red-depth.ts';
import { RedEncoder } from '../../../../src/sfu/repair/red-encoder.ts';

const TICKS = 960;
const target = Buffer.alloc(2048);

/** A frame of `length` bytes that tells its index. */
const frame = (index: number, length = 10): Buffer => Buffer.alloc(length, index);

/** Encodes the frame `index` and remembers it; tells which frames went out, by distance and content. */
function encode(encoder: RedEncoder, index: number, distances: readonly number[], start = 0, length = 10) {
  const timestamp = (start + index * TICKS) >>> 0;
  const data = frame(index, length);
  encoder.noteSequence(index, timestamp);
  const added = encoder.choose(timestamp, length, distances);
  const end = encoder.write(target, 5, 111, timestamp, data, 0, length);
  encoder.store(timestamp, data, 0, length);
  t.equal(end, 5 + 1 + added + length, 'as long as was told');
  return readRed(target.subarray(5, end))!.map((block) => [
    block.timestampOffset / TICKS,
    target[5 + block.offset],
  ]);
}

t.test(
  'frames go with those at the distances asked for, oldest first, across the wrap of time',
  async (t) => {
    const encoder = new RedEncoder();
    const start = 0xffff_ffff - 4 * TICKS;
    const rows = Array.from({ length: 9 }, (_, index) => encode(encoder, index, [1, 2, 3, 5], start));
    t.same(rows[0], [[0, 0]]);
    t.same(rows[1], [
      [1, 0],
      [0, 1],
    ]);
    t.same(rows[8], [
      [5, 3],
      [3, 5],
      [2, 6],
      [1, 7],
      [0, 8],
    ]);
  },
);

t.test('a frame that never came is left out', async (t) => {
  const encoder = new RedEncoder();
  for (const index of [0, 1, 3]) encode(encoder, index, []);
  t.same(encode(encoder, 4, [1, 2, 3]), [
    [3, 1],
    [1, 3],
    [0, 4],
  ]);
});

t.test('frames of another length are found by it', async (t) => {
  const encoder = new RedEncoder();
  for (let index = 0; index < 3; index += 1) {
    encoder.noteSequence(index, index * 480);
    encoder.store(index * 480, frame(index), 0, 10);
  }
  t.equal(encoder.choose(3 * 480, 10, [1, 2]), 28);
});

t.test('the payload fits a path, whatever is asked for; a long frame is not repeated', async (t) => {
  const encoder = new RedEncoder();
  for (let index = 0; index < 7; index += 1) encode(encoder, index, [], 0, 400);
  t.ok(encode(encoder, 7, [1, 2, 3, 4, 5, 7], 0, 400).length === 2);
  encode(encoder, 8, [], 0, 401);
  t.same(encode(encoder, 9, [1]), [[0, 9]]);
});

t.test('cleared, it repeats nothing', async (t) => {
  const encoder = new RedEncoder();
  encode(encoder, 0, []);
  encoder.clear();
  t.same(encode(encoder, 1, [1]), [[0, 1]]);
});

t.test('depth rises with loss at once and falls late; without loss there is none', async (t) => {
  const depth = new RedDepth();
  const depths = [0, 0.009, 0.01, 0.006, 0.004, 0.3, 0.12, 0.1, 0.5, 0.34, 0.3, 1, 0, Number.NaN].map(
    (loss) => depth.distances(loss).length,
  );
  t.same(depths, [0, 0, 2, 2, 0, 4, 4, 3, 6, 6, 4, 6, 0, 0]);
});
