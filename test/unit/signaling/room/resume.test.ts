import t from 'tap';
import { TestClient } from '../../../helpers/signaling-client.ts';
import { SignalingWorld } from '../../../helpers/signaling-world.ts';

function pair(world = new SignalingWorld()) {
  const lin = new TestClient(world);
  const client = new TestClient(world);
  lin.join('room', 'lin');
  client.join('room', 'client');
  return { world, lin, client };
}

/** Time passes while these go on pinging. */
function live(world: SignalingWorld, seconds: number, ...clients: TestClient[]): void {
  for (let left = seconds; left > 0; left -= 5) {
    for (const client of clients) client.request('ping', {});
    world.advance(Math.min(5, left) * 1000);
  }
}

t.test('10 s of silence close the connection, 9.999 s do not', async (t) => {
  const { world, lin, client } = pair();
  world.advance(4_000);
  lin.request('ping', {});
  world.advance(5_999);
  t.equal(client.closeCode, undefined);
  world.advance(1);
  t.equal(client.closeCode, 4408);
  t.equal(lin.closeCode, undefined);
  t.match(lin.heard('participantUpdated'), [{ connected: false }]);
});

t.test('35 s away: all that was missed follows once and in order, media was kept', async (t) => {
  const { world, lin, client } = pair();
  const producerId = lin.publish('camera');
  client.subscribe(producerId, 'video');
  const { roomId } = [...world.directory.rooms.values()][0]!;
  client.drop();
  live(world, 20, lin);
  lin.request('sendData', { topic: 'chat', payload: 'one' });
  lin.request('mute', { producerId, muted: true });
  live(world, 15, lin);
  lin.request('sendData', { topic: 'chat', payload: 'two' });
  const answer = client.resume();
  t.ok(answer?.ok);
  t.strictSame(
    client.heard('data').map(({ payload }) => payload),
    ['one', 'two'],
  );
  t.ok(answer?.ok && answer.data.producers.find((one) => one.producerId === producerId)?.muted);
  t.equal(world.routerStats(roomId).consumers.length, 1, 'the subscription is as it was');
  t.match(lin.heard('participantUpdated'), [{ connected: false }, { connected: true }]);
  const restart = client.negotiate([]);
  t.ok(restart?.ok && restart.data.lines.length === 1, 'an ICE restart publishes nothing again');
});

t.test('after the window the session is gone and the others are told', async (t) => {
  const { world, lin, client } = pair();
  client.publish('camera');
  client.drop();
  live(world, 59, lin);
  t.strictSame(lin.heard('participantLeft'), []);
  live(world, 1, lin);
  t.strictSame(lin.heard('participantLeft'), [
    { participantId: client.joined!.participantId, reason: 'lost' },
  ]);
  t.equal(lin.heard('producerRemoved').length, 1);
  const answer = client.resume();
  t.equal(answer?.ok === false && answer.error.code, 'session_gone');
});

t.test('a wrong secret or an unknown session looks the same and harms nothing', async (t) => {
  const { client } = pair();
  const good = client.joined!;
  for (const wrong of [
    { resumeSecret: `${good.resumeSecret}x` },
    { sessionId: 'unknown' },
    { resumeSecret: '' },
  ]) {
    const thief = new TestClient(client.world);
    thief.joined = { ...good, ...wrong };
    const answer = thief.resume();
    t.equal(answer?.ok === false && answer.error.code, 'session_gone');
  }
  t.ok(client.request('ping', {})?.ok);
});

t.test('resuming elsewhere takes the session over from a connection that still lives', async (t) => {
  const { world, client } = pair();
  const elsewhere = new TestClient(world);
  elsewhere.joined = client.joined;
  elsewhere.lastSeq = client.lastSeq;
  t.ok(elsewhere.resume()?.ok);
  t.equal(client.closeCode, 4419);
  t.ok(elsewhere.request('ping', {})?.ok);
  live(world, 20, elsewhere);
  t.equal(elsewhere.closeCode, undefined);
});

t.test('a session whose log ran over is gone rather than resumed with a gap', async (t) => {
  const world = new SignalingWorld({ settings: { eventLog: { maxEvents: 3, maxBytes: 10_000 } } });
  const { lin, client } = pair(world);
  client.drop();
  for (let i = 0; i < 4; i++) lin.request('sendData', { topic: 'chat', payload: String(i) });
  const answer = client.resume();
  t.equal(answer?.ok === false && answer.error.code, 'session_gone');
  t.equal(lin.heard('participantLeft').length, 1, 'and the place is free at once');
});

t.test('a connection that does not join within 10 s is closed', async (t) => {
  const world = new SignalingWorld();
  const idle = new TestClient(world);
  idle.connect();
  world.advance(9_999);
  t.equal(idle.closeCode, undefined);
  const early = idle.request('ping', {});
  t.equal(early?.ok === false && early.error.code, 'join_required');
  world.advance(1);
  t.equal(idle.closeCode, 4401);
  t.equal(world.lobby.nextTimeout(), undefined);
});

t.test(
  'draining tells everyone, admits nobody new, lets people resume, and ends at the deadline',
  async (t) => {
    const { world, lin, client } = pair();
    world.directory.drain(world.nowUs, 20);
    world.settle();
    t.strictSame(lin.heard('draining'), [{ deadlineSeconds: 20 }]);
    const late = new TestClient(world);
    const answer = late.join('room', 'late');
    t.equal(answer?.ok === false && answer.error.code, 'server_draining');
    client.drop();
    t.ok(client.resume()?.ok);
    live(world, 20, lin, client);
    t.equal(lin.closeCode, 4503);
    t.strictSame(client.heard('bye'), [{ reason: 'serverShutdown' }]);
    t.ok(world.directory.empty);
  },
);
