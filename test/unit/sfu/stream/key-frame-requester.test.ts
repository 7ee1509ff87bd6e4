import t from 'tap';
import { KeyFrameRequester } from '../../../../src/sfu/stream/key-frame-requester.ts';

const MS = 1000;

/** Times in ms at which a request goes out, asked at every ms of the span. */
function sentMs(requester: KeyFrameRequester, fromMs: number, toMs: number): number[] {
  const sent: number[] = [];
  for (let ms = fromMs; ms < toMs; ms += 1) if (requester.due(ms * MS)) sent.push(ms);
  return sent;
}

t.test('nothing goes out that nobody asked for', async (t) => {
  const requester = new KeyFrameRequester();
  t.same(sentMs(requester, 0, 5000), []);
  t.equal(requester.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('the first wish goes out at once, a hundred more add nothing', async (t) => {
  const requester = new KeyFrameRequester();
  for (let index = 0; index < 100; index += 1) requester.request(10 * MS);
  t.equal(requester.nextTimeoutUs, 10 * MS);
  t.same(sentMs(requester, 10, 11), [10]);
  t.equal(requester.requests, 1);
  t.equal(requester.wishes, 100);
});

t.test('it is repeated after the RTT and the encoder’s time, ever slower, and never given up', async (t) => {
  const requester = new KeyFrameRequester();
  requester.rttUs = 40 * MS;
  requester.request(0);
  const sent = sentMs(requester, 0, 20_000);
  t.same(sent.slice(0, 4), [0, 100, 250, 475]);
  const gaps = sent.slice(1).map((ms, index) => ms - sent[index]!);
  t.ok(gaps.every((gap, index) => index === 0 || gap >= gaps[index - 1]!));
  t.equal(gaps.at(-1), 1000);
  t.ok(sent.length > 20);
});

t.test('a key frame ends it, and a wish after it goes out no sooner than the spacing allows', async (t) => {
  const requester = new KeyFrameRequester({ minSpacingUs: 300 * MS });
  requester.request(0);
  t.same(sentMs(requester, 0, 50), [0]);
  requester.receiveKeyFrame();
  t.equal(requester.waiting, false);
  t.same(sentMs(requester, 50, 100), []);
  requester.request(100 * MS);
  t.equal(requester.nextTimeoutUs, 300 * MS);
  t.same(sentMs(requester, 100, 350), [300]);
  requester.receiveKeyFrame();
  requester.request(2000 * MS);
  t.same(sentMs(requester, 2000, 2010), [2000]);
});

t.test('a key frame nobody asked for also meets the wish', async (t) => {
  const requester = new KeyFrameRequester();
  requester.request(0);
  requester.receiveKeyFrame();
  t.same(sentMs(requester, 0, 3000), []);
  t.equal(requester.keyFrames, 1);
});

t.test(
  'the FIR number is the same in repetitions, one more for a new request, and wraps at 256',
  async (t) => {
    const requester = new KeyFrameRequester({ minSpacingUs: 0 });
    const seen: number[] = [];
    for (let index = 0; index < 258; index += 1) {
      requester.request(index * 1000 * MS);
      requester.due(index * 1000 * MS);
      const first = requester.firSequenceNumber;
      requester.due(index * 1000 * MS + 500 * MS);
      t.equal(requester.firSequenceNumber, first);
      seen.push(first);
      requester.receiveKeyFrame();
    }
    t.same(seen.slice(0, 2), [0, 1]);
    t.same(seen.slice(254), [254, 255, 0, 1]);
  },
);

t.test('a cancelled wish is forgotten, a later one starts anew', async (t) => {
  const requester = new KeyFrameRequester();
  requester.request(0);
  requester.cancel();
  t.same(sentMs(requester, 0, 1000), []);
  requester.request(1000 * MS);
  t.same(sentMs(requester, 1000, 1001), [1000]);
});

t.test('with loss it is repeated a round trip apart, 40 to 100 ms, before it slows down', async (t) => {
  for (const [rttMs, stepMs] of [
    [10, 40],
    [60, 60],
    [300, 100],
  ] as const) {
    const requester = new KeyFrameRequester();
    requester.rttUs = rttMs * MS;
    requester.isLossy = true;
    requester.request(0);
    const sent = sentMs(requester, 0, 10_000);
    t.same(
      sent.slice(0, 8),
      [0, 1, 2, 3, 4, 5, 6, 7].map((step) => step * stepMs),
    );
    t.ok(sent.at(-1)! - sent.at(-2)! === 1000);
  }
});
