/**
 * A Router, its estimate, its pacer and its allocator against networks in virtual time: what a subscriber gets as the
 * downlink changes, and that nobody pays for another's network. Regression tests for failures known from other SFUs.
 */
import t from 'tap';
import { VirtualCall } from '../helpers/virtual-call.ts';

const SEED = 20261122;
const WIDE = { delayUs: 25_000 };
const LAYERS = [
  { height: 180, bitsPerSecond: 150_000 },
  { height: 360, bitsPerSecond: 500_000 },
  { height: 720, bitsPerSecond: 1_700_000 },
];
const layers = () => LAYERS.map((layer) => ({ ...layer }));

t.test(`a wide downlink carries the top layer from the start, and it stays (seed ${SEED})`, async (t) => {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', { up: WIDE, layers: layers(), temporalLayers: 3 });
  const bob = call.subscriber('bob', { down: WIDE });
  const seen = bob.see(alice);
  call.run(1);
  call.fixture.events.length = 0;
  call.run(9);
  t.equal(bob.consumer(alice).layer.spatialLayer, 2);
  t.same(call.fixture.eventsOf('consumerLayer'), [], 'it is there within a second, and stays');
  t.ok(seen.fps(3e6, 11e6) >= 24.5, `${seen.fps(3e6, 11e6)} fps`);
  const { estimateBitsPerSecond = 0, sentBitsPerSecond, lossFraction } = bob.stats();
  t.ok(estimateBitsPerSecond > 2_000_000, `estimate ${estimateBitsPerSecond}`);
  t.ok(sentBitsPerSecond < 1_900_000 * 1.1, `${sentBitsPerSecond} bit/s sent`);
  t.equal(lossFraction, 0);
});
