/** A client of the signaling world: what it asked, what it heard, and what it must not hear. */
import assert from 'node:assert/strict';
import { Compile } from 'typebox/compile';
import type { VisavisError } from '../../src/base/errors.ts';
import type { RoomRequest } from '../../src/signaling/directory/handle-request.ts';
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
import { grantsOfRole } from '../../src/signaling/room/role-grants.ts';
import { clientOffer, type OfferedLine } from './client-offer.ts';
import type { FrameReader, SignalingWorld } from './signaling-world.ts';

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

/** One person's browser: what it sent, heard, and must not hear. */
export class TestClient implements FrameReader {
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
