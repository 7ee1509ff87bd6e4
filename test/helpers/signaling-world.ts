/**
 * Signaling's state machines with the real SDP negotiation and real Routers around them, in virtual time. Everything
 * that comes out is checked as it comes: frames match their schemas, sequence numbers have no gap, nothing is sent on a
 * closed connection, no media command fails.
 */
import assert from 'node:assert/strict';
import { Compile } from 'typebox/compile';
import type { VisavisError } from '../../src/base/errors.ts';
import type { RouterEvent, RouterStats } from '../../src/sfu/events.ts';
import { Router } from '../../src/sfu/router.ts';
import { Directory } from '../../src/signaling/directory/directory.ts';
import type { RoomRequest } from '../../src/signaling/directory/handle-request.ts';
import { Lobby } from '../../src/signaling/directory/lobby.ts';
import type { Grants, Source } from '../../src/signaling/protocol/common.ts';
import { ErrorFrame, OkFrame } from '../../src/signaling/protocol/envelope.ts';
import {
  type RequestData,
  type RequestResult,
  type RequestType,
  requests,
} from '../../src/signaling/protocol/requests.ts';
import { type ServerEvent, serverEvents } from '../../src/signaling/protocol/server-events.ts';
import { parseRequest } from '../../src/signaling/protocol/validate.ts';
import type { Effect } from '../../src/signaling/room/effects.ts';
import { grantsOfRole } from '../../src/signaling/room/role-grants.ts';
import { defaultRoomSettings, type RoomSettings } from '../../src/signaling/room/room-settings.ts';
import type { ToWorker } from '../../src/transport/media-messages.ts';
import { PeerNegotiation } from '../../src/transport/sdp/peer-negotiation.ts';
import { clientOffer, type OfferedLine } from './client-offer.ts';

const resultValidators = Object.fromEntries(
  Object.entries(requests).map(([type, { result }]) => [type, Compile(result)]),
);
const eventValidators = Object.fromEntries(
  Object.entries(serverEvents).map(([type, { data }]) => [type, Compile(data)]),
);
const okValidator = Compile(OkFrame);
const errorValidator = Compile(ErrorFrame);

export type Answer<T extends RequestType> =
  | { readonly ok: true; readonly data: RequestResult<T> }
  | { readonly ok: false; readonly error: { readonly code: VisavisError['code'] } };

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
  readonly connections = new Map<string, TestClient>();
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
          limits: { maxProducers: 4, maxConsumers: 8 },
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

/** One person's browser: what it sent, heard, and must not hear. */
export class TestClient {
  readonly world: SignalingWorld;
  connectionId: string | undefined;
  closeCode: number | undefined;
  joined: RequestResult<'join'> | undefined;
  lastSeq = 0;
  readonly events: ServerEvent[] = [];
  /** The m-lines of its present PeerConnection. */
  lines: (OfferedLine & { id?: string | undefined })[] = [];
  #lastRequest = 0;
  #answers = new Map<number, { type: RequestType; answer: Answer<RequestType> | undefined }>();

  constructor(world: SignalingWorld) {
    this.world = world;
  }

  connect(): void {
    this.connectionId = this.world.makeId();
    this.closeCode = undefined;
    this.world.connections.set(this.connectionId, this);
    this.world.lobby.opened(this.connectionId, this.world.nowUs);
    this.world.settle();
  }

  /** The connection breaks without a word. */
  drop(): void {
    const { connectionId } = this;
    if (connectionId === undefined) return;
    this.world.connections.delete(connectionId);
    this.connectionId = undefined;
    this.world.lobby.closed(connectionId, this.world.nowUs);
    this.world.settle();
  }

  /** Connects and joins as `subject`; undefined options are as for a consultant. */
  join(
    room: string,
    subject: string,
    options: { readonly grants?: Grants; readonly issuedAtMs?: number; readonly tokenId?: string } = {},
  ): Answer<'join'> | undefined {
    this.connect();
    const id = this.#ask('join');
    const admission = {
      room,
      issuedAtMs: options.issuedAtMs ?? Date.UTC(2026, 0, 1) + this.world.nowUs / 1000,
      rejoinToken: 'rejoin',
      identity: {
        subject,
        tokenId: options.tokenId ?? `token-${subject}`,
        role: 'consultant' as const,
        displayName: subject,
        grants: options.grants ?? grantsOfRole('consultant'),
      },
    };
    if (this.world.lobby.mayEnter(this.connectionId!, id)) {
      this.world.lobby.entering(this.connectionId!);
      this.world.lobby.join(this.connectionId!, id, admission, this.world.nowUs);
    }
    this.world.settle();
    const answer = this.#answers.get(id)?.answer as Answer<'join'> | undefined;
    if (answer?.ok) {
      this.joined = answer.data;
      this.lines = [];
    }
    return answer;
  }

