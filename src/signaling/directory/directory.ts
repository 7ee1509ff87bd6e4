import { VisavisError } from '../../base/errors.ts';
import type { RouterEvent } from '../../sfu/events.ts';
import type { TransportState } from '../../transport/media-messages.ts';
import type { LeaveReason } from '../protocol/common.ts';
import { DeviceWatch } from '../room/device-watch.ts';
import type { EffectSink } from '../room/effects.ts';
import type { Identity, Participant } from '../room/participant.ts';
import type { Negotiation } from '../room/peer-media.ts';
import { Room } from '../room/room.ts';
import type { RoomSettings } from '../room/room-settings.ts';
import { Session } from '../room/session.ts';
import { rejoinIdOf } from '../tokens/rejoin-id.ts';
import { RoomCatalog, type RoomPolicy } from './room-catalog.ts';

export interface DirectoryOptions {
  readonly settings: RoomSettings;
  readonly maxRooms: number;
  /** Closings of before, oldest first. */
  readonly closings?: Iterable<readonly [room: string, closedAtMs: number]>;
  readonly effects: EffectSink;
  /** Unique, url-safe. */
  makeId(): string;
  /** At least 128 bits of randomness, url-safe. */
  makeSecret(): string;
  makeNegotiation(roomId: string, transportId: string): Negotiation;
  /** Wall clock at a monotonic time, milliseconds since 1970. */
  wallMsAt(nowUs: number): number;
}

/** Who wants in where, as a verified token told. */
export interface Admission {
  readonly room: string;
  readonly identity: Identity;
  readonly issuedAtMs: number;
}

/** Somebody's place in a room. */
export interface Seat {
  readonly room: Room;
  readonly participant: Participant;
}

/** A seat with a session, and the secret that resumes it, told once. */
export interface SessionSeat extends Seat {
  readonly session: Session;
  readonly resumeSecret: string;
}

