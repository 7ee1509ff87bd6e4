import t from 'tap';
import type { ParticipantInfo, ProducerInfo } from '../../../../src/signaling/protocol/common.ts';
import type { ServerEvent } from '../../../../src/signaling/protocol/server-events.ts';
import { emptyRoster, type Roster, withEvent, withSnapshot } from '../../../../web/sdk/roster.ts';

const person = (participantId: string): ParticipantInfo => ({
  participantId,
  displayName: participantId,
  role: 'client',
  connected: true,
  joinedAt: '2026-01-01T00:00:00Z',
});
const producer = (producerId: string, participantId: string): ProducerInfo => ({
  producerId,
  participantId,
  kind: 'video',
  source: 'camera',
  muted: false,
  codec: 'vp8',
  simulcast: true,
});
const layer = (spatialLayer: number) => ({ spatialLayer, temporalLayer: 2, width: 960, height: 540 });

let seq = 0;
const event = (type: string, data: object) => ({ seq: ++seq, type, data }) as unknown as ServerEvent;
const after = (roster: Roster, ...events: [string, object][]) =>
  events.reduce((state, [type, data]) => withEvent(state, event(type, data)), roster);

const room = withSnapshot(emptyRoster, 'me', {
  participants: [person('me'), person('anna')],
  producers: [producer('my-camera', 'me'), producer('a1', 'anna')],
});

t.test('a snapshot tells the others from oneself', async (test) => {
  test.same(
    room.participants.map(({ participantId }) => participantId),
    ['anna'],
  );
  test.match(room.producers, [{ producerId: 'a1', flowing: true, layer: undefined }]);
});

t.test('people come, change and go, with what they publish', async (test) => {
  const came = after(
    room,
    ['participantJoined', person('chen')],
    ['producerAdded', producer('c1', 'chen')],
    ['participantUpdated', { ...person('chen'), connected: false }],
  );
  test.match(came.participants, [{ participantId: 'anna' }, { participantId: 'chen', connected: false }]);
  const gone = after(came, ['participantLeft', { participantId: 'chen', reason: 'left' }]);
  test.same(gone.participants, room.participants);
  test.same(gone.producers, room.producers);
});

t.test('what happens to oneself is not shown among the others', async (test) => {
  const same = after(room, ['participantUpdated', person('me')], ['producerAdded', producer('x', 'me')]);
  test.equal(same, room);
});

t.test('a producer tells its mute, its flow and its layer', async (test) => {
  const changed = after(
    room,
    ['producerMuted', { producerId: 'a1', muted: true, by: 'anna' }],
    ['producerFlow', { producerId: 'a1', flowing: false }],
    ['quality', { consumerId: 'x', producerId: 'a1', from: layer(-1), to: layer(1), reason: 'bandwidth' }],
  );
  test.match(changed.producers, [
    { muted: true, flowing: false, layer: { spatialLayer: 1 }, reason: 'bandwidth' },
  ]);
});

t.test('a speaker who leaves no longer speaks', async (test) => {
  const speaking = after(room, ['activeSpeaker', { participantId: 'anna', producerId: 'a1' }]);
  test.equal(speaking.activeSpeaker, 'anna');
  test.equal(
    after(speaking, ['participantLeft', { participantId: 'anna', reason: 'left' }]).activeSpeaker,
    null,
  );
});

t.test('events that the snapshot of a resume already has change nothing', async (test) => {
  const events: [string, object][] = [
    ['participantJoined', person('chen')],
    ['producerAdded', producer('c1', 'chen')],
    ['producerRemoved', { producerId: 'a1', participantId: 'anna' }],
    ['producerMuted', { producerId: 'c1', muted: true, by: 'chen' }],
  ];
  const now = after(room, ...events);
  const resumed = withSnapshot(room, 'me', {
    participants: [person('me'), ...now.participants],
    producers: [...now.producers],
  });
  const replayed = after(resumed, ...events);
  test.same(replayed.participants, now.participants);
  test.same(replayed.producers, now.producers);
});

t.test('a snapshot keeps what was known of layers, and forgets who is gone', async (test) => {
  const shown = after(room, [
    'quality',
    { consumerId: 'x', producerId: 'a1', from: layer(-1), to: layer(2), reason: 'start' },
  ]);
  const resumed = withSnapshot(shown, 'me', {
    participants: [person('anna')],
    producers: [producer('a1', 'anna')],
  });
  test.match(resumed.producers, [{ layer: { spatialLayer: 2 } }]);
  const empty = withSnapshot(shown, 'me', { participants: [], producers: [] });
  test.same(empty.producers, []);
});

t.test('events about unknown ones are harmless', async (test) => {
  const same = after(
    room,
    ['producerRemoved', { producerId: 'nobody', participantId: 'nobody' }],
    ['producerFlow', { producerId: 'nobody', flowing: false }],
    ['participantLeft', { participantId: 'nobody', reason: 'lost' }],
    ['draining', { deadlineSeconds: 1 }],
  );
  test.same(same.producers, room.producers);
  test.same(same.participants, room.participants);
});
