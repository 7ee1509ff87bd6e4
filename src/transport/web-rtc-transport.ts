import {
  SRTP_MAX_OVERHEAD,
  type SrtpProfile,
  SrtpReceiver,
  type SrtpReceiverLimits,
  SrtpSender,
} from '../crypto/srtp.ts';
import type { DtlsCertificate } from './dtls/certificate.ts';
import { DtlsEndpoint } from './dtls/dtls-endpoint.ts';
import { isUsableFingerprint } from './dtls/fingerprint.ts';
import type { AddressLimiter } from './ice/address-limiter.ts';
import type { IceLite } from './ice/ice-lite.ts';
import type { IceFailure, IceSession, IceState, IceUser } from './ice/ice-session.ts';
import type { DtlsFingerprint, IceParameters, TransportState } from './media-messages.ts';
import { addCounters, type MediaWorkerCounters } from './media-worker-counters.ts';
import type { MediaPacketKind } from './packet-kind.ts';
import { SEND_BUFFER_BYTES } from './udp-send-ring.ts';

/** Who a transport works for; called synchronously. Packets are plain and owned by the receiver. */
export interface WebRtcTransportUser {
  handleRtp(transportId: string, packet: Buffer, nowUs: number): void;
  handleRtcp(transportId: string, packet: Buffer, nowUs: number): void;
  onTransportState(
    transportId: string,
    state: TransportState,
    reason: string | undefined,
    protocol: 'udp' | 'tcp' | undefined,
  ): void;
}

/** What all transports of a worker share. */
export interface TransportContext {
  readonly ice: IceLite;
  readonly certificate: DtlsCertificate;
  readonly counters: MediaWorkerCounters;
  /** What DTLS and SRTP of transports that are gone have counted. */
  readonly pastCounters: Record<string, number>;
  readonly dtlsLimiter: AddressLimiter;
  readonly handshakes: PendingHandshakes;
  readonly handshakeTimeoutMs: number;
  readonly srtpLimits: SrtpReceiverLimits;
}

/** DTLS handshakes under way in a worker, and how many there may be. */
export interface PendingHandshakes {
  count: number;
  readonly max: number;
}

/** No fingerprint that DTLS may be checked by; or the local ufrag belongs to another transport of this worker. */
export type ConnectRefusal = 'no_fingerprint' | 'ufrag_taken';

type DtlsState = 'none' | 'pending' | 'connected' | 'failed';

/** GCM first: cheaper, and without it a tag of only 80 bits. */
const PROFILES: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];
const MAX_PLAIN_BYTES = SEND_BUFFER_BYTES - SRTP_MAX_OVERHEAD;

/**
 * The network side of one peer: ICE, then DTLS over what ICE found, then SRTP under DTLS's keys. An ICE restart
 * leaves DTLS and SRTP as they are, as long as the peer's fingerprints stay the same.
 */
export class WebRtcTransport implements IceUser {
  readonly id: string;
  readonly #context: TransportContext;
  readonly #user: WebRtcTransportUser;
  readonly #ice: IceSession;
  #fingerprints: readonly DtlsFingerprint[] = [];
  #dtls: DtlsEndpoint | undefined;
  #dtlsState: DtlsState = 'none';
  #dtlsFailure: string | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #state: TransportState = 'new';

  constructor(id: string, context: TransportContext, user: WebRtcTransportUser) {
    this.id = id;
    this.#context = context;
    this.#user = user;
    this.#ice = context.ice.open(this);
  }

  get state(): TransportState {
    return this.#state;
  }