/**
 * Every room and session of the server. Sans-IO: told what happens and the time, it pushes effects. A room opens with
 * the first who enters and closes with the last who leaves.
 */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #roomsById = new Map<string, Room>();
  readonly #seats = new Map<string, Seat>();
  readonly #devices = new Set<Seat>();
  readonly #catalog: RoomCatalog;
  #drainUntilUs: number | undefined;
  #closed = false;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#catalog = new RoomCatalog(options.maxRooms, options.closings);
  }

  /** Open rooms by name. */
  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  get catalog(): RoomCatalog {
    return this.#catalog;
  }

  /** Seats of WHIP and WHEP devices. */
  get devices(): ReadonlySet<Seat> {
    return this.#devices;
  }

  /** Sessions that live or may resume. */
  get sessionCount(): number {
    return this.#seats.size;
  }

  get draining(): boolean {
    return this.#drainUntilUs !== undefined || this.#closed;
  }

  /** Whether everybody has gone. */
  get empty(): boolean {
    return this.#rooms.size === 0;
  }

  wallClockAt(nowUs: number): string {
    return new Date(this.#options.wallMsAt(nowUs)).toISOString();
  }

  /** Lets somebody with a signaling connection in. Throws VisavisError if they may not enter (now). */
  join(admission: Admission, connectionId: string, nowUs: number): SessionSeat {
    const { settings, makeId, makeSecret, effects } = this.#options;
    const resumeSecret = makeSecret();
    const session = new Session(
      {
        sessionId: makeId(),
        resumeSecret,
        connectionId,
        timing: {
          lostAfterUs: settings.lostAfterSeconds * 1e6,
          resumeWindowUs: settings.resumeWindowSeconds * 1e6,
        },
        log: settings.eventLog,
        effects,
      },
      nowUs,
    );
    const seat = this.#enter(admission, session, nowUs);
    this.#seats.set(session.sessionId, seat);
    return { ...seat, session, resumeSecret };
  }

  /** Lets a device in whose transport alone stands for it. Throws as `join`. */
  joinDevice(admission: Admission, nowUs: number): Seat {
    const watch = new DeviceWatch(this.#options.settings.resumeWindowSeconds * 1e6, nowUs);
    const seat = this.#enter(admission, watch, nowUs);
    this.#devices.add(seat);
    return seat;
  }

  /** The seat of a session that may be resumed now with every event replayed. Throws `session_gone`. */
  resumable(sessionId: string, resumeSecret: string, lastSeq: number): Seat {
    const seat = this.#seats.get(sessionId);
    const session = seat?.participant.session;
    if (seat === undefined || session === undefined || !session.isSecret(resumeSecret)) {
      throw new VisavisError('session_gone', 'there is no such session (any more)');
    }
    if (!session.canReplay(lastSeq)) {
      this.leave(seat, 'lost');
      throw new VisavisError('session_gone', 'events between have been lost');
    }
    return seat;
  }

  /** A session's connection closed: it may resume for a while. */
  dropped(seat: Seat, connectionId: string, nowUs: number): void {
    if (seat.participant.session?.dropped(connectionId, nowUs)) {
      seat.room.connectionChanged(seat.participant);
    }
  }

  /**
   * Ends somebody's stay, and the room with the last. Who was kicked has no way back; who left has none by the token for
   * breaks, which would let them into the room's next consultation.
   */
  leave({ room, participant }: Seat, reason: LeaveReason): void {
    const { identity, session } = participant;
    if (reason === 'kicked') this.#revoke(identity.tokenId);
    if (reason === 'left' && session !== undefined) this.#revoke(rejoinIdOf(identity.tokenId));
    room.remove(participant, reason);
    this.#closeIfEmpty(room);
  }

  /**
   * Ends a room for everyone; tokens and invites made until now do not open it again, whether or not anybody is in it.
   * False if nobody was and it was not set up.
   */
  closeRoom(name: string, nowUs: number): boolean {
    const room = this.#rooms.get(name);
    const known = room !== undefined || this.#catalog.policy(name) !== undefined;
    const closedAtMs = Math.ceil(this.#options.wallMsAt(nowUs));
    this.#catalog.close(name, closedAtMs);
    this.#options.effects.push({ type: 'roomClosed', room: name, closedAtMs });
    if (room !== undefined) {
      for (const { identity } of room.participants.values()) this.#revoke(identity.tokenId);
      this.#close(room, 'roomClosed');
    }
    return known;
  }

  /** Sets up a room ahead, or changes its policy for those who come from now on. */
  setRoomPolicy(name: string, policy: RoomPolicy): void {
    this.#catalog.setPolicy(name, policy);
  }

  handleRouterEvent(roomId: string, event: RouterEvent): void {
    this.#roomsById.get(roomId)?.handleRouterEvent(event);
  }

  handleTransportState(
    roomId: string,
    transport: { readonly transportId: string; readonly state: TransportState; readonly reason?: string },
    nowUs: number,
  ): void {
    const { transportId, state, reason } = transport;
    this.#roomsById.get(roomId)?.handleTransportState(transportId, state, reason, nowUs);
  }

  /** The worker that carried the room died. */
  handleRoomLost(roomId: string): void {
    const room = this.#roomsById.get(roomId);
    if (room === undefined) return;
    room.mediaLost();
    for (const seat of this.#devices) if (seat.room === room) this.leave(seat, 'lost');
  }

  /** The earliest time `handleTimeout` has something to do; undefined: nothing is waited for. */
  nextTimeout(): number | undefined {
    let next = this.#closed ? undefined : this.#drainUntilUs;
    for (const { participant } of [...this.#seats.values(), ...this.#devices]) {
      const deadlineUs = participant.session?.deadlineUs ?? participant.device?.deadlineUs;
      if (deadlineUs !== undefined && (next === undefined || deadlineUs < next)) next = deadlineUs;
    }
    return next;
  }

  handleTimeout(nowUs: number): void {
    if (this.#drainUntilUs !== undefined && nowUs >= this.#drainUntilUs) this.close();
    for (const seat of this.#seats.values()) {
      const happened = seat.participant.session?.handleTimeout(nowUs);
      if (happened === 'silent') seat.room.connectionChanged(seat.participant);
      if (happened === 'expired') this.leave(seat, 'lost');
    }
    for (const seat of this.#devices) {
      if (seat.participant.device?.handleTimeout(nowUs)) this.leave(seat, 'lost');
    }
  }

  /** Admits nobody new, tells everyone, and closes at the deadline whatever is still there. */
  drain(nowUs: number, deadlineSeconds: number): void {
    if (this.draining) return;
    this.#drainUntilUs = nowUs + deadlineSeconds * 1e6;
    for (const { participant } of this.#seats.values()) {
      participant.session?.event('draining', { deadlineSeconds });
    }
  }

  /** Ends everything with `serverShutdown`. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#drainUntilUs = undefined;
    for (const room of this.#rooms.values()) this.#close(room, 'serverShutdown');
  }

  #enter(admission: Admission, connection: Session | DeviceWatch, nowUs: number): Seat {
    if (this.draining) throw new VisavisError('server_draining', 'the server is about to stop');
    this.#catalog.checkOpen(admission.room, admission.issuedAtMs);
    const room = this.#rooms.get(admission.room) ?? this.#open(admission.room);
    try {
      return { room, participant: room.enter(admission.identity, connection, nowUs) };
    } finally {
      this.#closeIfEmpty(room);
    }
  }

  #open(name: string): Room {
    const { settings, maxRooms, effects, makeId, makeNegotiation } = this.#options;
    if (this.#rooms.size >= maxRooms) {
      throw new VisavisError('limit_reached', `no more than ${maxRooms} rooms at once`);
    }
    const room = new Room({
      name,
      roomId: makeId(),
      effects,
      makeId,
      makeNegotiation,
      maxParticipants: () => this.#catalog.policy(name)?.maxParticipants ?? settings.maxParticipants,
      wallClockAt: (nowUs) => this.wallClockAt(nowUs),
      onLeft: (participant) => this.#forget(participant),
    });
    this.#rooms.set(name, room);
    this.#roomsById.set(room.roomId, room);
    return room;
  }

  #close(room: Room, reason: LeaveReason): void {
    this.#rooms.delete(room.name);
    this.#roomsById.delete(room.roomId);
    room.close(reason);
  }

  #closeIfEmpty(room: Room): void {
    if (!room.closed && room.participants.size === 0) this.#close(room, 'left');
  }

  #forget(participant: Participant): void {
    const { session } = participant;
    if (session !== undefined) this.#seats.delete(session.sessionId);
    else for (const seat of this.#devices) if (seat.participant === participant) this.#devices.delete(seat);
  }

  #revoke(tokenId: string): void {
    this.#options.effects.push({ type: 'revokeToken', tokenId });
  }
}
