/**
 * One UDP socket with a minimal ICE-lite responder and a DtlsEndpoint per browser connection, that loses a share of
 * the DTLS datagrams both ways. STUN is never lost, so that only DTLS is measured.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { classes, Message, parseMessage } from 'werift';
import { DtlsEndpoint, type DtlsFailure } from '../../src/transport/dtls/dtls-endpoint.ts';
import type { NegotiatedSrtp } from '../../src/transport/dtls/handshake-server.ts';
import { serverCertificate } from './dtls-link.ts';

const PASSWORD = 'a-password-of-22-chars-and-more';

export interface DtlsTestServerOptions {
  /** Share of DTLS datagrams lost in each direction, 0..1. */
  readonly loss: number;
  /** 0..1, called once per DTLS datagram. */
  readonly random: () => number;
}

export class DtlsTestServer {
  readonly outcomes: ({ keys: NegotiatedSrtp } | { failed: DtlsFailure })[] = [];
  readonly #socket: Socket = createSocket('udp4');
  readonly #options: DtlsTestServerOptions;
  readonly #byFragment = new Map<string, DtlsEndpoint>();
  readonly #addressOf = new Map<DtlsEndpoint, { address: string; port: number }>();
  readonly #byAddress = new Map<string, DtlsEndpoint>();
  #made = 0;

  private constructor(options: DtlsTestServerOptions) {
    this.#options = options;
    this.#socket.on('message', (data, { address, port }) => this.#receive(data, address, port));
  }

  static async open(options: DtlsTestServerOptions): Promise<DtlsTestServer> {
    const server = new DtlsTestServer(options);
    await new Promise<void>((resolve) => server.#socket.bind(0, '127.0.0.1', resolve));
    return server;
  }

  /** Answers a browser's offer of one audio line, which it may only receive on. */
  answer(offer: string): string {
    this.#made += 1;
    const fragment = `peer${this.#made}`;
    const [, algorithm, value] = /a=fingerprint:(\S+) (\S+)/.exec(offer) ?? [];
    const endpoint: DtlsEndpoint = new DtlsEndpoint({
      certificate: serverCertificate,
      remoteFingerprints: [{ algorithm: algorithm!, value: value! }],
      profiles: ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'],
      handshakeTimeoutMs: 30_000,
      send: (datagram) => {
        const to = this.#addressOf.get(endpoint)!;
        if (!this.#loses()) this.#socket.send(datagram, to.port, to.address);
      },
      onConnected: (keys) => this.outcomes.push({ keys }),
      onFailed: (failed) => this.outcomes.push({ failed }),
    });
    this.#byFragment.set(fragment, endpoint);
    const { port } = this.#socket.address() as AddressInfo;
    return `${[
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'a=ice-lite',
      'a=group:BUNDLE 0',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'c=IN IP4 127.0.0.1',
      'a=mid:0',
      'a=sendonly',
      'a=rtcp-mux',
      'a=rtpmap:111 opus/48000/2',
      `a=ice-ufrag:${fragment}`,
      `a=ice-pwd:${PASSWORD}`,
      `a=fingerprint:${serverCertificate.fingerprint.algorithm} ${serverCertificate.fingerprint.value}`,
      'a=setup:passive',
      `a=candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host`,
      'a=end-of-candidates',
    ].join('\r\n')}\r\n`;
  }

  /** Flights our endpoints sent again. */
  get retransmissions(): number {
    let sum = 0;
    for (const { counters } of this.#byFragment.values()) sum += counters.dtlsRetransmissions;
    return sum;
  }

  close(): void {
    for (const endpoint of this.#byFragment.values()) endpoint.close();
    this.#socket.close();
  }

  #loses(): boolean {
    return this.#options.random() < this.#options.loss;
  }

  #receive(data: Buffer, address: string, port: number): void {
    const first = data[0] ?? 255;
    if (first < 4) this.#answerCheck(data, address, port);
    else if (first >= 20 && first <= 63 && !this.#loses()) {
      this.#byAddress.get(`${address}:${port}`)?.handleDatagram(data);
    }
  }

  #answerCheck(data: Buffer, address: string, port: number): void {
    const request = parseMessage(data, Buffer.from(PASSWORD));
    const username = request?.getAttributeValue('USERNAME') as string | undefined;
    const endpoint = this.#byFragment.get(username?.split(':')[0] ?? '');
    if (request === undefined || endpoint === undefined) return;
    this.#byAddress.set(`${address}:${port}`, endpoint);
    this.#addressOf.set(endpoint, { address, port });
    const response = new Message(request.messageMethod, classes.RESPONSE, request.transactionId);
    response.setAttribute('XOR-MAPPED-ADDRESS', [address, port]);
    response.addMessageIntegrity(Buffer.from(PASSWORD)).addFingerprint();
    this.#socket.send(response.bytes, port, address);
  }
}
