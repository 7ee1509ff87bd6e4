import t from 'tap';
import { EventLog } from '../../../../src/signaling/room/event-log.ts';

const seqs = (frames: readonly string[] | undefined) => frames?.map((frame) => JSON.parse(frame).seq);

t.test('events are numbered from 1 and found again', async (t) => {
  const log = new EventLog({ maxEvents: 10, maxBytes: 1000 });
  t.equal(log.lastSeq, 0);
  t.strictSame(log.since(0), []);
  t.equal(log.append('x', { a: 1 }), '{"seq":1,"type":"x","data":{"a":1}}');
  log.append('x', {});
  t.strictSame(seqs(log.since(0)), [1, 2]);
  t.strictSame(seqs(log.since(1)), [2]);
  t.strictSame(log.since(2), []);
  t.equal(log.since(3), undefined, 'a seq that was never given');
});

t.test('the oldest fall out by count, and a gap is not hidden', async (t) => {
  const log = new EventLog({ maxEvents: 3, maxBytes: 1000 });
  for (let i = 0; i < 5; i++) log.append('x', {});
  t.strictSame(seqs(log.since(2)), [3, 4, 5]);
  t.equal(log.since(1), undefined);
});

t.test('size is counted as on the wire, where a Chinese character is three bytes', async (t) => {
  const log = new EventLog({ maxEvents: 100, maxBytes: 100 });
  const frame = log.append('data', '您好您好您好');
  t.equal(log.bytes, Buffer.byteLength(frame));
  log.append('data', '您好您好您好您好您好您好您');
  t.strictSame(seqs(log.since(1)), [2]);
  t.equal(log.since(0), undefined, 'together they are more than 100 bytes');
});

t.test('the oldest fall out by size, and one that is too large alone is not kept', async (t) => {
  const log = new EventLog({ maxEvents: 100, maxBytes: 100 });
  for (let i = 0; i < 9; i++) log.append('x', {});
  t.ok(log.bytes <= 100);
  log.append('x', 'a'.repeat(200));
  t.equal(log.bytes, 0);
  t.equal(log.since(9), undefined);
  t.strictSame(log.since(10), []);
});
