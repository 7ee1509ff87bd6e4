import t from 'tap';
import { grantsOfRole, mayInvite, noGrants } from '../../../../src/signaling/room/role-grants.ts';
import { TestClient } from '../../../helpers/signaling-client.ts';
import { SignalingWorld } from '../../../helpers/signaling-world.ts';

type Codes = { readonly ok: boolean; readonly error?: { readonly code: string } } | undefined;
const codeOf = (answer: Codes) => (answer?.ok === false ? answer.error?.code : answer && 'ok');

/** A world in which the named people are in one room; the first may moderate, the others are clients. */
function meeting(...names: string[]) {
  const world = new SignalingWorld();
  const clients = names.map((name, i) => {
    const client = new TestClient(world);
    client.join('room', name, { grants: grantsOfRole(i === 0 ? 'consultant' : 'client') });
    return client;
  });
  return { world, clients: clients as [TestClient, ...TestClient[]] };
}

t.test('who enters sees who and what is there; the others hear of it', async (t) => {
  const { clients } = meeting('lin');
  const [lin] = clients;
  const camera = lin.publish('camera');
  const late = new TestClient(lin.world);
  late.join('room', 'late');
  t.strictSame(
    late.joined?.producers.map(({ producerId }) => producerId),
    [camera],
  );
  t.equal(late.joined?.participants.length, 2);
  t.equal(lin.heard('participantJoined')[0]?.displayName, 'late');
  t.strictSame(late.heard('participantJoined'), [], 'nobody hears of themselves');
});

t.test('what is not granted is refused', async (t) => {
  const world = new SignalingWorld();
  const other = new TestClient(world);
  other.join('room', 'other');
  const producerId = other.publish('camera');
  const { participantId } = other.joined!;
  const nobody = new TestClient(world);
  nobody.join('room', 'nobody', { grants: noGrants });
  nobody.lines = [{ kind: 'video', direction: 'sendonly' }];
  t.equal(codeOf(nobody.negotiate([{ mid: '0', publish: { source: 'camera' } }])), 'publish_denied');
  nobody.lines = [{ kind: 'video', direction: 'recvonly' }];
  t.equal(codeOf(nobody.negotiate([{ mid: '0', subscribe: { producerId } }])), 'subscribe_denied');
  t.equal(codeOf(nobody.request('sendData', { topic: 'chat', payload: '' })), 'data_denied');
  t.equal(codeOf(nobody.request('kick', { participantId })), 'moderate_denied');
  t.equal(codeOf(nobody.request('closeRoom', {})), 'moderate_denied');
  t.equal(codeOf(nobody.request('mute', { producerId, muted: true })), 'moderate_denied');
  t.equal(codeOf(nobody.request('unpublish', { producerId })), 'producer_unknown', 'not theirs');
});

t.test(
  'one may unmute oneself, a moderator may only mute others, and everyone hears who did it',
  async (t) => {
    const { clients } = meeting('lin', 'client');
    const [lin, client] = clients;
    const producerId = client!.publish('microphone');
    t.equal(codeOf(lin.request('mute', { producerId, muted: true })), 'ok');
    t.strictSame(client!.heard('producerMuted'), [
      { producerId, muted: true, by: lin.joined!.participantId },
    ]);
    t.equal(codeOf(lin.request('mute', { producerId, muted: false })), 'moderate_denied');
    t.equal(codeOf(client!.request('mute', { producerId, muted: false })), 'ok');
    t.equal(codeOf(client!.request('mute', { producerId, muted: false })), 'ok');
    t.equal(lin.heard('producerMuted').length, 2, 'what changes nothing is not told');
  },
);

t.test('data messages are numbered over the room and never delivered twice', async (t) => {
  const { clients } = meeting('lin', 'a', 'b');
  const [lin, a, b] = clients;
  const payload = 'hello';
  lin.request('sendData', { topic: 'chat', payload, messageId: 'm1' });
  const again = lin.request('sendData', { topic: 'chat', payload, messageId: 'm1' });
  t.equal(again?.ok && again.data.dataSeq, 1);
  a!.request('sendData', { topic: 'chat', payload, to: b!.joined!.participantId });
  b!.request('sendData', { topic: 'chat', payload });
  t.strictSame(
    lin.heard('data').map(({ dataSeq }) => dataSeq),
    [3],
    'neither ones own nor what is for another',
  );
  t.strictSame(
    b!.heard('data').map(({ dataSeq }) => dataSeq),
    [1, 2],
  );
  t.equal(codeOf(lin.request('sendData', { topic: 'x', payload, to: 'gone' })), 'participant_unknown');
});

t.test('a kick ends the session, revokes the token and is told', async (t) => {
  const { world, clients } = meeting('lin', 'client');
  const [lin, client] = clients;
  const { participantId } = client!.joined!;
  t.equal(codeOf(lin.request('kick', { participantId })), 'ok');
  t.equal(client!.closeCode, 4403);
  t.strictSame(client!.heard('bye'), [{ reason: 'kicked' }]);
  t.strictSame(lin.heard('participantLeft'), [{ participantId, reason: 'kicked' }]);
  t.strictSame(world.revoked, ['token-client']);
  t.equal(codeOf(client!.resume()), 'session_gone');
});

