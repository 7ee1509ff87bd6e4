import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { grantsOfRole } from '../../src/signaling/room/role-grants.ts';
import { TestClient } from '../helpers/signaling-client.ts';
import { SignalingWorld } from '../helpers/signaling-world.ts';

const seed = 20_260_101;
const sources = ['camera', 'microphone', 'screen', 'instrument'] as const;
const waits = [10, 4_000, 4_000, 4_000, 11_000, 59_000, 61_000];

/** How often each action is tried. */
const weights = {
  join: 3,
  drop: 3,
  resume: 6,
  ping: 4,
  publish: 10,
  subscribe: 14,
  endLine: 4,
  fresh: 2,
  badOffer: 2,
  unpublish: 2,
  unsubscribe: 2,
  setSubscription: 4,
  mute: 4,
  sendData: 4,
  wait: 6,
  kick: 1,
  leave: 1,
  closeRoom: 1,
  loseMedia: 1,
  transportState: 2,
  activeSpeaker: 4,
  joinDevice: 1,
} as const;
type Action = keyof typeof weights;
const actions = (Object.keys(weights) as Action[]).flatMap((action) =>
  Array<Action>(weights[action]).fill(action),
);

/** One thing that happens; `a` and `b` choose among whatever there is then. */
const step = fc.record({
  action: fc.constantFrom(...actions),
  who: fc.nat({ max: 4 }),
  a: fc.nat({ max: 1000 }),
  b: fc.nat({ max: 1000 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];

class Scene {
  readonly world = new SignalingWorld({ settings: { maxParticipants: 3 }, maxRooms: 2 });
  readonly clients = Array.from({ length: 5 }, () => new TestClient(this.world));

  constructor() {
    for (const [who, client] of this.clients.slice(0, 3).entries()) client.join('room0', `person${who}`);
  }

  play({ action, who, a, b }: Step): void {
    const { world } = this;
    const client = this.clients[who]!;
    const rooms = [...world.directory.rooms.values()];
    const room = world.directory.rooms.get(client.joined?.room ?? '');
    const producers = room?.producerInfos ?? [];
    const mine = producers.filter(({ participantId }) => participantId === client.joined?.participantId);
    const producer = pick(producers, a);
    switch (action) {
      case 'join':
        client.drop();
        client.join(
          a % 4 === 0 ? `room${a % 3}` : 'room0',
          b % 4 === 0 ? `person${b % 5}` : `person${who}`,
          b % 5 === 0 ? { grants: grantsOfRole('device') } : {},
        );
        break;
      case 'drop':
        client.drop();
        break;
      case 'resume':
        client.resume(b % 7 === 0 ? 0 : client.lastSeq);
        break;
      case 'ping':
        client.request('ping', {});
        break;
      case 'publish': {
        const source = sources[a % 4]!;
        const kind = source === 'microphone' ? 'audio' : 'video';
        this.#offer(client, { kind, direction: 'sendonly' }, { publish: { source, muted: b % 2 === 0 } });
        break;
      }
      case 'subscribe':
        if (producer !== undefined) {
          const { producerId, kind } = producer;
          this.#offer(
            client,
            { kind, direction: 'recvonly' },
            { subscribe: { producerId, paused: b % 2 === 0 } },
          );
        }
        break;
      case 'endLine': {
        const line = pick(client.lines, a);
        if (line !== undefined) {
          client.lines[client.lines.indexOf(line)] = { kind: line.kind, direction: 'inactive' };
          client.negotiate([]);
        }
        break;
      }
      case 'fresh':
        client.lines = [{ kind: 'video', direction: 'sendonly' }];
        client.negotiate([{ mid: '0', publish: { source: 'camera' } }], true);
        break;
      case 'badOffer':
        client.request('negotiate', { sdp: `v=0\r\n${a}`, lines: [], fresh: b % 2 === 0 });
        break;
      case 'unpublish':
        client.request('unpublish', { producerId: pick(mine, a)?.producerId ?? 'none' });
        break;
      case 'unsubscribe':
        client.request('unsubscribe', { consumerId: pick(client.lines, a)?.id ?? 'none' });
        break;
      case 'setSubscription':
        client.request('setSubscription', {
          consumerId: pick(client.lines, a)?.id ?? 'none',
          paused: b % 2 === 0,
          wanted: { maxHeight: 360 },
        });
        break;
      case 'mute':
        client.request('mute', { producerId: producer?.producerId ?? 'none', muted: b % 2 === 0 });
        break;
      case 'sendData':
        client.request('sendData', {
          topic: 'chat',
          payload: 'hello',
          ...(b % 3 === 0 ? { messageId: `m${a % 3}` } : {}),
        });
        break;
      case 'wait':
        world.advance(waits[a % waits.length]!);
        if (b % 2 === 0) for (const one of this.clients) one.request('ping', {});
        break;
      case 'kick':
        client.request('kick', {
          participantId: pick(room?.participantInfos ?? [], a)?.participantId ?? 'none',
        });
        break;
      case 'leave':
        client.request('leave', {});
        break;
      case 'closeRoom':
        if (b % 3 === 0) client.request('closeRoom', {});
        break;
      case 'loseMedia':
        world.loseMedia(pick(rooms, a)?.roomId ?? 'none');
        break;
      case 'transportState': {
        const chosen = pick(rooms, a);
        for (const { media } of chosen?.participants.values() ?? []) {
          const state = pick(['connecting', 'connected', 'disconnected', 'failed'] as const, b)!;
          const transportId = media.transportId ?? 'none';
          world.directory.handleTransportState(chosen!.roomId, { transportId, state }, world.nowUs);
        }
        world.settle();
        break;
      }
      case 'activeSpeaker': {
        const producerId = b % 3 === 0 ? null : (producer?.producerId ?? 'none');
        if (room !== undefined) {
          world.directory.handleRouterEvent(room.roomId, { type: 'activeSpeaker', producerId });
        }
        world.settle();
        break;
      }
      case 'joinDevice':
        this.#joinDevice(`room${a % 3}`, `device${b % 2}`);
        break;
    }
  }

  /** What signaling believes is what the routers have, exactly. */
  check(): void {
    const { world } = this;
    const roomIds = new Set([...world.directory.rooms.values()].map(({ roomId }) => roomId));
    assert.deepEqual(new Set(world.routers.keys()), roomIds);
    for (const room of world.directory.rooms.values()) {
      const stats = world.routerStats(room.roomId);
      const media = [...room.participants.values()].map((participant) => participant.media);
      assert.deepEqual(
        stats.producers.map(({ producerId, paused }) => `${producerId} ${paused}`).sort(),
        media
          .flatMap(({ producers }) => [...producers.values()].map((p) => `${p.producerId} ${p.muted}`))
          .sort(),
      );
      assert.deepEqual(
        stats.consumers.map(({ consumerId }) => consumerId).sort(),
        media.flatMap(({ consumers }) => [...consumers.keys()]).sort(),
      );
      assert.deepEqual(
        stats.transports.map(({ transportId }) => transportId).sort(),
        media.flatMap(({ transportId }) => transportId ?? []).sort(),
      );
    }
  }

  /** After everybody fell silent, nothing is left and nothing is said. */
  end(how: number): void {
    const { world, clients } = this;
    if (how === 0) for (const client of clients) client.drop();
    if (how === 1) world.directory.close();
    if (how === 2) world.directory.drain(world.nowUs, 20);
    world.settle();
    world.advance(10 * 60_000);
    assert.equal(world.lobby.nextTimeout(), undefined, 'nothing is waited for');
    assert.equal(world.directory.sessionCount, 0);
    assert.equal(world.directory.rooms.size, 0);
    assert.equal(world.lobby.connectionCount, 0);
    assert.equal(world.connections.size, 0);
    assert.equal(world.routers.size, 0);
    assert.equal(world.media.closed, world.media.created);
    const before = world.effects.length;
    for (const client of clients) {
      if (client.joined !== undefined)
        assert.equal(client.resume()?.ok, false, 'a session that ended is gone');
      client.drop();
    }
    world.directory.close();
    assert.equal(world.effects.length, before, 'nothing is said after the end');
  }

  #offer(
    client: TestClient,
    line: { kind: 'audio' | 'video'; direction: 'sendonly' | 'recvonly' },
    what: Omit<Parameters<TestClient['negotiate']>[0][number], 'mid'>,
  ): void {
    const before = [...client.lines];
    client.lines.push(line);
    const answer = client.negotiate([{ mid: String(before.length), ...what }]);
    // As a browser rolls back an offer that was refused.
    if (!answer?.ok) client.lines = before;
  }

  #joinDevice(room: string, subject: string): void {
    const { world } = this;
    const identity = {
      subject,
      tokenId: `token-${subject}`,
      role: 'device' as const,
      displayName: subject,
      grants: grantsOfRole('device'),
    };
    const issuedAtMs = Date.UTC(2026, 0, 1) + world.nowUs / 1000;
    try {
      world.directory.joinDevice({ room, identity, issuedAtMs }, world.nowUs);
    } catch (error) {
      assert.ok(error instanceof Error && error.name === 'VisavisError', String(error));
    }
    world.settle();
  }
}

t.test('any order of events leaves nothing behind, and each create has exactly one close', async (t) => {
  t.comment(`seed ${seed}`);
  const done = { scenes: 0, producers: 0, consumers: 0, resumed: 0, ended: 0 };
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }),
      fc.nat({ max: 3 }),
      (steps, how) => {
        const scene = new Scene();
        for (const one of steps) {
          scene.play(one);
          scene.check();
        }
        scene.end(how);
        const { answered } = scene.world;
        done.scenes += 1;
        done.resumed += answered.get('resume') ?? 0;
        done.ended += answered.get('leave') ?? 0;
        done.producers += answered.get('published') ?? 0;
        done.consumers += answered.get('subscribed') ?? 0;
      },
    ),
    { seed, numRuns: 300 },
  );
  t.comment(JSON.stringify(done));
  // The scenes reach deep enough to mean something.
  for (const [what, count] of Object.entries(done)) t.ok(count >= 50, `${what}: ${count}`);
});
