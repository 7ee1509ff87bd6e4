/** Signaling behind a real HTTP server on loopback, with real Routers in this thread and stores in memory. */
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { WebSocket } from 'ws';
import { Router } from '../../src/sfu/router.ts';
import { subprotocol, webSocketPath } from '../../src/signaling/protocol/envelope.ts';
import { createSignaling, type Signaling } from '../../src/signaling/signaling.ts';
import type { SignalingMedia, SignalingOptions } from '../../src/signaling/signaling-options.ts';
import type { Invite, SignalingStores, StoredSample } from '../../src/signaling/tokens/stores.ts';
import type { MediaListener } from '../../src/transport/room-media.ts';

export const apiKey = 'vv_test_key';

/** Routers in this thread, without a network: what they say comes a moment later, as from a worker. */
export class RoutersInThread implements SignalingMedia {
  readonly fingerprint = { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') };
  readonly routers = new Map<string, Router>();
  listener: MediaListener | undefined;

  candidates() {
    const candidate = {
      protocol: 'udp',
      address: '127.0.0.1',
      port: 9,
      priority: 1,
      foundation: '1',
    } as const;
    return [candidate];
  }

  send(message: Parameters<SignalingMedia['send']>[0]): void {
    const { roomId } = message;
    if (message.type === 'createRoom') {
      const router = new Router({
        random: () => randomInt(2 ** 32),
        wallClockOffsetUs: 0,
        outbox: {
          sendRtp: () => undefined,
          sendRtcp: () => undefined,
          emit: (event) => queueMicrotask(() => this.listener?.onEvent(roomId, event)),
        },
      });
      this.routers.set(roomId, router);
    } else if (message.type === 'closeRoom') this.routers.delete(roomId);
    else if (message.type === 'router') this.routers.get(roomId)?.handleCommand(message.command, 0);
  }

  stats() {
    const counters = { stunTooLong: 2, datagramsReceived: 7 };
    return Promise.resolve([
      { rooms: 0, transports: 0, counters, cpuSeconds: 1, eventLoopUtilization: 0.25 },
      undefined,
    ]);
  }
}

export interface TestServer {
  readonly app: FastifyInstance;
  readonly signaling: Signaling;
  readonly media: RoutersInThread;
  readonly port: number;
  readonly logLines: string[];
  close(): Promise<void>;
}

export function memoryStores(): SignalingStores {
  const invites = new Map<string, Invite>();
  const revoked = new Set<string>();
  const closings = new Map<string, number>();
  const quality: StoredSample[] = [];
  return {
    invites: {
      create: (invite, lifeMs, nowMs) => {
        const code = randomBytes(32).toString('base64url');
        invites.set(code, invite);
        return { code, expiresAtMs: nowMs + lifeMs };
      },
      redeem: (code) => {
        const invite = invites.get(code);
        invites.delete(code);
        return invite;
      },
      withdraw: (room) => {
        for (const [code, invite] of invites) if (invite.room === room) invites.delete(code);
      },
    },
    apiKeys: { verify: (key) => (key === apiKey ? 'test' : undefined) },
    revocations: { revoke: (id) => void revoked.add(id), isRevoked: (id) => revoked.has(id) },
    closings: { remember: (room, atMs) => void closings.set(room, atMs), recall: () => [...closings] },
    quality: {
      append: (samples) => void quality.push(...samples),
      read: (room, fromMs, toMs, limit) =>
        quality
          .filter((sample) => sample.room === room && sample.atMs > fromMs && sample.atMs <= toMs)
          .slice(0, limit),
      prune: () => false,
    },
  };
}

/** Starts on a free loopback port. Every log line is kept as text. */
export async function startServer(options: Partial<SignalingOptions> = {}): Promise<TestServer> {
  const media = new RoutersInThread();
  const logLines: string[] = [];
  const log = (fields: object, message: string) =>
    void logLines.push(
      `${JSON.stringify(fields, (_key, value) => (value instanceof Error ? value.stack : value))} ${message}`,
    );
  const signaling = createSignaling({
    media,
    tokens: { signingKey: { ...generateKeyPairSync('ed25519'), keyId: 'k1' } },
    stores: memoryStores(),
    logger: { info: log, warn: log, error: log },
    nowUs: () => performance.now() * 1000,
    wallMs: Date.now,
    ...options,
  });
  media.listener = signaling.mediaListener;
  const app = Fastify({ forceCloseConnections: true });
  await app.register(signaling.plugin);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    app,
    signaling,
    media,
    logLines,
    port: (app.server.address() as AddressInfo).port,
    close: async () => {
      signaling.close();
      await app.close();
    },
  };
}

/** One WebSocket as a client has it; frames are kept until they are asked for. */
export class WebSocketClient {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #frames: Record<string, unknown>[] = [];
  readonly #waiting: (() => void)[] = [];
  #lastId = 0;

  constructor(server: TestServer, headers: Record<string, string> = {}, protocol: string = subprotocol) {
    this.socket = new WebSocket(`ws://127.0.0.1:${server.port}${webSocketPath}`, protocol, { headers });
    this.socket.on('message', (data) => {
      this.#frames.push(JSON.parse(String(data)));
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
    this.socket.on('error', () => undefined);
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once('open', () => resolve());
      this.socket.once('error', reject);
    });
  }

  /** Asks and waits for the answer. */
  request(type: string, data: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    this.socket.send(JSON.stringify({ id, type, data }));
    return this.frame((frame) => frame.id === id);
  }

  /** The first frame, past or to come, that fits; it is taken out. Rejects when the socket closes first. */
  async frame(fits: (frame: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const index = this.#frames.findIndex(fits);
      if (index >= 0) return this.#frames.splice(index, 1)[0]!;
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error('the socket closed');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
