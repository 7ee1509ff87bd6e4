import t from 'tap';
import { RateMeter } from '../../../../src/sfu/stream/rate-meter.ts';

t.test('reads a steady stream within a bucket, at any time within the window', async (t) => {
  const meter = new RateMeter();
  for (let nowUs = 0; nowUs < 5_000_000; nowUs += 4000) {
    meter.add(500, nowUs);
    if (nowUs < 1_000_000) continue;
    const bitsPerSecond = meter.bitsPerSecond(nowUs);
    if (Math.abs(bitsPerSecond - 1_000_000) > 20_000) t.fail(`${bitsPerSecond} at ${nowUs}`);
  }
  t.ok(Math.abs(meter.packetsPerSecond(5_000_000) - 250) < 6);
});

t.test('a new stream does not read as a slow one', async (t) => {
  const meter = new RateMeter();
  for (let nowUs = 0; nowUs <= 200_000; nowUs += 4000) meter.add(500, nowUs);
  t.ok(Math.abs(meter.bitsPerSecond(200_000) - 1_000_000) < 50_000);
});

t.test('one packet does not read as an endless rate', async (t) => {
  const meter = new RateMeter();
  meter.add(1000, 7);
  t.equal(meter.bitsPerSecond(7), (1000 * 8e6) / 50_000);
});

t.test('nothing reads as nothing, before the first packet and after a silence', async (t) => {
  const meter = new RateMeter();
  t.equal(meter.bitsPerSecond(123_456_789), 0);
  meter.add(1000, 1_000_000);
  t.equal(meter.bitsPerSecond(2_100_000), 0);
  t.equal(meter.packetsPerSecond(3_000_000), 0);
  meter.add(1000, 90_000_000_000);
  t.ok(meter.bitsPerSecond(90_000_000_000) > 0);
});

t.test('packets leave the window as they came, to the last bit', async (t) => {
  const meter = new RateMeter();
  for (let index = 0; index < 10_000; index += 1) meter.add(index % 1500, index * 777);
  t.equal(meter.bitsPerSecond(20_000_000), 0);
  t.equal(meter.packetsPerSecond(20_000_000), 0);
});

t.test('a time that goes back counts as the last one', async (t) => {
  const meter = new RateMeter();
  meter.add(1000, 5_000_000);
  meter.add(1000, 1_000_000);
  t.ok(meter.packetsPerSecond(5_000_000) > 0);
  t.equal(meter.packetsPerSecond(7_000_000), 0);
});

t.test('a window shorter than its buckets is the caller’s mistake', async (t) => {
  t.throws(() => new RateMeter(0), TypeError);
  t.throws(() => new RateMeter(Number.NaN), TypeError);
});
