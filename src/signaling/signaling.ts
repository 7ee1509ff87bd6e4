import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { VisavisError } from '../base/errors.ts';
import type { MediaListener } from '../transport/room-media.ts';
import type { NegotiationLimits } from '../transport/sdp/negotiation-types.ts';
import { PeerNegotiation } from '../transport/sdp/peer-negotiation.ts';
import { type AdmissionOptions, admit } from './admission.ts';
import { Engine } from './engine.ts';
import { registerHealth } from './health.ts';
import { AddressLimits } from './limits/address-limits.ts';
import { registerMetrics } from './metrics/metrics-route.ts';
import { SignalingMetrics } from './metrics/signaling-metrics.ts';
import type { Source } from './protocol/common.ts';
import { QualitySampler } from './quality/quality-sampler.ts';
import { hasApiKey, isFromThisMachine } from './rest/authorization.ts';
import { makeHandlers } from './rest/handlers.ts';
import { registerRest } from './rest/routes.ts';
import type { Negotiation } from './room/peer-media.ts';
import { mayInvite } from './room/role-grants.ts';
import { RoomStats } from './room-stats.ts';
import { defaultCodecs, defaultLimits, defaultSettings, type SignalingOptions } from './signaling-options.ts';
import { TicketBox } from './tokens/ticket-box.ts';
import { maxTokenSeconds, TokenService } from './tokens/token-service.ts';
import { registerWebSocket } from './websocket/websocket-route.ts';
import { registerWhip } from './whip/whip-routes.ts';
import { WhipRooms } from './whip-rooms.ts';

export interface Signaling {
  /** Serves the WebSocket, REST, health and metrics. Register it without a prefix. */
  readonly plugin: (fastify: FastifyInstance) => Promise<void>;
  readonly tokens: TokenService;
  /** The rooms and sessions as they are. */
  readonly engine: Engine;
  /** Looks at the calls every few seconds; its `round` looks now. */
  readonly sampler: QualitySampler;
  /** For `MediaPool.setListener`. */
  readonly mediaListener: MediaListener;
  /** Admits nobody new, tells everyone, resolves when all have left or the deadline ended their sessions. */
  drain(deadlineSeconds: number): Promise<void>;
  /** Ends every session and connection now. Idempotent; nothing is kept running. */
  close(): void;
}

