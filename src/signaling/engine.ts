import { Directory, type DirectoryOptions } from './directory/directory.ts';
import { Lobby, type LobbyOptions } from './directory/lobby.ts';
import type { Effect } from './room/effects.ts';
import type { SignalingLogger, SignalingMedia } from './signaling-options.ts';

/** The sending half of one WebSocket. */
export interface FrameSocket {
  /** Bytes handed over and not yet taken by the network. */
  readonly bufferedAmount: number;
  send(frame: string): void;
  close(code: number, reason: string): void;
}

export interface EngineOptions
  extends Omit<DirectoryOptions, 'effects' | 'wallMsAt'>,
    Pick<LobbyOptions, 'joinWithinSeconds' | 'onAnswer'> {
  readonly media: SignalingMedia;
  readonly logger: SignalingLogger;
  /** A socket with more than this many bytes waiting is closed; its session may resume. */
  readonly maxBacklogBytes: number;
  /** A revoked token is remembered this long. */
  readonly revokeForMs: number;
  readonly invites: { withdraw(room: string): void };
  rememberClosing(room: string, closedAtMs: number): void;
  readonly revocations: { revoke(tokenId: string, expiresAtMs: number, nowMs: number): void };
  nowUs(): number;
  wallMs(): number;
}

/**
 * Drives the state machines: gives them the time, does what they want done, and keeps the one timer. Everything that
 * touches a room or session goes through `run`.
 */
export class Engine {
  readonly directory: Directory;
  readonly lobby: Lobby;
  readonly #options: EngineOptions;
  readonly #effects: Effect[] = [];
  readonly #sockets = new Map<string, FrameSocket>();
  readonly #idleListeners: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerUs = Number.POSITIVE_INFINITY;
  #performing = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { settings, joinWithinSeconds, logger } = options;
    const wallMsAt = (nowUs: number) => options.wallMs() + (nowUs - options.nowUs()) / 1000;
    this.directory = new Directory({ ...options, effects: this.#effects, wallMsAt });
    this.lobby = new Lobby({
      directory: this.directory,
      effects: this.#effects,
      joinWithinSeconds,
      onAnswer: options.onAnswer,
      resumeWindowSeconds: settings.resumeWindowSeconds,
      onFault: (err) => logger.error({ err }, 'a request failed'),
    });
  }

  /** Runs `work` at the present time, then does what it caused. */
  run<T>(work: (nowUs: number) => T): T {
    try {
      return work(this.#options.nowUs());
    } finally {
      this.#perform();
      this.#arm();
    }
  }

  /** A WebSocket opened. */
  opened(connectionId: string, socket: FrameSocket): void {
    this.#sockets.set(connectionId, socket);
    this.run((nowUs) => this.lobby.opened(connectionId, nowUs));
  }

  /** A WebSocket closed, by whomever. */
  closed(connectionId: string): void {
    this.#sockets.delete(connectionId);
    this.run((nowUs) => this.lobby.closed(connectionId, nowUs));
  }

  /** Resolves when no room is left: at once, after the last has left, or when draining ends. */
  idle(): Promise<void> {
    if (this.directory.empty) return Promise.resolve();
    return new Promise((resolve) => this.#idleListeners.push(resolve));
  }

  /** Ends everything, and the timer. */
  close(): void {
    this.run(() => this.directory.close());
    for (const [connectionId, socket] of this.#sockets) {
      this.#sockets.delete(connectionId);
      socket.close(1001, 'server_draining');
    }
    clearTimeout(this.#timer);
    this.#timerUs = Number.NEGATIVE_INFINITY;
  }

  /** Performing may cause more (a backlog closes a connection): the list grows while it is worked off. */
  #perform(): void {
    if (this.#performing) return;
    this.#performing = true;
    for (let i = 0; i < this.#effects.length; i++) {
      try {
        this.#performOne(this.#effects[i]!);
      } catch (err) {
        this.#options.logger.error({ err, effect: this.#effects[i]?.type }, 'an effect failed');
      }
    }
    this.#effects.length = 0;
    this.#performing = false;
    if (this.directory.empty) for (const listener of this.#idleListeners.splice(0)) listener();
  }

  #performOne(effect: Effect): void {
    const { logger, media, revocations, revokeForMs, wallMs } = this.#options;
    switch (effect.type) {
      case 'send':
        this.#send(effect.connectionId, effect.frame);
        break;
      case 'closeConnection':
        this.#sockets.get(effect.connectionId)?.close(effect.code, effect.reason);
        this.#sockets.delete(effect.connectionId);
        break;
      case 'media':
        if ('roomId' in effect.message) media.send(effect.message);
        break;
      case 'revokeToken':
        revocations.revoke(effect.tokenId, wallMs() + revokeForMs, wallMs());
        break;
      case 'roomClosed':
        this.#options.rememberClosing(effect.room, effect.closedAtMs);
        this.#options.invites.withdraw(effect.room);
        break;
      case 'log':
        logger[effect.level](effect.ids, effect.message);
        break;
    }
  }

  #send(connectionId: string, frame: string): void {
    const socket = this.#sockets.get(connectionId);
    if (socket === undefined) return;
    socket.send(frame);
    if (socket.bufferedAmount > this.#options.maxBacklogBytes) {
      this.lobby.close(connectionId, 'backlog_exceeded', this.#options.nowUs());
    }
  }

  /** One real timer; it is only moved when something is due earlier, and may then wake once for nothing. */
  #arm(): void {
    const nextUs = this.lobby.nextTimeout();
    if (nextUs === undefined) {
      clearTimeout(this.#timer);
      if (this.#timerUs !== Number.NEGATIVE_INFINITY) this.#timerUs = Number.POSITIVE_INFINITY;
      return;
    }
    if (nextUs >= this.#timerUs) return;
    clearTimeout(this.#timer);
    this.#timerUs = nextUs;
    const delayMs = Math.max(1, Math.ceil((nextUs - this.#options.nowUs()) / 1000));
    this.#timer = setTimeout(() => {
      this.#timerUs = Number.POSITIVE_INFINITY;
      this.run((nowUs) => this.lobby.handleTimeout(nowUs));
    }, delayMs);
  }
}
