import t from 'tap';
import { Database } from '../../../src/store/database.ts';
import { RoomClosingStore } from '../../../src/store/room-closing-store.ts';

t.test('the last closing of each room is recalled, oldest first, until a day has passed', async (t) => {
  const database = new Database(':memory:');
  t.teardown(() => database.close());
  const day = 86_400_000;
  const closings = new RoomClosingStore(database);
  closings.remember('a', 1_000);
  closings.remember('b', 2_000);
  closings.remember('a', 3_000);
  t.same(new RoomClosingStore(database).recall(3_000), [
    ['b', 2_000],
    ['a', 3_000],
  ]);
  t.same(closings.recall(2_000 + day), [['a', 3_000]]);
  closings.remember('c', 3_000 + day);
  t.same(closings.recall(0), [['c', 3_000 + day]], 'what is over is forgotten when another is told');
});
