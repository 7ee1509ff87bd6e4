import t from 'tap';
import { SentHistory, type SentPacket } from '../../../../src/sfu/stream/sent-history.ts';

function blank(): SentPacket {
  return { encodingIndex: 0, incoming: 0, timestamp: 0, marker: 0, pictureId: -1, tl0PicIdx: -1 };
}

function packetOf(index: number): SentPacket {
  return {
    encodingIndex: index % 3,
    incoming: 0x1_0000 + index * 7,
    timestamp: 0xffff_ff00 + (index % 256),
    marker: index % 2,
    pictureId: index % 0x8000,
    tl0PicIdx: index % 256,
  };
}

t.test('gives back what was noted, across the wrap', async (t) => {
  const history = new SentHistory();
  for (let index = 0; index < 100; index += 1)
    history.record((65_500 + index) & 0xffff, packetOf(index), index);
  for (let index = 0; index < 100; index += 1) {
    const number = (65_500 + index) & 0xffff;
    const into = blank();
    t.equal(history.stateOf(number, 1000), 'sent');
    t.equal(history.sentUs(number), index);
    t.ok(history.read(number, into));
    t.same(into, packetOf(index));
  }
  t.equal(history.newest, 63);
  t.equal(history.stateOf(65_499, 1000), 'unknown', 'before the first');
  t.equal(history.stateOf(64, 1000), 'unknown', 'not sent yet');
});

t.test('an empty history knows nothing', async (t) => {
  const history = new SentHistory();
  t.equal(history.newest, -1);
  t.equal(history.stateOf(0, 0), 'unknown');
  t.equal(history.read(0, blank()), false);
  t.equal(history.sentUs(0), Number.NEGATIVE_INFINITY);
  t.equal(history.acknowledge(0), false);
  history.expect(0);
  t.equal(history.record(0, blank(), 0), false);
});

t.test('-1 stands for no picture id and no TL0 index', async (t) => {
  const history = new SentHistory();
  history.record(1, blank(), 0);
  const into = packetOf(5);
  history.read(1, into);
  t.same(into, blank());
});

t.test('an arrival is noted once, and only of what was sent', async (t) => {
  const history = new SentHistory();
  history.record(65_535, packetOf(1), 0);
  history.record(1, packetOf(2), 0);
  t.equal(history.acknowledge(65_535), true);
  t.equal(history.acknowledge(65_535), false);
  t.equal(history.acknowledge(0), false, 'passed over');
  t.equal(history.acknowledge(2), false, 'never sent: a forgery');
  t.equal(history.stateOf(65_535, 0), 'acknowledged');
  t.equal(history.stateOf(1, 0), 'sent');
});

t.test('what is asked for before it came is awaited, also at the wrap', async (t) => {
  const history = new SentHistory();
  history.record(65_534, packetOf(1), 0);
  history.record(2, packetOf(2), 0);
  for (const number of [65_535, 0, 1]) t.equal(history.stateOf(number, 0), 'passedOver');
  for (const number of [65_533, 65_534, 65_535, 2, 3]) history.expect(number);
  t.equal(history.stateOf(65_535, 0), 'passedOver', 'still');
  t.equal(history.stateOf(65_534, 0), 'sent', 'a request does not unsend');
  t.equal(history.record(65_535, packetOf(3), 9), true);
  t.equal(history.record(0, packetOf(4), 9), false, 'nobody asked for this one');
  t.equal(history.record(3, packetOf(5), 9), false, 'nor could for this');
  t.equal(history.stateOf(65_535, 9), 'sent');
});

t.test('2048 packets are remembered, the one before is not; old ones are forgotten by age', async (t) => {
  const history = new SentHistory();
  for (let index = 0; index < 2049; index += 1) history.record(index, packetOf(index), index);
  t.equal(history.stateOf(0, 3000), 'unknown');
  t.equal(history.stateOf(1, 3000), 'sent');
  t.equal(history.stateOf(2048, 3_002_048), 'sent');
  t.equal(history.stateOf(2047, 3_002_048), 'unknown');
});

t.test('a late packet takes its place, one older than the history does not', async (t) => {
  const history = new SentHistory();
  history.record(5, packetOf(5), 0);
  history.record(65_535, packetOf(1), 0);
  history.record((5 - 2048) & 0xffff, packetOf(2), 0);
  const into = blank();
  t.ok(history.read(65_535, into));
  t.same(into, packetOf(1));
  t.ok(history.read(5, into));
  t.same(into, packetOf(5));
});

t.test('a request awaited in one round of the table does not answer in the next', async (t) => {
  const history = new SentHistory();
  history.record(0, packetOf(0), 0);
  history.record(2, packetOf(2), 0);
  history.expect(1);
  for (let index = 3; index < 2049; index += 1) history.record(index, packetOf(index), 0);
  t.equal(history.record(2049, packetOf(2049), 0), false);
});

t.test('a cleared history knows nothing', async (t) => {
  const history = new SentHistory();
  history.record(5, packetOf(5), 0);
  history.clear();
  t.equal(history.stateOf(5, 0), 'unknown');
  t.equal(history.newest, -1);
});
