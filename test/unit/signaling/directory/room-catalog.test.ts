import t from 'tap';
import { RoomCatalog } from '../../../../src/signaling/directory/room-catalog.ts';

const closed = { code: 'room_closed' };

t.test('what was made before the closing does not open the room, what was made after does', async (t) => {
  const catalog = new RoomCatalog(10);
  catalog.checkOpen('room', 0);
  catalog.close('room', 5_000);
  t.throws(() => catalog.checkOpen('room', 4_000), closed);
  t.throws(() => catalog.checkOpen('room', 5_000), closed);
  catalog.checkOpen('room', 6_000);
  catalog.checkOpen('other', 0);
  catalog.setPolicy('room', {});
  t.throws(() => catalog.checkOpen('room', 4_000), closed, 'setting it up anew brings nobody back');
});

t.test('closings that are recalled count as if they had just been told', async (t) => {
  const catalog = new RoomCatalog(10, [['room', 5_000]]);
  t.throws(() => catalog.checkOpen('room', 5_000), closed);
  catalog.checkOpen('room', 5_001);
});

t.test('the memory of closings is bounded and ends', async (t) => {
  const catalog = new RoomCatalog(1);
  for (let i = 0; i < 6; i++) catalog.close(`room${i}`, 1_000);
  catalog.checkOpen('room0', 0);
  t.throws(() => catalog.checkOpen('room5', 0), closed);
  catalog.close('later', 1_000 + 24 * 3_600_000);
  catalog.checkOpen('room5', 0);
  t.throws(() => catalog.checkOpen('later', 0), closed);
});

t.test('so many rooms can be set up and no more', async (t) => {
  const catalog = new RoomCatalog(1);
  catalog.setPolicy('a', { maxParticipants: 2 });
  t.throws(() => catalog.setPolicy('b', {}), { code: 'limit_reached' });
  catalog.setPolicy('a', { maxParticipants: 3 });
  t.strictSame(catalog.policy('a'), { maxParticipants: 3 });
  catalog.close('a', 0);
  t.strictSame([...catalog.names], []);
});
