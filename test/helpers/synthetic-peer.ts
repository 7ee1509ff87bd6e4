/**
 * A peer for tests and benches: the client side of ICE, DTLS (werift's DtlsClient) and SRTP (ours) over one UDP
 * socket, cheap enough to load a server. It has no codecs and no congestion control: it sends what it is told.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { CipherContext, classes, DtlsClient, Message, methods } from 'werift';
import { type SrtpProfile, SrtpReceiver, SrtpSender } from '../../src/crypto/srtp.ts';
import type { DtlsFingerprint, IceParameters } from '../../src/transport/media-messages.ts';
import { fingerprintOf } from './certificate-fingerprint.ts';

const CHECK_INTERVAL_MS = 50;
const CONSENT_INTERVAL_MS = 2_000;

type Certificate = Awaited<ReturnType<typeof CipherContext.createSelfSignedCertificateWithKey>>;

export class SyntheticPeer {
  readonly ice: IceParameters;
  readonly fingerprint: DtlsFingerprint;
  /** Datagrams of media (RTP or RTCP, still protected) that came. */
  datagrams = 0;
  bytes = 0;
  /** Unprotected packets go here when set; leave unset to only count them. */
  onRtp: ((packet: Buffer) => void) | undefined;
  onRtcp: ((packet: Buffer) => void) | undefined;
  /** Instead of `onRtp`: datagrams as they come. Headers can be read, and `unprotectRtp` called where it matters. */
  onProtectedRtp: ((datagram: Buffer) => void) | undefined;
  /** What DTLS agreed on; undefined before. */
  profile: SrtpProfile | undefined;

  readonly #certificate: Certificate;
  readonly #socket: Socket;
  readonly #target = Buffer.alloc(2048);
  #remote: { ice: IceParameters; address: string; port: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checked = false;
  #onChecked: (() => void) | undefined;
  #onDtls: ((data: Buffer) => void) | undefined;
  #dtls: DtlsClient | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;

  private constructor(certificate: Certificate, ice: IceParameters) {
    this.#certificate = certificate;
    this.ice = ice;
    this.fingerprint = { algorithm: 'sha-256', value: fingerprintOf(certificate.certPem) };
    this.#socket = createSocket({
      type: 'udp4',
      recvBufferSize: 4 << 20,
      sendBufferSize: 4 << 20,
      // Addresses are numeric; without this each send would wait a tick for a look-up.
      lookup: (address, _options, callback) => callback(null, address, 4),
    });
    this.#socket.on('message', (data) => this.#receive(data));
  }

  /** `ice` must be unique to the peer; its characters are ice-chars. */
  static async create(ice: IceParameters): Promise<SyntheticPeer> {
    const certificate = await CipherContext.createSelfSignedCertificateWithKey(
      { hash: 4, signature: 3 },
      1 as never,
    );
    const peer = new SyntheticPeer(certificate, ice);
    await new Promise<void>((resolve) => peer.#socket.bind(0, '127.0.0.1', resolve));
    return peer;
  }

  get localPort(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  /** Resolves once ICE is nominated and DTLS has given its keys. */
  async connect(remote: { ice: IceParameters; address: string; port: number }): Promise<void> {
    this.#remote = remote;
    await new Promise<void>((resolve) => {
      this.#onChecked = resolve;
      this.#check();
    });
    const dtls = new DtlsClient({
      transport: {
        type: 'udp',
        address: this.#socket.address() as AddressInfo,
        closed: false,
        onData: () => {},
        send: async (data) => this.#send(data),
        close: async () => {},
      },
      cert: this.#certificate.certPem,
      key: this.#certificate.keyPem,
      signatureHash: this.#certificate.signatureHash,
      srtpProfiles: [7, 1],
      extendedMasterSecret: true,
    });
    this.#dtls = dtls;
    this.#onDtls = (data) => dtls.options.transport.onData(data, [remote.address, remote.port]);
    await new Promise<void>((resolve, reject) => {
      dtls.onConnect.once(() => resolve());
      dtls.onError.once(reject);
      dtls.connect().catch(reject);
    });
    const gcm = dtls.srtp.srtpProfile === 7;
    const keys = dtls.extractSessionKeys(16, gcm ? 12 : 14);
    const profile: SrtpProfile = gcm ? 'AEAD_AES_128_GCM' : 'AES_CM_128_HMAC_SHA1_80';
    this.profile = profile;
    this.#sender = new SrtpSender(profile, { masterKey: keys.localKey, masterSalt: keys.localSalt });
    this.#receiver = new SrtpReceiver(profile, { masterKey: keys.remoteKey, masterSalt: keys.remoteSalt });
  }

  sendRtp(packet: Buffer): void {
    this.#send(Buffer.from(this.#target.subarray(0, this.#sender!.protectRtp(packet, this.#target))));
  }

  sendRtcp(packet: Buffer): void {
    this.#send(Buffer.from(this.#target.subarray(0, this.#sender!.protectRtcp(packet, this.#target))));
  }

  /** The plain packet, or undefined if it is not authentic or came before. */
  unprotectRtp(datagram: Buffer): Buffer | undefined {
    return this.#receiver?.unprotectRtp(datagram);
  }

  /** The protected bytes of a packet, to be sent later with `sendProtected`. */
  protect(packet: Buffer): Buffer {
    return Buffer.from(this.#target.subarray(0, this.#sender!.protectRtp(packet, this.#target)));
  }

  sendProtected(datagram: Buffer): void {
    this.#send(datagram);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#dtls?.close();
    this.#socket.close();
  }

  #send(data: Buffer): void {
    const remote = this.#remote!;
    this.#socket.send(data, remote.port, remote.address);
  }

  #check(): void {
    const remote = this.#remote!;
    const request = new Message(methods.BINDING, classes.REQUEST);
    request
      .setAttribute('USERNAME', `${remote.ice.usernameFragment}:${this.ice.usernameFragment}`)
      .setAttribute('PRIORITY', 0x7e7f_1eff)
      .setAttribute('ICE-CONTROLLING', 0x1234_5678n)
      .setAttribute('USE-CANDIDATE', null);
    request.addMessageIntegrity(Buffer.from(remote.ice.password)).addFingerprint();
    this.#send(request.bytes);
    this.#timer = setTimeout(() => this.#check(), this.#checked ? CONSENT_INTERVAL_MS : CHECK_INTERVAL_MS);
  }

  #receive(data: Buffer): void {
    const first = data[0]!;
    if (first < 4) {
      if (data.readUInt16BE(0) === 0x0101 && !this.#checked) {
        this.#checked = true;
        this.#onChecked?.();
      }
    } else if (first >= 20 && first <= 63) {
      this.#onDtls?.(data);
    } else if (first >= 128 && first <= 191) {
      this.datagrams += 1;
      this.bytes += data.length;
      const isRtcp = data[1]! >= 192 && data[1]! <= 223;
      if (isRtcp && this.onRtcp !== undefined) {
        const packet = this.#receiver?.unprotectRtcp(data);
        if (packet !== undefined) this.onRtcp(packet);
      } else if (!isRtcp && this.onProtectedRtp !== undefined) {
        this.onProtectedRtp(data);
      } else if (!isRtcp && this.onRtp !== undefined) {
        const packet = this.#receiver?.unprotectRtp(data);
        if (packet !== undefined) this.onRtp(packet);
      }
    }
  }
}
