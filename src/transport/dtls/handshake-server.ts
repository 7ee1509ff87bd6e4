import { DtlsServer } from 'werift';
import { SRTP_PROFILES, type SrtpKeys, type SrtpProfile } from '../../crypto/srtp.ts';
import type { DtlsCertificate } from './certificate.ts';
import { isClientFinished } from './client-proof.ts';
import {
  encodeFragment,
  HANDSHAKE_TYPE,
  type HandshakeMessage,
  parseFragments,
} from './handshake-message.ts';
import { HandshakeReassembler } from './handshake-reassembler.ts';
import { CONTENT_TYPE, type DtlsRecord, encodeRecord, parseRecords } from './record.ts';

export interface HandshakeServerOptions {
  readonly certificate: DtlsCertificate;
  readonly profiles: readonly SrtpProfile[];
  /** The handshake is complete; `finished` is our encrypted Finished record. Called on a stack of its own. */
  readonly onComplete: (finished: Buffer) => void;
  /** werift gave up on what it was given. Called on a stack of its own. */
  readonly onError: () => void;
}

/** Keys of both directions and the profile the client agreed to. */
export interface NegotiatedSrtp {
  readonly profile: SrtpProfile;
  readonly local: SrtpKeys;
  readonly remote: SrtpKeys;
}

/** werift's number of its last flight; a flight that waits for it ends. */
const LAST_FLIGHT = 6;
const FLIGHT_OF_SERVER_HELLO = 4;
/** Client version and random, before the session id of a ClientHello. */
const SESSION_ID_OFFSET = 34;
const DTLS_1_2 = 0xfefd;

/**
 * werift's DtlsServer, unmodified, as a step machine over whole messages: client messages go in one by one and in
 * order, our messages come out unpacked. Its own retransmissions, which do not know what was lost, are discarded.
 *
 * werift insists on the cookie exchange of RFC 6347 §4.2.1, which lets a server without state check that a client can
 * be reached at its address. ICE has proved that already (the RFC leaves the exchange to the server then), and under
 * loss every exchange saved counts. So `hello` answers werift's HelloVerifyRequest itself with the client's own hello
 * and the cookie, and then sets the numbers and the transcript back to a handshake without the exchange.
 */
export class HandshakeServer {
  readonly #server: DtlsServer;
  readonly #output = new HandshakeReassembler();
  readonly #transcript: Buffer[] = [];
  #finished: Buffer | undefined;
  #clientFinished = false;
  /** The only message type werift may see next: an encrypted record could carry another, a new hello for one. */
  #due = 0;

