import type { RouterCommand } from '../sfu/commands.ts';
import type { RouterEvent } from '../sfu/events.ts';
import type { Outbox } from '../sfu/outbox.ts';
import { Router } from '../sfu/router.ts';
import type { FromWorker, ToWorker, TransportState } from './media-messages.ts';
import { type TransportContext, WebRtcTransport, type WebRtcTransportUser } from './web-rtc-transport.ts';

type ConnectTransport = Extract<ToWorker, { type: 'connectTransport' }>;

/** What a room needs of its worker; called synchronously. */
export interface MediaRoomHost {
  readonly context: TransportContext;
  post(message: FromWorker): void;
  /** Counts a transport in; false when the worker is full. */
  admitTransport(): boolean;
  transportClosed(): void;
  nowUs(): number;
  wakeBy(timeUs: number): void;
}

export interface MediaRoomOptions {
  readonly roomId: string;
  /** 32 random bits, unsigned. */
  readonly random: () => number;
  /** UNIX µs minus monotonic µs. */
  readonly wallClockOffsetUs: number;
}

/** One room of a worker: its Router, and the transports that are the Router's way out. */
export class MediaRoom implements Outbox, WebRtcTransportUser {
  readonly roomId: string;
  readonly #host: MediaRoomHost;
  readonly #router: Router;
  readonly #transports = new Map<string, WebRtcTransport>();
  #closed = false;

  constructor(options: MediaRoomOptions, host: MediaRoomHost) {
    this.roomId = options.roomId;
    this.#host = host;
    const { random, wallClockOffsetUs } = options;
    this.#router = new Router({ outbox: this, random, wallClockOffsetUs });
  }

  handleCommand(command: RouterCommand, nowUs: number): void {
    switch (command.type) {
      case 'createTransport':
        if (!this.#createTransport(command.transportId)) return;
        break;
      case 'closeTransport':
        this.#closeTransport(command.transportId, nowUs);
        break;
      case 'closeRouter':
        for (const transportId of [...this.#transports.keys()]) this.#closeTransport(transportId, nowUs);
        break;
    }
    this.#command(command, nowUs);
    if (command.type !== 'createTransport') return;
    const { transportId } = command;
    // Without keys nothing can be sent: a key frame asked for now would come for nothing.
    if (this.#transports.get(transportId)?.state === 'new') {
      this.#command({ type: 'suspendTransport', transportId }, nowUs);
    }
  }

  connectTransport({ transportId, local, remote, fingerprints }: ConnectTransport, nowUs: number): void {
    const transport = this.#transports.get(transportId);
    if (transport === undefined) {
      this.#fail('connectTransport', transportId, 'media_unavailable', 'there is no such transport');
    } else {
      const refusal = transport.connect(local, remote, fingerprints, nowUs);
      if (refusal === 'no_fingerprint') {
        this.#fail('connectTransport', transportId, 'sdp_invalid', 'no fingerprint with a usable hash');
      } else if (refusal === 'ufrag_taken') {
        this.#fail('connectTransport', transportId, 'internal_error', 'the local ufrag is in use');
      }
    }
  }

  /** Adds what DTLS and SRTP of the present transports have counted. */
  addCountersTo(total: Record<string, number>): void {
    for (const transport of this.#transports.values()) transport.addCountersTo(total);
  }

  handleTimeout(nowUs: number): void {
    if (this.#router.nextTimeout() <= nowUs) this.#router.handleTimeout(nowUs);
  }

  /** µs; Infinity: not at all. */
  nextTimeout(): number {
    return this.#router.nextTimeout();
  }

  /** Closes transports and Router. Idempotent. */
  close(nowUs: number): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const transportId of [...this.#transports.keys()]) this.#closeTransport(transportId, nowUs);
    this.#router.close();
  }

  // The Router's way out.

  sendRtp(transportId: string, packet: Buffer): void {
    this.#transports.get(transportId)?.sendRtp(packet);
  }

  sendRtcp(transportId: string, packet: Buffer): void {
    this.#transports.get(transportId)?.sendRtcp(packet);
  }

  emit(event: RouterEvent): void {
    this.#host.post({ type: 'router', roomId: this.roomId, event });
  }

  // The transports' way in.

  handleRtp(transportId: string, packet: Buffer, nowUs: number): void {
    this.#router.handleRtp(transportId, packet, nowUs);
    this.#host.wakeBy(this.#router.nextTimeout());
  }

  handleRtcp(transportId: string, packet: Buffer, nowUs: number): void {
    this.#router.handleRtcp(transportId, packet, nowUs);
    this.#host.wakeBy(this.#router.nextTimeout());
  }

  onTransportState(
    transportId: string,
    state: TransportState,
    reason: string | undefined,
    protocol: 'udp' | 'tcp' | undefined,
  ): void {
    // What is numbered without being sent would be lost to SRTP's packet index (RFC 3711 §3.3.1) when there is much of it.
    const nowUs = this.#host.nowUs();
    if (state === 'connected') this.#command({ type: 'resumeTransport', transportId }, nowUs);
    else if (state !== 'disconnected' && state !== 'closed') {
      this.#command({ type: 'suspendTransport', transportId }, nowUs);
    }
    this.#host.post({
      type: 'transportState',
      roomId: this.roomId,
      transportId,
      state,
      ...(reason !== undefined && { reason }),
      ...(protocol !== undefined && { protocol }),
    });
  }

  #command(command: RouterCommand, nowUs: number): void {
    this.#router.handleCommand(command, nowUs);
    this.#host.wakeBy(this.#router.nextTimeout());
  }

  /** False: not made, and said so. An id that is taken is left to the Router to refuse. */
  #createTransport(transportId: string): boolean {
    if (this.#transports.has(transportId)) return true;
    if (!this.#host.admitTransport()) {
      this.#fail('createTransport', transportId, 'limit_reached', 'the media worker has its most transports');
      return false;
    }
    this.#transports.set(transportId, new WebRtcTransport(transportId, this.#host.context, this));
    return true;
  }

  #closeTransport(transportId: string, nowUs: number): void {
    const transport = this.#transports.get(transportId);
    if (transport === undefined) return;
    this.#transports.delete(transportId);
    transport.close(nowUs);
    this.#host.transportClosed();
  }

  #fail(command: string, id: string, code: string, message: string): void {
    this.emit({ type: 'commandFailed', command, id, code, message });
  }
}
