import { type Counters, makeCounters } from '../../base/counters.ts';
import { VisavisError } from '../../base/errors.ts';
import type { SrtpProfile } from '../../crypto/srtp.ts';
import type { DtlsFingerprint } from '../media-messages.ts';
import { ALERT, alertMeaning } from './alert.ts';
import type { DtlsCertificate } from './certificate.ts';
import { firstCertificate, isSignedBy } from './client-proof.ts';
import { isUsableFingerprint, matchesFingerprint } from './fingerprint.ts';
import { type Flight, packFlight } from './flight.ts';
import { HANDSHAKE_TYPE, type HandshakeMessage, parseFragments } from './handshake-message.ts';
import { HandshakeReassembler } from './handshake-reassembler.ts';
import { HandshakeServer, type NegotiatedSrtp } from './handshake-server.ts';
import { CONTENT_TYPE, type DtlsRecord, encodeRecord, parseRecords } from './record.ts';
import { Retransmitter } from './retransmitter.ts';

export type DtlsFailure =
  /** The client's certificate is none of those its signaling named, or it has not got its private key. */
  | 'dtls_fingerprint'
  | 'dtls_timeout'
  /** Nothing in common, a broken message, or a fatal alert of the client. */
  | 'dtls_handshake'
  /** The client said goodbye. */
  | 'dtls_closed';

export interface DtlsEndpointOptions {
  readonly certificate: DtlsCertificate;
  /** Of the peer, from its signaling. One match is enough; at least one must be sha-256, sha-384 or sha-512. */
  readonly remoteFingerprints: readonly DtlsFingerprint[];
  /** In order of preference, at least one. */
  readonly profiles: readonly SrtpProfile[];
  /** Sends one datagram, which the callee then owns. Must not throw. */
  send(datagram: Buffer): void;
  /** Once, when the handshake is complete. */
  onConnected(keys: NegotiatedSrtp): void;
  /** Once at most, before or after `onConnected`; nothing follows it. */
  onFailed(reason: DtlsFailure): void;
  /** From construction to completion. */
  readonly handshakeTimeoutMs: number;
}

export type DtlsState = 'handshaking' | 'connected' | 'failed' | 'closed';

export const DTLS_COUNTER_NAMES = [
  /** Datagrams without one well-formed record. */
  'dtlsMalformed',
  /** Fragments and records out of place, beyond the limits, not authentic, or of no use to us. */
  'dtlsDropped',
  /** Flights sent again, for a peer's retransmission or by our timer. */
  'dtlsRetransmissions',
] as const;

/** What a client sends in clear, in this order and nothing else. */
const CLIENT_MESSAGES = [
  HANDSHAKE_TYPE.clientHello,
  HANDSHAKE_TYPE.certificate,
  HANDSHAKE_TYPE.clientKeyExchange,
  HANDSHAKE_TYPE.certificateVerify,
] as const;

/**
 * The passive side of one DTLS 1.2 connection, over whatever carries datagrams; its only use is to give SRTP keys.
 * Sits in front of `HandshakeServer`: reassembles and orders the client's messages, sends our flights again, and
 * checks the client's certificate, its signature and its Finished. Never throws on input, memory is bounded.
 *
 * @see RFC 6347 §4.2, RFC 5764, RFC 8827 §6.5
 */
export class DtlsEndpoint {
  readonly counters: Counters<(typeof DTLS_COUNTER_NAMES)[number]> = makeCounters(DTLS_COUNTER_NAMES);
  readonly #options: DtlsEndpointOptions;
  readonly #server: HandshakeServer;
  readonly #inbound = new HandshakeReassembler();
  readonly #retransmitter: Retransmitter;
  readonly #deadline: NodeJS.Timeout;
  #state: DtlsState = 'handshaking';
  #accepted = 0;
  #certificate: Buffer | undefined;
  /** The client's Finished, when it overtook the messages before it. */
  #earlyFinished: Buffer | undefined;
  #recordNumber = 0;