  constructor(options: HandshakeServerOptions) {
    const { certificate, profiles } = options;
    this.#server = new DtlsServer({
      cert: certificate.certPem,
      key: certificate.keyPem,
      signatureHash: certificate.signatureHash,
      srtpProfiles: profiles.map((profile) => SRTP_PROFILES[profile].dtlsId as 1 | 7),
      certificateRequest: true,
      extendedMasterSecret: true,
      transport: {
        type: 'udp',
        address: { address: '0.0.0.0', family: 'IPv4', port: 0 },
        closed: false,
        onData: () => {},
        send: async (data) => this.#collect(data),
        close: async () => {},
      },
    });
    const handle = this.#server.onHandleHandshakes;
    this.#server.onHandleHandshakes = async (messages) => {
      const [message] = messages;
      if (messages.length !== 1 || message?.msg_type !== this.#due) return;
      if (message.msg_type === HANDSHAKE_TYPE.finished && !this.#takesFinished(message.fragment)) return;
      await handle(messages);
    };
    this.#server.onConnect.subscribe(() => queueMicrotask(() => options.onComplete(this.#finished!)));
    this.#server.onError.subscribe(() => queueMicrotask(options.onError));
  }

  /** Every message of both sides so far, as CertificateVerify and Finished sign it. */
  get transcript(): Buffer {
    return Buffer.concat(this.#transcript);
  }

  /** Takes the ClientHello. Returns our flight up to ServerHelloDone, undefined if we have nothing in common. */
  hello(hello: HandshakeMessage): readonly HandshakeMessage[] | undefined {
    const { dtls } = this.#server;
    this.#feed(hello);
    const cookieOffset = SESSION_ID_OFFSET + 1 + (hello.body[SESSION_ID_OFFSET] ?? 0);
    if (this.#output.take()?.type !== HANDSHAKE_TYPE.helloVerifyRequest || dtls.cookie === undefined)
      return undefined;
    if (this.#server.srtp.srtpProfile === undefined) return undefined;
    // werift would answer with the extension whether or not it was offered.
    dtls.options.extendedMasterSecret = dtls.remoteExtendedMasterSecret;
    const body = Buffer.concat([
      hello.body.subarray(0, cookieOffset),
      Buffer.of(dtls.cookie.length),
      dtls.cookie,
      hello.body.subarray(cookieOffset + 1),
    ]);
    this.#feed({ type: hello.type, sequence: 1, body });
    const flight: HandshakeMessage[] = [];
    for (let message = this.#output.take(); message !== undefined; message = this.#output.take()) {
      flight.push({ ...message, sequence: message.sequence - 1 });
    }
    if (flight.at(-1)?.type !== HANDSHAKE_TYPE.serverHelloDone) return undefined;
    dtls.sequenceNumber -= 1;
    for (const cached of dtls.handshakeCache[FLIGHT_OF_SERVER_HELLO]?.data ?? []) {
      cached.message_seq -= 1;
      if (cached.msg_type !== HANDSHAKE_TYPE.clientHello) continue;
      cached.length = hello.body.length;
      cached.fragment_length = hello.body.length;
      cached.fragment = hello.body;
    }
    for (const message of [hello, ...flight]) this.#transcript.push(encodeFragment(message));
    return flight;
  }

  /** Takes Certificate, ClientKeyExchange and CertificateVerify, which the caller has checked. */
  accept(message: HandshakeMessage): void {
    this.#transcript.push(encodeFragment(message));
    this.#feed(message);
  }

  /** Takes the client's encrypted Finished; nothing happens if it is not authentic. `onComplete` follows otherwise. */
  finish(record: DtlsRecord): void {
    this.#receive(HANDSHAKE_TYPE.finished, record.bytes);
  }

  /** True once there are keys to encrypt records with. */
  get hasKeys(): boolean {
    return this.#server.cipher.masterSecret !== undefined;
  }

  /** Profile and keys; only after `onComplete`. */
  negotiated(): NegotiatedSrtp {
    const id = this.#server.srtp.srtpProfile;
    const profile: SrtpProfile =
      id === SRTP_PROFILES.AEAD_AES_128_GCM.dtlsId ? 'AEAD_AES_128_GCM' : 'AES_CM_128_HMAC_SHA1_80';
    const { masterKeyLength, masterSaltLength } = SRTP_PROFILES[profile];
    const keys = this.#server.extractSessionKeys(masterKeyLength, masterSaltLength);
    return {
      profile,
      local: { masterKey: keys.localKey, masterSalt: keys.localSalt },
      remote: { masterKey: keys.remoteKey, masterSalt: keys.remoteSalt },
    };
  }

  /** The plaintext of an encrypted record of the client, undefined if it is not authentic. */
  decrypt(record: DtlsRecord): Buffer | undefined {
    try {
      return this.#server.cipher.cipher.decrypt(this.#server.sessionType, record.fragment, headerOf(record));
    } catch {
      // node:crypto and werift tell of a wrong tag or length only so.
      return undefined;
    }
  }

  /** An encrypted alert record. Sent once: its number follows that of Finished, so no nonce repeats. */
  encryptAlert(alert: Buffer): Buffer {
    const sequenceNumber = parseRecords(this.#finished!)[0]!.sequenceNumber + 1;
    const header = { type: CONTENT_TYPE.alert, version: DTLS_1_2, epoch: 1, sequenceNumber };
    const fragment = this.#server.cipher.cipher.encrypt(this.#server.sessionType, alert, header);
    return encodeRecord(CONTENT_TYPE.alert, 1, sequenceNumber, fragment);
  }

  /** Ends werift's own timers at their next turn. */
  abandon(): void {
    this.#server.dtls.flight = LAST_FLIGHT;
  }

  #takesFinished(verifyData: Buffer): boolean {
    if (this.#clientFinished) return false;
    this.#clientFinished = isClientFinished(this.#server.cipher.masterSecret, this.transcript, verifyData);
    return this.#clientFinished;
  }

  #feed(message: HandshakeMessage): void {
    const record = encodeRecord(CONTENT_TYPE.handshake, 0, message.sequence, encodeFragment(message));
    this.#receive(message.type, record);
  }

  #receive(type: number, datagram: Buffer): void {
    this.#due = type;
    this.#server.transport.socket.onData(datagram, ['', 0]);
  }

  /** What werift sends. Messages it sends again are old to the reassembler. */
  #collect(datagram: Buffer): void {
    for (const record of parseRecords(datagram)) {
      if (record.contentType !== CONTENT_TYPE.handshake) continue;
      if (record.epoch > 0) this.#finished ??= Buffer.from(record.bytes);
      else for (const fragment of parseFragments(record.fragment)) this.#output.add(fragment);
    }
  }
}

function headerOf(record: DtlsRecord) {
  return {
    type: record.contentType,
    version: record.bytes.readUInt16BE(1),
    epoch: record.epoch,
    sequenceNumber: record.sequenceNumber,
  };
}
