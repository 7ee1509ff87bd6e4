/** A DtlsEndpoint and werift's client on an in-process link that a test may cut, delay or watch. */
import { X509Certificate } from 'node:crypto';
import { DtlsClient } from 'werift';
import { SRTP_PROFILES, type SrtpProfile } from '../../src/crypto/srtp.ts';
import { createDtlsCertificate, type DtlsCertificate } from '../../src/transport/dtls/certificate.ts';
import { DtlsEndpoint, type DtlsFailure } from '../../src/transport/dtls/dtls-endpoint.ts';
import { fingerprintOf } from '../../src/transport/dtls/fingerprint.ts';
import type { NegotiatedSrtp } from '../../src/transport/dtls/handshake-server.ts';
import type { DtlsFingerprint } from '../../src/transport/media-messages.ts';

export const serverCertificate = await createDtlsCertificate();
export const clientCertificate = await createDtlsCertificate();

/** What becomes of a datagram on its way: the datagrams to deliver instead, none to lose it. */
export type Path = (datagram: Buffer) => readonly Buffer[];

export interface DtlsLinkOptions {
  readonly toServer?: Path;
  readonly toClient?: Path;
  readonly remoteFingerprints?: readonly DtlsFingerprint[];
  readonly serverProfiles?: readonly SrtpProfile[];
  readonly clientProfiles?: readonly SrtpProfile[];
  readonly clientCertificate?: DtlsCertificate;
  readonly extendedMasterSecret?: boolean;
  readonly handshakeTimeoutMs?: number;
}

export type Outcome = { keys: NegotiatedSrtp } | { failed: DtlsFailure };

export class DtlsLink {
  readonly endpoint: DtlsEndpoint;
  readonly client: DtlsClient;
  /** Everything the endpoint sent, lost or not. */
  readonly sent: Buffer[] = [];
  /** Settles with the first of `onConnected` and `onFailed`. */
  readonly outcome: Promise<Outcome>;
  readonly failures: DtlsFailure[] = [];
  readonly #pass: (data: Buffer) => void;

  constructor(options: DtlsLinkOptions = {}) {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    const certificate = options.clientCertificate ?? clientCertificate;
    const der = new X509Certificate(certificate.certPem).raw;
    const toClient = options.toClient ?? ((datagram) => [datagram]);
    const toServer = options.toServer ?? ((datagram) => [datagram]);
    this.endpoint = new DtlsEndpoint({
      certificate: serverCertificate,
      remoteFingerprints: options.remoteFingerprints ?? [fingerprintOf(der, 'sha-256')],
      profiles: options.serverProfiles ?? ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'],
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10_000,
      send: (datagram) => {
        this.sent.push(datagram);
        for (const delivered of toClient(datagram))
          setImmediate(() => this.client.transport.socket.onData(delivered, ['', 0]));
      },
      onConnected: (keys) => resolve({ keys }),
      onFailed: (reason) => {
        this.failures.push(reason);
        resolve({ failed: reason });
      },
    });
    this.#pass = (data) => {
      for (const delivered of toServer(data)) setImmediate(() => this.endpoint.handleDatagram(delivered));
    };
    this.client = new DtlsClient({
      cert: certificate.certPem,
      key: certificate.keyPem,
      signatureHash: certificate.signatureHash,
      srtpProfiles: (
        options.clientProfiles ?? (['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const)
      ).map((profile) => SRTP_PROFILES[profile].dtlsId as 1 | 7),
      extendedMasterSecret: options.extendedMasterSecret ?? true,
      transport: {
        type: 'udp',
        address: { address: '', family: 'IPv4', port: 0 },
        closed: false,
        onData: () => {},
        send: async (data) => this.#pass(data),
        close: async () => {},
      },
    });
  }

  /** Starts the client's side; its own retransmissions are werift's. */
  connect(): this {
    this.client.onError.subscribe(() => {});
    this.client.connect().catch(() => {});
    return this;
  }

  /** Ends both sides and the timers of werift's client. */
  close(): void {
    this.endpoint.close();
    // A client with a datagram in its hands would go on to its next flight and wait half a minute for an answer.
    Object.defineProperty(this.client.dtls, 'flight', { get: () => 7, set: () => {} });
  }
}
