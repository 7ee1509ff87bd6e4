import t from 'tap';
import { beat, HeartbeatWatch, makeHeartbeat } from '../../../src/transport/heartbeat.ts';

t.test('a thread that counts up is alive, however long it is watched', async (t) => {
  const heartbeat = makeHeartbeat();
  const watch = new HeartbeatWatch(heartbeat, 2);
  for (let look = 0; look < 100; look += 1) {
    beat(heartbeat);
    t.ok(watch.look());
  }
});

t.test('a few looks may find it silent, one more may not', async (t) => {
  const heartbeat = makeHeartbeat();
  const watch = new HeartbeatWatch(heartbeat, 2);
  t.ok(watch.look());
  t.ok(watch.look());
  beat(heartbeat);
  t.ok(watch.look(), 'a beat forgives what was missed');
  t.ok(watch.look());
  t.ok(watch.look());
  t.notOk(watch.look());
});

t.test('the counter wraps', async (t) => {
  const heartbeat = makeHeartbeat();
  heartbeat[0] = 0x7fff_ffff;
  const watch = new HeartbeatWatch(heartbeat, 0);
  beat(heartbeat);
  t.equal(heartbeat[0], -0x8000_0000);
  t.ok(watch.look());
});
