import type { FastifyRequest } from 'fastify';
import { VisavisError } from '../../base/errors.ts';
import type { Engine } from '../engine.ts';
import type { AddressLimits } from '../limits/address-limits.ts';
import { type Role, Role as RoleSchema } from '../protocol/common.ts';
import { timing } from '../protocol/envelope.ts';
import { readHistory } from '../quality/quality-history.ts';
import { grantsOfRole } from '../room/role-grants.ts';
import type { Room } from '../room/room.ts';
import type { RoomStats } from '../room-stats.ts';
import type { SignalingSettings } from '../signaling-options.ts';
import type { InviteStore, QualityStore } from '../tokens/stores.ts';
import type { TicketBox } from '../tokens/ticket-box.ts';
import type { TokenService } from '../tokens/token-service.ts';
import { bearer } from './authorization.ts';
import type {
  OperationAnswer,
  OperationBody,
  OperationId,
  OperationParams,
  OperationQuery,
  RoomSummary,
} from './operations.ts';

const hourMs = 3_600_000;
/** A room of two for a day. */
const maxSamples = 20_000;

export interface HandlerContext {
  readonly engine: Engine;
  readonly tokens: TokenService;
  readonly tickets: TicketBox;
  readonly invites: InviteStore;
  readonly addresses: AddressLimits;
  readonly stats: RoomStats;
  readonly quality: QualityStore;
  readonly settings: SignalingSettings;
  wallMs(): number;
}

export interface HandlerInput<K extends OperationId> {
  readonly params: OperationParams<K>;
  readonly query: OperationQuery<K>;
  readonly body: OperationBody<K>;
  readonly request: FastifyRequest;
}

export type Handlers = {
  readonly [K in OperationId]: (input: HandlerInput<K>) => OperationAnswer<K> | Promise<OperationAnswer<K>>;
};

/** What each operation does. Params and bodies match their schemas already; errors are thrown as VisavisError. */
export function makeHandlers(context: HandlerContext): Handlers {
  const { engine, tokens, tickets, invites, settings, stats } = context;
  const { directory } = engine;
  const checkAddress = (request: FastifyRequest): void => {
    if (engine.run((nowUs) => context.addresses.enter(request.ip, nowUs))) return;
    throw new VisavisError('too_many_connections', 'too many attempts from this address');
  };
  const openRoom = (name: string): Room => {
    const room = directory.rooms.get(name);
    if (room === undefined) throw new VisavisError('room_unknown', 'nobody is in a room of this name');
    return room;
  };
  return {
    issueToken: async ({ body }) => {
      const expiresInSeconds = body.expiresInSeconds ?? settings.tokenSeconds;
      const { token, expiresAtMs } = await tokens.issue({ ...body, expiresInSeconds });
      return { token, expiresAt: isoTime(expiresAtMs) };
    },
    issueTicket: async ({ request }) => {
      checkAddress(request);
      const claims = await tokens.verify(bearer(request) ?? '');
      const ticket = engine.run((nowUs) => tickets.issue(claims, nowUs));
      return { ticket, expiresInSeconds: timing.ticketSeconds };
    },
    createInvite: ({ body }) => {
      const lifeMs = (body.expiresInSeconds ?? settings.inviteSeconds) * 1000;
      const { code, expiresAtMs } = invites.create(body, lifeMs, context.wallMs());
      return { code, expiresAt: isoTime(expiresAtMs) };
    },
    redeemInvite: async ({ body, request }) => {
      checkAddress(request);
      const invite = invites.redeem(body.code, context.wallMs());
      if (invite === undefined) throw new VisavisError('invite_invalid', 'the code is not good (any more)');
      const { room, role } = invite;
      if (!isRole(role)) throw new Error('an invite of an unknown role was stored');
      const displayName = invite.displayName ?? body.displayName;
      const grants = grantsOfRole(role);
      const expiresInSeconds = settings.tokenSeconds;
      const { token } = await tokens.issue({ room, role, displayName, grants, expiresInSeconds });
      return { token, room, role };
    },
    listRooms: () => {
      const names = new Set([...directory.rooms.keys(), ...directory.catalog.names]);
      return { rooms: [...names].sort().map((name) => summary(name)) };
    },
    createRoom: ({ body }) => {
      directory.setRoomPolicy(body.room, body.policy ?? {});
      return summary(body.room);
    },
    getRoom: ({ params }) => {
      const room = directory.rooms.get(params.room);
      if (room === undefined && directory.catalog.policy(params.room) === undefined) {
        throw new VisavisError('room_unknown', 'there is no room of this name');
      }
      const participantInfos = room?.participantInfos ?? [];
      return { ...summary(params.room), participantInfos, producerInfos: room?.producerInfos ?? [] };
    },
    closeRoom: ({ params }) => {
      if (engine.run((nowUs) => directory.closeRoom(params.room, nowUs))) return null;
      throw new VisavisError('room_unknown', 'there is no room of this name');
    },
    listParticipants: ({ params }) => ({ participants: openRoom(params.room).participantInfos }),
    removeParticipant: ({ params }) => {
      const room = openRoom(params.room);
      const participant = room.participant(params.participantId);
      engine.run(() => directory.leave({ room, participant }, 'kicked'));
      return null;
    },
    roomStats: async ({ params }) => {
      const { transports, producers, consumers, drops } = await stats.ask(openRoom(params.room).roomId);
      return {
        transports: [...transports],
        producers: [...producers],
        consumers: [...consumers],
        drops: { ...drops },
      };
    },
    roomQuality: ({ params, query }) => {
      const toMs = query.to === undefined ? context.wallMs() : timeOf(query.to);
      const fromMs = query.from === undefined ? toMs - hourMs : timeOf(query.from);
      if (!(fromMs < toMs && toMs - fromMs <= 24 * hourMs)) {
        throw new VisavisError('message_invalid', 'from must be before to, and by no more than 24 h');
      }
      const { stepSeconds = 60 } = query;
      return readHistory(context.quality, { room: params.room, fromMs, toMs, stepSeconds, maxSamples });
    },
  };

  function summary(name: string): RoomSummary {
    const room = directory.rooms.get(name);
    return {
      room: name,
      open: room !== undefined,
      participants: room?.participants.size ?? 0,
      producers: room?.producerInfos.length ?? 0,
      policy: { ...directory.catalog.policy(name) },
    };
  }
}

/** UTC milliseconds. Throws for a day or hour that there is not. */
function timeOf(text: string): number {
  const wallMs = Date.parse(text);
  if (Number.isNaN(wallMs)) throw new VisavisError('message_invalid', `${text} is no time`);
  return wallMs;
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

function isRole(role: string): role is Role {
  return RoleSchema.anyOf.some((literal) => literal.const === role);
}