  /**
   * Sets both sides' ICE credentials and the peer's certificate fingerprints, or replaces them. Answers why not, and
   * then has changed nothing.
   */
  connect(
    local: IceParameters,
    remote: IceParameters,
    fingerprints: readonly DtlsFingerprint[],
    nowUs: number,
  ): ConnectRefusal | undefined {
    if (this.#state === 'closed') return undefined;
    if (!fingerprints.some(isUsableFingerprint)) return 'no_fingerprint';
    if (!this.#context.ice.setParameters(this.#ice, local, remote, nowUs)) return 'ufrag_taken';
    if (this.#dtlsState === 'failed' || !sameFingerprints(this.#fingerprints, fingerprints))
      this.#resetDtls();
    this.#fingerprints = fingerprints;
    this.#updateState(undefined);
    return undefined;
  }

  /** Protects and sends a whole plain RTP packet, borrowed. Dropped and counted without keys or path. */
  sendRtp(packet: Buffer): void {
    const sender = this.#sender;
    const path = this.#ice.selected;
    if (sender === undefined || path === undefined || packet.length > MAX_PLAIN_BYTES) {
      this.#countUnsent();
      return;
    }
    const target = path.sendBuffer();
    path.send(target, sender.protectRtp(packet, target));
  }

  /** As `sendRtp`, for a whole compound RTCP packet. */
  sendRtcp(packet: Buffer): void {
    const sender = this.#sender;
    const path = this.#ice.selected;
    if (sender === undefined || path === undefined || packet.length > MAX_PLAIN_BYTES) {
      this.#countUnsent();
      return;
    }
    const target = path.sendBuffer();
    path.send(target, sender.protectRtcp(packet, target));
  }

  /** A datagram on one of this peer's checked paths. */
  handleDatagram(kind: MediaPacketKind, datagram: Buffer, nowUs: number): void {
    if (kind === 'dtls') {
      this.#handleDtls(datagram, nowUs);
      return;
    }
    const receiver = this.#receiver;
    if (receiver === undefined) {
      this.#context.counters.srtpBeforeKeys += 1;
      return;
    }
    const packet = kind === 'rtp' ? receiver.unprotectRtp(datagram) : receiver.unprotectRtcp(datagram);
    if (packet === undefined) return;
    this.#ice.noteHeard(nowUs);
    if (kind === 'rtp') this.#user.handleRtp(this.id, packet, nowUs);
    else this.#user.handleRtcp(this.id, packet, nowUs);
  }

  /** Adds what the present DTLS and SRTP have counted. */
  addCountersTo(total: Record<string, number>): void {
    if (this.#dtls !== undefined) addCounters(total, this.#dtls.counters);
    if (this.#receiver !== undefined) addCounters(total, this.#receiver.counters);
  }

  onIceState(_state: IceState, reason: IceFailure | undefined): void {
    this.#updateState(reason);
  }

  /** Says goodbye by DTLS, releases every path and forgets the keys. Idempotent. */
  close(nowUs: number): void {
    if (this.#state === 'closed') return;
    this.#resetDtls();
    this.#context.ice.close(this.#ice, nowUs);
  }

  #countUnsent(): void {
    const { counters } = this.#context;
    if (this.#sender === undefined) counters.sendBeforeKeys += 1;
    else if (this.#ice.selected === undefined) counters.sendWithoutPath += 1;
    else counters.sendTooLarge += 1;
  }

  #handleDtls(datagram: Buffer, nowUs: number): void {
    const { counters, dtlsLimiter } = this.#context;
    const path = this.#ice.selected;
    if (path === undefined || !dtlsLimiter.take(path.address, nowUs)) {
      counters.dtlsRateLimited += 1;
      return;
    }
    if (this.#dtlsState === 'none') {
      // A late packet of an earlier association must not start the clock of a handshake.
      if (!isClientHello(datagram)) {
        counters.dtlsUnexpected += 1;
        return;
      }
      if (!this.#openDtls()) {
        counters.dtlsPendingLimit += 1;
        return;
      }
    }
    this.#dtls?.handleDatagram(datagram);
  }

  /** False: too many handshakes are under way; the client will send its ClientHello again. */
  #openDtls(): boolean {
    const { certificate, handshakes, handshakeTimeoutMs, srtpLimits } = this.#context;
    if (handshakes.count >= handshakes.max) return false;
    this.#setDtlsState('pending');
    const endpoint: DtlsEndpoint = new DtlsEndpoint({
      certificate,
      remoteFingerprints: this.#fingerprints,
      profiles: PROFILES,
      handshakeTimeoutMs,
      send: (datagram) => this.#ice.selected?.send(datagram, datagram.length),
      onConnected: ({ profile, local, remote }) => {
        if (this.#dtls !== endpoint) return;
        this.#sender = new SrtpSender(profile, local);
        this.#receiver = new SrtpReceiver(profile, remote, srtpLimits);
        this.#setDtlsState('connected');
        this.#updateState(undefined);
      },
      onFailed: (reason) => {
        if (this.#dtls !== endpoint) return;
        this.#dropKeys();
        this.#dtlsFailure = reason;
        this.#setDtlsState('failed');
        this.#updateState(reason);
      },
    });
    this.#dtls = endpoint;
    return true;
  }

  #resetDtls(): void {
    const dtls = this.#dtls;
    this.#dropKeys();
    this.#dtls = undefined;
    this.#setDtlsState('none');
    if (dtls === undefined) return;
    dtls.close();
    addCounters(this.#context.pastCounters, dtls.counters);
  }

  #dropKeys(): void {
    if (this.#receiver !== undefined) {
      addCounters(this.#context.pastCounters, this.#receiver.counters);
    }
    this.#sender?.close();
    this.#receiver?.close();
    this.#sender = undefined;
    this.#receiver = undefined;
  }

  #setDtlsState(state: DtlsState): void {
    const { handshakes } = this.#context;
    if (this.#dtlsState === 'pending') handshakes.count -= 1;
    if (state === 'pending') handshakes.count += 1;
    this.#dtlsState = state;
  }

  #updateState(reason: string | undefined): void {
    const state = this.#currentState();
    if (state === this.#state) return;
    this.#state = state;
    const why = state === 'failed' || state === 'disconnected' ? (reason ?? this.#dtlsFailure) : undefined;
    this.#user.onTransportState(this.id, state, why, this.#ice.selected?.protocol);
  }

  #currentState(): TransportState {
    const ice = this.#ice.state;
    if (ice === 'closed' || ice === 'failed') return ice;
    if (this.#dtlsState === 'failed') return 'failed';
    // An ICE restart after a failure: the keys are there, the way is not.
    if (ice === 'new') return this.#dtlsState === 'connected' ? 'disconnected' : 'new';
    if (ice === 'disconnected') return 'disconnected';
    return this.#dtlsState === 'connected' ? 'connected' : 'connecting';
  }
}

/** Whether the first record is (a fragment of) a ClientHello: record type 22, handshake type 1. RFC 6347 §4.3.2. */
function isClientHello(datagram: Buffer): boolean {
  return datagram[0] === 22 && datagram[13] === 1;
}

function sameFingerprints(a: readonly DtlsFingerprint[], b: readonly DtlsFingerprint[]): boolean {
  return a.length === b.length && a.every((one) => b.some((other) => sameFingerprint(one, other)));
}

function sameFingerprint(a: DtlsFingerprint, b: DtlsFingerprint): boolean {
  return a.algorithm === b.algorithm && a.value.toUpperCase() === b.value.toUpperCase();
}
