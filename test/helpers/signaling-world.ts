/**
 * Signaling's state machines with the real SDP negotiation and real Routers around them, in virtual time. Everything
 * that comes out is checked as it comes: frames match their schemas, sequence numbers have no gap, nothing is sent on a
 * closed connection, no media command fails.
 */
import assert from 'node:assert/strict';
import type { RouterEvent, RouterStats } from '../../src/sfu/events.ts';
import { Router } from '../../src/sfu/router.ts';
import { Directory } from '../../src/signaling/directory/directory.ts';
import { Lobby } from '../../src/signaling/directory/lobby.ts';
import type { Source } from '../../src/signaling/protocol/common.ts';
import type { Effect } from '../../src/signaling/room/effects.ts';
import { defaultRoomSettings, type RoomSettings } from '../../src/signaling/room/room-settings.ts';
import type { ToWorker } from '../../src/transport/media-messages.ts';
import { PeerNegotiation } from '../../src/transport/sdp/peer-negotiation.ts';

/** Who reads a connection. */
export interface FrameReader {
  connectionId: string | undefined;
  closeCode: number | undefined;
  receive(frame: unknown): void;
}

export interface WorldOptions {
  readonly settings?: Partial<RoomSettings>;
  readonly maxRooms?: number;
}

export class SignalingWorld {
  nowUs = 1_000_000;
  readonly effects: Effect[] = [];
  readonly directory: Directory;
  readonly lobby: Lobby;
  readonly routers = new Map<string, Router>();
  /** Open connections and who reads them. */
  readonly connections = new Map<string, FrameReader>();
  readonly revoked: string[] = [];
  readonly logs: Extract<Effect, { type: 'log' }>[] = [];
  readonly faults: unknown[] = [];
  /** Rooms made and not closed, and how often either happened. */
  readonly media = { created: 0, closed: 0 };
  /** How often a request of each type succeeded, and how many producers and consumers were made. */
  readonly answered = new Map<string, number>();
  /** What routers said and signaling has not heard yet. */
  readonly #events: [roomId: string, event: RouterEvent][] = [];
  #lastId = 0;
  #lastStats: RouterStats | undefined;

  constructor(options: WorldOptions = {}) {
    const settings = { ...defaultRoomSettings, ...options.settings };
    this.directory = new Directory({
      settings,
      maxRooms: options.maxRooms ?? 10,
      effects: this.effects,
      makeId: () => this.makeId(),
      makeSecret: () => `secret-${this.makeId()}`,
      wallMsAt: (nowUs) => Date.UTC(2026, 0, 1) + nowUs / 1000,
      makeNegotiation: (roomId, transportId) =>
        new PeerNegotiation<Source>({
          roomId,
          transportId,
          candidates: [
            { protocol: 'udp', address: '192.0.2.1', port: 4000, priority: 2_130_706_431, foundation: '1' },
          ],
          fingerprint: { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') },
          makeId: () => this.makeId(),
          random32: () => (++this.#lastId * 2_654_435_761) >>> 0,
          makeIceParameters: () => ({
            usernameFragment: `ice${++this.#lastId}`,
            password: 'abcdefghijklmnopqrstuv',
          }),
          limits: { maxProducers: 4, maxConsumers: 8, maxExtensionsPerLine: 64 },
          codecs: ['opus', 'vp8'],
        }),
    });
    this.lobby = new Lobby({
      directory: this.directory,
      effects: this.effects,
      joinWithinSeconds: 10,
      resumeWindowSeconds: settings.resumeWindowSeconds,
      onAnswer: () => undefined,
      onFault: (error) => this.faults.push(error),
    });
  }

  makeId(): string {
    return `id-${++this.#lastId}`;
  }

  /** Does what the state machines want, and lets them hear what the routers said, until all is quiet. */
  settle(): void {
    while (this.effects.length > 0 || this.#events.length > 0) {
      for (const effect of this.effects.splice(0)) this.#perform(effect);
      for (const [roomId, event] of this.#events.splice(0)) this.directory.handleRouterEvent(roomId, event);
    }
    assert.deepEqual(this.faults, [], 'no request failed by a fault of ours');
  }

  /** Lets time pass, waking the state machines exactly when they asked to be. */
  advance(ms: number): void {
    const untilUs = this.nowUs + ms * 1000;
    for (let wakes = 0; ; wakes++) {
      assert.ok(wakes < 10_000, 'time-outs come to an end');
      const nextUs = this.lobby.nextTimeout();
      if (nextUs === undefined || nextUs > untilUs) break;
      this.nowUs = Math.max(this.nowUs, nextUs);
      this.lobby.handleTimeout(this.nowUs);
      this.settle();
    }
    this.nowUs = untilUs;
  }

  count(what: string): void {
    this.answered.set(what, (this.answered.get(what) ?? 0) + 1);
  }

  /** The room's worker dies. */
  loseMedia(roomId: string): void {
    if (!this.routers.delete(roomId)) return;
    this.media.closed += 1;
    this.directory.handleRoomLost(roomId);
    this.settle();
  }

  /** What the router of a room has, as it counts itself. */
  routerStats(roomId: string): RouterStats {
    this.routers.get(roomId)?.handleCommand({ type: 'getStats', requestId: 0 }, this.nowUs);
    assert.ok(this.#lastStats);
    return this.#lastStats;
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'send': {
        const client = this.connections.get(effect.connectionId);
        assert.ok(client, 'nothing is sent on a connection that is closed');
        client.receive(JSON.parse(effect.frame));
        break;
      }
      case 'closeConnection': {
        const client = this.connections.get(effect.connectionId);
        assert.ok(client, 'a connection is closed once');
        this.connections.delete(effect.connectionId);
        if (client.connectionId === effect.connectionId) client.connectionId = undefined;
        client.closeCode = effect.code;
        this.lobby.closed(effect.connectionId, this.nowUs);
        break;
      }
      case 'media':
        this.#performMedia(effect.message);
        break;
      case 'revokeToken':
        this.revoked.push(effect.tokenId);
        break;
      case 'log':
        this.logs.push(effect);
        break;
    }
  }

  #performMedia(message: ToWorker): void {
    if (message.type === 'createRoom') {
      assert.ok(!this.routers.has(message.roomId), 'a room is created once');
      this.media.created += 1;
      this.routers.set(message.roomId, this.#makeRouter(message.roomId));
    } else if (message.type === 'closeRoom') {
      const router = this.routers.get(message.roomId);
      assert.ok(router, 'a room is closed once');
      this.media.closed += 1;
      this.routers.delete(message.roomId);
      router.close();
    } else if (message.type === 'router') {
      const router = this.routers.get(message.roomId);
      assert.ok(router, 'commands are for rooms that are there');
      router.handleCommand(message.command, this.nowUs);
      if (message.command.type === 'createProducer') this.count('published');
      if (message.command.type === 'createConsumer') this.count('subscribed');
    }
  }

  #makeRouter(roomId: string): Router {
    return new Router({
      random: () => ++this.#lastId,
      wallClockOffsetUs: 0,
      outbox: {
        sendRtp: () => undefined,
        sendRtcp: () => undefined,
        emit: (event) => {
          assert.notEqual(event.type, 'commandFailed', JSON.stringify(event));
          if (event.type === 'stats') this.#lastStats = event.stats;
          else this.#events.push([roomId, event]);
        },
      },
    });
  }
}