  /** Throws VisavisError `sdp_invalid` when there is no fingerprint the peer could match. */
  constructor(options: DtlsEndpointOptions) {
    if (!options.remoteFingerprints.some(isUsableFingerprint)) {
      throw new VisavisError(
        'sdp_invalid',
        'the peer must give a DTLS fingerprint with sha-256, sha-384 or sha-512',
      );
    }
    this.#options = options;
    this.#server = new HandshakeServer({
      certificate: options.certificate,
      profiles: options.profiles,
      onComplete: (finished) => this.#complete(finished),
      onError: () => this.#fail('dtls_handshake', ALERT.handshakeFailure),
    });
    this.#retransmitter = new Retransmitter((flight) => this.#transmit(flight), this.counters);
    this.#deadline = setTimeout(() => this.#fail('dtls_timeout'), options.handshakeTimeoutMs);
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** One datagram of the peer; borrowed. */
  handleDatagram(datagram: Buffer): void {
    if (this.#isOver()) return;
    const records = parseRecords(datagram);
    if (records.length === 0) this.counters.dtlsMalformed += 1;
    let retransmitted = false;
    for (const record of records) {
      if (this.#isOver()) return;
      if (record.contentType === CONTENT_TYPE.alert) this.#handleAlert(record);
      else if (record.contentType !== CONTENT_TYPE.handshake) this.#ignore(record);
      else if (record.epoch > 0) retransmitted = this.#handleFinished(record) || retransmitted;
      else retransmitted = this.#handleHandshake(record) || retransmitted;
    }
    if (retransmitted && !this.#isOver()) this.#retransmitter.peerRetransmitted();
  }

  /** Says goodbye to the peer and stops. Calls nothing back. */
  close(): void {
    if (this.#isOver()) return;
    const connected = this.#state === 'connected';
    this.#stop('closed');
    if (connected) this.#options.send(this.#server.encryptAlert(ALERT.closeNotify));
    else if (this.#accepted > 0) this.#sendAlertInClear(ALERT.closeNotify);
  }

  /** True if a fragment belongs to a message taken long ago. */
  #handleHandshake(record: DtlsRecord): boolean {
    let old = false;
    const fragments = parseFragments(record.fragment);
    if (fragments.length === 0) this.counters.dtlsDropped += 1;
    for (const fragment of fragments) {
      // After the last message in clear everything is either old or made up.
      const done = this.#accepted === CLIENT_MESSAGES.length;
      const fate = done && fragment.sequence >= this.#accepted ? 'dropped' : this.#inbound.add(fragment);
      if (fate === 'old') old = true;
      if (fate === 'dropped') this.counters.dtlsDropped += 1;
    }
    for (let message = this.#inbound.take(); message !== undefined; message = this.#inbound.take()) {
      this.#accept(message);
      if (this.#isOver()) return false;
    }
    return old;
  }

  #accept(message: HandshakeMessage): void {
    if (message.type !== CLIENT_MESSAGES[this.#accepted]) {
      this.#fail('dtls_handshake', ALERT.unexpectedMessage);
      return;
    }
    this.#accepted += 1;
    if (message.type === HANDSHAKE_TYPE.clientHello) {
      const messages = this.#server.hello(message);
      if (messages === undefined) this.#fail('dtls_handshake', ALERT.handshakeFailure);
      else this.#retransmitter.start({ messages });
      return;
    }
    if (message.type === HANDSHAKE_TYPE.certificate) {
      this.#certificate = firstCertificate(message.body);
      if (
        this.#certificate === undefined ||
        !matchesFingerprint(this.#certificate, this.#options.remoteFingerprints)
      ) {
        this.#fail('dtls_fingerprint', ALERT.badCertificate);
        return;
      }
    }
    if (
      message.type === HANDSHAKE_TYPE.certificateVerify &&
      !isSignedBy(this.#certificate!, this.#server.transcript, message.body)
    ) {
      this.#fail('dtls_fingerprint', ALERT.decryptError);
      return;
    }
    this.#server.accept(message);
    if (message.type === HANDSHAKE_TYPE.certificateVerify && this.#earlyFinished !== undefined) {
      const [finished] = parseRecords(this.#earlyFinished);
      this.#earlyFinished = undefined;
      this.#server.finish(finished!);
    }
  }

  /** True if it shows that the peer has not got our Finished. */
  #handleFinished(record: DtlsRecord): boolean {
    if (this.#state === 'connected') return true;
    if (this.#accepted === CLIENT_MESSAGES.length) this.#server.finish(record);
    else if (this.#accepted > 0) this.#earlyFinished = Buffer.from(record.bytes);
    else this.counters.dtlsDropped += 1;
    return false;
  }

  #handleAlert(record: DtlsRecord): void {
    let alert: Buffer | undefined;
    if (record.epoch === 0) {
      // Once connected, only what is authentic may end the connection.
      if (this.#state === 'handshaking') alert = record.fragment;
    } else if (this.#server.hasKeys) {
      alert = this.#server.decrypt(record);
    }
    const meaning = alert === undefined ? 'ignored' : alertMeaning(alert);
    if (meaning === 'ignored') this.counters.dtlsDropped += 1;
    else this.#fail(meaning === 'closed' ? 'dtls_closed' : 'dtls_handshake');
  }

  /** ChangeCipherSpec tells us nothing that the epoch does not; there are no data channels. */
  #ignore(record: DtlsRecord): void {
    if (record.contentType !== CONTENT_TYPE.changeCipherSpec) this.counters.dtlsDropped += 1;
  }

  #complete(finished: Buffer): void {
    if (this.#state !== 'handshaking') return;
    this.#state = 'connected';
    clearTimeout(this.#deadline);
    this.#retransmitter.startLast({ messages: [], finished });
    this.#options.onConnected(this.#server.negotiated());
  }

  #fail(reason: DtlsFailure, alert?: Buffer): void {
    if (this.#isOver()) return;
    const inClear = this.#state === 'handshaking';
    this.#stop('failed');
    if (alert !== undefined && inClear) this.#sendAlertInClear(alert);
    this.#options.onFailed(reason);
  }

  #stop(state: 'failed' | 'closed'): void {
    this.#state = state;
    clearTimeout(this.#deadline);
    this.#retransmitter.stop();
    this.#server.abandon();
  }

  #isOver(): boolean {
    return this.#state === 'failed' || this.#state === 'closed';
  }

  #transmit(flight: Flight): void {
    for (const datagram of packFlight(flight, () => this.#nextRecordNumber())) this.#options.send(datagram);
  }

  #sendAlertInClear(alert: Buffer): void {
    this.#options.send(encodeRecord(CONTENT_TYPE.alert, 0, this.#nextRecordNumber(), alert));
  }

  #nextRecordNumber(): number {
    const number = this.#recordNumber;
    this.#recordNumber = number + 1;
    return number;
  }
}