/** Puts signaling together. Nothing runs before `plugin` is registered. */
export function createSignaling(options: SignalingOptions): Signaling {
  const { media, stores, logger, nowUs, wallMs } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const wanted = { ...defaultSettings, ...options.settings };
  // A replay is sent in one go: with the answer before it, it must not look like the backlog of a slow reader.
  const maxBytes = Math.min(wanted.eventLog.maxBytes, limits.maxBacklogBytes / 2);
  const settings = { ...wanted, eventLog: { ...wanted.eventLog, maxBytes } };
  for (const seconds of [settings.rejoinSeconds, settings.tokenSeconds]) {
    if (!(seconds >= 1 && seconds <= maxTokenSeconds)) throw new TypeError('tokens last 1 s to 24 h');
  }
  const tokens = new TokenService({ ...options.tokens, revocations: stores.revocations, wallMs });
  const metrics = new SignalingMetrics(options.version ?? 'unknown', options.refusedSockets ?? (() => 0));
  const engine = new Engine({
    media,
    logger,
    settings,
    maxRooms: limits.maxRooms,
    maxBacklogBytes: limits.maxBacklogBytes,
    joinWithinSeconds: settings.joinWithinSeconds,
    invites: stores.invites,
    closings: stores.closings.recall(wallMs()),
    rememberClosing: (room, closedAtMs) => stores.closings.remember(room, closedAtMs),
    revocations: stores.revocations,
    revokeForMs: maxTokenSeconds * 1000,
    onAnswer: (code) => metrics.countRequest(code),
    makeId: () => randomUUID(),
    makeSecret,
    makeNegotiation: (roomId, transportId) => makeNegotiation(options, limits, roomId, transportId),
    nowUs,
    wallMs,
  });
  const addresses = new AddressLimits(limits);
  const tickets = new TicketBox();
  const stats = new RoomStats(media);
  const sampler = new QualitySampler({
    rooms: () => engine.directory.rooms.values(),
    stats,
    store: stores.quality,
    intervalSeconds: settings.qualitySeconds,
    logger,
    onSamples: (samples) => metrics.observeQuality(samples),
    nowUs,
    wallMs,
  });
  const admission: AdmissionOptions = { tokens, tickets, rejoinSeconds: settings.rejoinSeconds };

  return {
    tokens,
    engine,
    sampler,
    plugin: async (fastify) => {
      await registerWebSocket(fastify, {
        engine,
        addresses,
        messages: limits.messages,
        maxTotalConnections: limits.maxTotalConnections,
        allowedOrigins: options.allowedOrigins ?? [],
        makeId: () => randomUUID(),
        admit: (data) => admit(data, admission, nowUs()),
        invite: ({ room, participant }, { role, displayName }) => {
          if (!mayInvite(role, participant.identity.grants)) {
            throw new VisavisError('moderate_denied', `inviting a ${role} needs the grants that role gets`);
          }
          const invite = { room: room.name, role, displayName };
          const made = stores.invites.create(invite, settings.inviteSeconds * 1000, wallMs());
          const base = options.pageUrl?.();
          return {
            code: made.code,
            expiresAt: new Date(made.expiresAtMs).toISOString(),
            ...(base !== undefined && { url: `${base}/#invite=${made.code}` }),
          };
        },
      });
      registerRest(fastify, {
        apiKeys: stores.apiKeys,
        wallMs,
        handlers: makeHandlers({
          engine,
          tokens,
          tickets,
          invites: stores.invites,
          addresses,
          stats,
          quality: stores.quality,
          settings,
          wallMs,
        }),
        onAnswer: (operation, status) => metrics.countOperation(operation, status),
      });
      await registerWhip(fastify, {
        backend: new WhipRooms({ engine, tokens, makeSecret }),
        admit: (address) => engine.run((now) => addresses.enter(address, now)),
      });
      registerHealth(fastify, {
        checks: options.checks ?? [],
        nowUs,
        isDraining: () => engine.directory.draining,
        maySeeDetail: (request) => hasApiKey(request, stores.apiKeys, wallMs()),
      });
      registerMetrics(fastify, {
        engine,
        media,
        stats,
        metrics,
        mayRead: (request) => isFromThisMachine(request) || hasApiKey(request, stores.apiKeys, wallMs()),
      });
      sampler.start();
    },
    mediaListener: {
      onEvent: (roomId, event) => {
        if (event.type === 'stats') stats.handle(event.requestId, event.stats);
        else engine.run(() => engine.directory.handleRouterEvent(roomId, event));
      },
      onTransportState: (change) => {
        engine.run((now) => engine.directory.handleTransportState(change.roomId, change, now));
      },
      onRoomLost: (roomId) => {
        metrics.countRoomLost();
        engine.run(() => engine.directory.handleRoomLost(roomId));
      },
      onWorkerState: (worker, state, err) => {
        if (state === 'lost') logger.error({ worker, err }, 'a media worker was lost');
        else logger.info({ worker }, 'a media worker is ready');
      },
    },
    drain: async (deadlineSeconds) => {
      engine.run((now) => engine.directory.drain(now, deadlineSeconds));
      await engine.idle();
    },
    close: () => {
      sampler.close();
      engine.close();
      stats.close();
    },
  };
}

function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

function makeNegotiation(
  { media, codecs }: SignalingOptions,
  limits: NegotiationLimits,
  roomId: string,
  transportId: string,
): Negotiation {
  if (media.candidates(roomId).length === 0) {
    throw new VisavisError('media_unavailable', 'no media worker can carry this room now');
  }
  return new PeerNegotiation<Source>({
    roomId,
    transportId,
    get candidates() {
      return media.candidates(roomId);
    },
    fingerprint: media.fingerprint,
    makeId: () => randomUUID(),
    random32: () => randomBytes(4).readUInt32BE(),
    // 48 and 144 bits; RFC 8445 §5.3 asks for 24 and 128.
    makeIceParameters: () => ({ usernameFragment: iceText(6), password: iceText(18) }),
    limits,
    codecs: codecs ?? defaultCodecs,
  });
}

/** Random ice-chars (RFC 8839 §5.4: ALPHA, DIGIT, "+", "/"); 4 for each 3 bytes. */
function iceText(bytes: number): string {
  return randomBytes(bytes).toString('base64');
}
