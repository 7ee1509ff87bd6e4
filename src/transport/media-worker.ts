import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { makeCounters } from '../base/counters.ts';
import type { DtlsCertificate } from './dtls/certificate.ts';
import { AddressLimiter } from './ice/address-limiter.ts';
import { hostCandidates } from './ice/host-candidate.ts';
import { IceLite } from './ice/ice-lite.ts';
import type { IcePath } from './ice/ice-path.ts';
import type { FromWorker, ToWorker } from './media-messages.ts';
import {
  addCounters,
  MEDIA_WORKER_COUNTERS,
  type MediaWorkerCounters,
  makeWorkerTotals,
} from './media-worker-counters.ts';
import type { ListenAddress, MediaListenOptions, MediaWorkerLimits } from './media-worker-options.ts';
import { MediaRoom, type MediaRoomHost } from './media-worker-room.ts';
import { packetKind } from './packet-kind.ts';
import type { PortHost } from './port-host.ts';
import { TcpPort } from './tcp-port.ts';
import { UdpPort } from './udp-port.ts';
import type { TransportContext } from './web-rtc-transport.ts';

/** Plain data, so that it can be a thread's workerData. */
export interface MediaWorkerOptions extends MediaListenOptions {
  readonly certificate: DtlsCertificate;
  readonly limits: MediaWorkerLimits;
}

/**
 * Everything between the sockets of one worker and its Routers. All work is done in the call that brings a packet, a
 * message or a time-out; there is one timer for all rooms. What throws here is a bug of ours and ends the worker.
 */