  /** Connects anew and resumes; the events that were missed are checked to follow without a gap. */
  resume(lastSeq = this.lastSeq): Answer<'resume'> | undefined {
    const { joined } = this;
    if (joined === undefined) return undefined;
    this.connect();
    const id = this.#ask('resume');
    this.lastSeq = lastSeq;
    const { sessionId, resumeSecret } = joined;
    this.world.lobby.resume(this.connectionId!, id, { sessionId, resumeSecret, lastSeq }, this.world.nowUs);
    this.world.settle();
    return this.#answers.get(id)?.answer as Answer<'resume'> | undefined;
  }

  /** Asks and returns the answer, undefined if there came none. */
  request<T extends RoomRequest['type']>(type: T, data: RequestData<T>): Answer<T> | undefined {
    if (this.connectionId === undefined) return undefined;
    const id = this.#ask(type);
    const parsed = parseRequest(JSON.stringify({ id, type, data }));
    assert.ok(parsed.ok, 'tests send what the schema allows');
    this.world.lobby.handle(this.connectionId, parsed.request as RoomRequest, this.world.nowUs);
    this.world.settle();
    return this.#answers.get(id)?.answer as Answer<T> | undefined;
  }

  /** Offers the present lines, of which `lines` are new or changed. */
  negotiate(lines: RequestData<'negotiate'>['lines'], fresh = false): Answer<'negotiate'> | undefined {
    const sdp = clientOffer(this.lines);
    const answer = this.request('negotiate', { sdp, lines, ...(fresh ? { fresh } : {}) });
    if (!answer?.ok) return answer;
    for (const { mid, producerId, consumerId } of answer.data.lines) {
      const line = this.lines[Number(mid)];
      assert.ok(line, 'answers name lines that were offered');
      line.id = consumerId ?? producerId;
    }
    return answer;
  }

  /** Publishes on a new m-line and returns the producer's id. */
  publish(source: Source, muted = false): string {
    const mid = String(this.lines.length);
    this.lines.push({ kind: source === 'microphone' ? 'audio' : 'video', direction: 'sendonly' });
    const answer = this.negotiate([{ mid, publish: { source, muted } }]);
    assert.ok(answer?.ok, JSON.stringify(answer));
    const line = answer.data.lines.find((row) => row.mid === mid);
    assert.ok(line?.producerId);
    return line.producerId;
  }

  /** Subscribes on a new m-line and returns the consumer's id. */
  subscribe(producerId: string, kind: 'audio' | 'video'): string {
    const mid = String(this.lines.length);
    this.lines.push({ kind, direction: 'recvonly' });
    const answer = this.negotiate([{ mid, subscribe: { producerId } }]);
    assert.ok(answer?.ok, JSON.stringify(answer));
    const line = answer.data.lines.find((row) => row.mid === mid);
    assert.ok(line?.consumerId);
    return line.consumerId;
  }

  /** The data of events of one type, oldest first. */
  heard<T extends ServerEvent['type']>(type: T): Extract<ServerEvent, { type: T }>['data'][] {
    return this.events.filter((event) => event.type === type).map((event) => event.data as never);
  }

  receive(frame: unknown): void {
    const { seq, type, data, id } = frame as { seq?: number; type?: string; data?: unknown; id?: number };
    if (seq !== undefined && type !== undefined) {
      assert.equal(seq, this.lastSeq + 1, 'events have no gap and do not repeat');
      assert.ok(eventValidators[type]?.Check(data), `${type} matches its schema: ${JSON.stringify(data)}`);
      this.lastSeq = seq;
      this.events.push(frame as ServerEvent);
      return;
    }
    const asked = this.#answers.get(id!);
    assert.ok(asked, 'only what was asked is answered');
    assert.equal(asked.answer, undefined, 'a request is answered once');
    asked.answer = frame as Answer<RequestType>;
    if (!asked.answer.ok) {
      assert.ok(errorValidator.Check(frame), 'errors match their schema');
      return;
    }
    assert.ok(
      okValidator.Check(frame) && resultValidators[asked.type]?.Check(data),
      `answer to ${asked.type}`,
    );
    this.world.count(asked.type);
    if (asked.type === 'join') {
      this.lastSeq = (data as RequestResult<'join'>).seq;
      this.events.length = 0;
    }
  }

  #ask(type: RequestType): number {
    this.#lastRequest += 1;
    this.#answers.set(this.#lastRequest, { type, answer: undefined });
    return this.#lastRequest;
  }
}