t.test('closing the room ends everyone, and older tokens do not open it again', async (t) => {
  const { world, clients } = meeting('lin', 'client');
  const [lin, client] = clients;
  const before = Date.UTC(2026, 0, 1) + world.nowUs / 1000;
  t.equal(codeOf(lin.request('closeRoom', {})), 'ok', 'answered before the end');
  t.equal(lin.closeCode, 4410);
  t.equal(client!.closeCode, 4410);
  t.equal(codeOf(lin.join('room', 'lin', { issuedAtMs: before })), 'room_closed');
  t.equal(codeOf(lin.join('room', 'lin', { issuedAtMs: before + 1000 })), 'ok');
});

t.test('the same person entering again replaces, even in a full room', async (t) => {
  const world = new SignalingWorld({ settings: { maxParticipants: 1 } });
  const first = new TestClient(world);
  const second = new TestClient(world);
  first.join('room', 'lin');
  t.equal(codeOf(second.join('room', 'other')), 'room_full');
  t.equal(codeOf(second.join('room', 'lin')), 'ok');
  t.equal(first.closeCode, 4409);
  t.strictSame(first.heard('bye'), [{ reason: 'replaced' }]);
});

t.test('a lost worker ends all producers; everyone begins anew with a fresh connection', async (t) => {
  const { world, clients } = meeting('lin', 'client');
  const [lin, client] = clients;
  const producerId = lin.publish('camera');
  client!.subscribe(producerId, 'video');
  world.loseMedia([...world.directory.rooms.values()][0]!.roomId);
  for (const one of clients) {
    t.match(one.heard('mediaState'), [{ state: 'gone' }]);
    t.match(one.heard('producerRemoved'), [{ producerId }]);
  }
  t.equal(codeOf(lin.negotiate([])), 'media_unavailable');
  lin.lines = [{ kind: 'video', direction: 'sendonly' }];
  t.equal(codeOf(lin.negotiate([{ mid: '0', publish: { source: 'camera' } }], true)), 'ok');
  t.equal(client!.heard('producerAdded').length, 2);
});

t.test('a fresh connection ends what the one before carried', async (t) => {
  const { world, clients } = meeting('lin', 'client');
  const [lin, client] = clients;
  const before = lin.publish('camera');
  client!.subscribe(before, 'video');
  lin.lines = [{ kind: 'video', direction: 'sendonly' }];
  lin.negotiate([{ mid: '0', publish: { source: 'screen' } }], true);
  t.match(client!.heard('producerRemoved'), [{ producerId: before }]);
  const stats = world.routerStats([...world.directory.rooms.values()][0]!.roomId);
  t.equal(stats.transports.length, 2);
  t.equal(stats.producers.length, 1);
  t.equal(stats.consumers.length, 0);
});

t.test('a fresh connection that is refused leaves the one before as it was', async (t) => {
  const { world, clients } = meeting('lin');
  const [lin] = clients;
  lin.publish('camera');
  t.equal(codeOf(lin.request('negotiate', { sdp: 'nonsense', lines: [], fresh: true })), 'sdp_invalid');
  t.equal(world.routerStats([...world.directory.rooms.values()][0]!.roomId).producers.length, 1);
});

t.test('the active speaker is told by person, and forgotten with the producer', async (t) => {
  const { world, clients } = meeting('lin', 'client');
  const [lin, client] = clients;
  const producerId = client!.publish('microphone');
  const { roomId } = [...world.directory.rooms.values()][0]!;
  world.directory.handleRouterEvent(roomId, { type: 'activeSpeaker', producerId });
  world.directory.handleRouterEvent(roomId, { type: 'activeSpeaker', producerId });
  client!.request('unpublish', { producerId });
  t.strictSame(lin.heard('activeSpeaker'), [
    { participantId: client!.joined!.participantId, producerId },
    { participantId: null, producerId: null },
  ]);
});

t.test('quality is told to the subscriber alone, with the reason', async (t) => {
  const { world, clients } = meeting('lin', 'client');
  const [lin, client] = clients;
  const producerId = lin.publish('camera');
  const consumerId = client!.subscribe(producerId, 'video');
  const { roomId } = [...world.directory.rooms.values()][0]!;
  const layer = { spatialLayer: 0, temporalLayer: 0, width: 320, height: 180 };
  const change = {
    consumerId,
    from: layer,
    to: { ...layer, spatialLayer: -1 },
    reason: 'bandwidth',
  } as const;
  world.directory.handleRouterEvent(roomId, { type: 'consumerLayer', ...change });
  world.directory.handleRouterEvent(roomId, { type: 'consumerLayer', ...change, consumerId: 'gone' });
  world.settle();
  t.strictSame(client!.heard('quality'), [{ producerId, ...change }]);
  t.strictSame(lin.heard('quality'), []);
});

t.test('somebody may invite only to what they could do themselves', async (t) => {
  const consultant = grantsOfRole('consultant');
  t.ok(mayInvite('consultant', consultant));
  t.notOk(mayInvite('consultant', { ...consultant, record: false }));
  t.ok(mayInvite('client', { ...consultant, record: false }));
  t.notOk(mayInvite('client', grantsOfRole('client')));
});