export class MediaWorker implements PortHost, MediaRoomHost {
  readonly context: TransportContext;
  readonly #options: MediaWorkerOptions;
  readonly #post: (message: FromWorker) => void;
  readonly #counters: MediaWorkerCounters = makeCounters(MEDIA_WORKER_COUNTERS);
  readonly #ice: IceLite;
  readonly #rooms = new Map<string, MediaRoom>();
  readonly #udpPorts: UdpPort[] = [];
  readonly #tcpPorts: TcpPort[] = [];
  #transports = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerUs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(options: MediaWorkerOptions, post: (message: FromWorker) => void) {
    const { limits, certificate } = options;
    this.#options = options;
    this.#post = post;
    this.#ice = new IceLite(
      {
        disconnectedAfterUs: limits.iceDisconnectedAfterMs * 1000,
        failedAfterUs: limits.iceFailedAfterMs * 1000,
        maxPaths: limits.maxPathsPerTransport,
        stunPerAddress: limits.stunPerAddress,
      },
      this.#counters,
    );
    this.context = {
      ice: this.#ice,
      certificate,
      counters: this.#counters,
      pastCounters: {},
      dtlsLimiter: new AddressLimiter(limits.dtlsPerAddress),
      handshakes: { count: 0, max: limits.maxPendingHandshakes },
      handshakeTimeoutMs: limits.dtlsHandshakeTimeoutMs,
      srtpLimits: { maxSsrcs: limits.maxSsrcsPerTransport },
    };
  }

  /**
   * Binds every port and says `ready` with the candidates. Rejects, with nothing bound, when one cannot be had; only
   * the wildcard of an IP version that the system lacks is passed over.
   */
  async start(): Promise<void> {
    const bound: ListenAddress[] = [];
    try {
      for (const listen of this.#options.listen) {
        try {
          bound.push(await this.#listen(listen));
        } catch (error) {
          if (!isMissingFamily(error, listen)) throw error;
        }
      }
      const candidates = hostCandidates({ listen: bound, announced: this.#options.announced });
      this.#post({ type: 'ready', candidates, listen: bound });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  handleMessage(message: ToWorker): void {
    if (this.#closed) return;
    const nowUs = this.nowUs();
    switch (message.type) {
      case 'createRoom':
        if (!this.#rooms.has(message.roomId)) this.#rooms.set(message.roomId, this.#makeRoom(message.roomId));
        break;
      case 'closeRoom':
        this.#rooms.get(message.roomId)?.close(nowUs);
        this.#rooms.delete(message.roomId);
        break;
      case 'router':
        this.#roomOf(message.roomId)?.handleCommand(message.command, nowUs);
        break;
      case 'connectTransport':
        this.#roomOf(message.roomId)?.connectTransport(message, nowUs);
        this.wakeBy(this.#ice.nextTimeout());
        break;
      case 'getWorkerStats':
        this.#postStats(message.requestId);
        break;
      case 'shutdown':
        void this.close();
        break;
    }
  }

  /** Closes rooms, then ports, then the timer. Idempotent; resolves when the ports are free. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const nowUs = this.nowUs();
    for (const room of this.#rooms.values()) room.close(nowUs);
    this.#rooms.clear();
    clearTimeout(this.#timer);
    await Promise.all([...this.#udpPorts, ...this.#tcpPorts].map((port) => port.close()));
  }

  // Of the ports.

  nowUs(): number {
    return Math.round(performance.now() * 1000);
  }

  handleDatagram(datagram: Buffer, path: IcePath): void {
    if (this.#closed) return;
    const counters = this.#counters;
    counters.datagramsReceived += 1;
    const nowUs = this.nowUs();
    const kind = packetKind(datagram);
    if (kind === 'stun') {
      const response = this.#ice.handleStun(datagram, path, nowUs);
      if (response !== undefined) path.send(response, response.length);
    } else if (kind === 'unknown') {
      counters.kindUnknown += 1;
    } else if (path.session === undefined) {
      counters.sourceUnknown += 1;
    } else {
      path.session.handleDatagram(kind, datagram, nowUs);
    }
  }

  /** Sees to it that the timer fires no later than `timeUs`. */
  wakeBy(timeUs: number): void {
    if (timeUs >= this.#timerUs || this.#closed) return;
    clearTimeout(this.#timer);
    this.#timerUs = timeUs;
    // setTimeout counts in whole milliseconds and may not be 0; a deadline is never met early.
    const delayMs = Math.max(1, Math.ceil((timeUs - this.nowUs()) / 1000));
    this.#timer = setTimeout(() => this.#handleTimeout(), delayMs);
  }

  // Of the rooms.

  post(message: FromWorker): void {
    this.#post(message);
  }

  admitTransport(): boolean {
    if (this.#transports >= this.#options.limits.maxTransports) {
      this.#counters.transportLimit += 1;
      return false;
    }
    this.#transports += 1;
    return true;
  }

  transportClosed(): void {
    this.#transports -= 1;
  }

  #handleTimeout(): void {
    this.#timerUs = Number.POSITIVE_INFINITY;
    const nowUs = this.nowUs();
    this.#ice.handleTimeout(nowUs);
    let nextUs = this.#ice.nextTimeout();
    for (const port of this.#tcpPorts) {
      port.handleTimeout(nowUs);
      nextUs = Math.min(nextUs, port.nextTimeout());
    }
    for (const room of this.#rooms.values()) {
      room.handleTimeout(nowUs);
      nextUs = Math.min(nextUs, room.nextTimeout());
    }
    this.wakeBy(nextUs);
  }

  async #listen(listen: ListenAddress): Promise<ListenAddress> {
    const { address } = listen;
    const { limits } = this.#options;
    const udp = await UdpPort.open(
      {
        address,
        port: listen.udpPort,
        receiveBufferBytes: limits.udpReceiveBufferBytes,
        sendBufferBytes: limits.udpSendBufferBytes,
      },
      this,
      this.#counters,
    );
    this.#udpPorts.push(udp);
    if (listen.tcpPort === undefined) return { address, udpPort: udp.port };
    const tcp = await TcpPort.open(
      {
        address,
        port: listen.tcpPort,
        maxConnections: limits.maxTcpConnections,
        maxConnectionsPerAddress: limits.maxTcpConnectionsPerAddress,
        authenticateWithinUs: limits.tcpAuthenticateWithinMs * 1000,
        backlogBytes: limits.tcpBacklogBytes,
      },
      this,
      this.#counters,
    );
    this.#tcpPorts.push(tcp);
    return { address, udpPort: udp.port, tcpPort: tcp.port };
  }

  #makeRoom(roomId: string): MediaRoom {
    const random = (): number => randomBytes(4).readUInt32BE(0);
    return new MediaRoom({ roomId, random, wallClockOffsetUs: Date.now() * 1000 - this.nowUs() }, this);
  }

  #roomOf(roomId: string): MediaRoom | undefined {
    const room = this.#rooms.get(roomId);
    if (room === undefined) this.#counters.roomUnknown += 1;
    return room;
  }

  #postStats(requestId: number): void {
    const { user, system } = process.threadCpuUsage();
    const counters = makeWorkerTotals();
    addCounters(counters, this.#counters);
    addCounters(counters, this.context.pastCounters);
    for (const room of this.#rooms.values()) room.addCountersTo(counters);
    this.#post({
      type: 'workerStats',
      requestId,
      stats: {
        rooms: this.#rooms.size,
        transports: this.#transports,
        counters,
        cpuSeconds: (user + system) / 1_000_000,
        eventLoopUtilization: performance.eventLoopUtilization().utilization,
      },
    });
  }
}

/** `::` on a system without IPv6. An address of it that is announced will be refused by name. */
function isMissingFamily(error: unknown, { address }: ListenAddress): boolean {
  return address === '::' && (error as NodeJS.ErrnoException).code === 'EAFNOSUPPORT';
}
