import t from 'tap';
import {
  gcmMemory,
  type LaneHolder,
  MAX_LANES,
  returnLane,
  takeLane,
} from '../../../src/crypto/gcm-lanes.ts';

class Holder implements LaneHolder {
  recentlyUsed = true;
  lost = 0;
  lane = 0;

  loseLane(): void {
    this.lost += 1;
    this.lane = 0;
  }

  take(): void {
    this.lane = takeLane(this);
  }
}

t.test('beyond a few, idle lanes serve again instead of new ones, and are given back wiped', async (t) => {
  const holders = Array.from({ length: 600 }, () => new Holder());
  const addresses = new Set<number>();
  for (const holder of holders) {
    holder.take();
    addresses.add(holder.lane);
    holder.recentlyUsed = false;
  }
  t.equal(addresses.size, 256);
  const held = holders.filter(({ lane }) => lane !== 0);
  t.equal(held.length, 256);
  for (const { lane } of held) {
    gcmMemory()[lane] = 7;
    returnLane(lane);
    t.equal(gcmMemory()[lane], 0);
  }
});

t.test('a thread has so many lanes, and an idle holder loses its own to a new one', async (t) => {
  const holders = Array.from({ length: MAX_LANES }, () => new Holder());
  for (const [index, holder] of holders.entries()) {
    holder.take();
    for (const busy of holders.slice(0, index)) busy.recentlyUsed = true;
  }
  const addresses = new Set(holders.map(({ lane }) => lane));
  t.equal(addresses.size, MAX_LANES);
  t.notOk(addresses.has(0));
  t.equal(Math.max(...addresses) < gcmMemory().length, true);
  const { length } = gcmMemory();

  const askers = Array.from({ length: MAX_LANES }, () => new Holder());
  let asked = 0;
  for (; asked < MAX_LANES; asked += 1) {
    askers[asked]!.take();
    for (const [index, holder] of holders.entries()) if (index !== 5) holder.recentlyUsed = true;
    if (askers[asked]!.lane !== 0) break;
  }
  t.ok(asked > 0, 'everybody seemed busy at first');
  t.ok(asked <= MAX_LANES / 8, 'found before the search came by the third time');
  t.equal(holders.filter(({ lost }) => lost > 0).length, 1, 'busy holders keep theirs');
  t.equal(holders[5]!.lost, 1);
  t.ok(addresses.has(askers[asked]!.lane));
  t.equal(gcmMemory().length, length);

  const address = askers[asked]!.lane;
  returnLane(address);
  const last = new Holder();
  last.take();
  t.equal(last.lane, address, 'what is returned is given first');
});
