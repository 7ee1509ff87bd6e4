/**
 * What forwarding costs with dgram and node:crypto as Node ships them, and nothing else: receive, decrypt, and for each
 * subscriber copy the header, encrypt, send. No parsing, no feedback, no repair, no statistics: read ours against it.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { SrtpKeys } from '../../../src/crypto/srtp.ts';
import { rtpHeaderLength } from '../../../src/crypto/srtp-header.ts';
import { deriveSessionKey, KEY_LABEL } from '../../../src/crypto/srtp-key-derivation.ts';
import { createDtlsCertificate } from '../../../src/transport/dtls/certificate.ts';
import { DtlsEndpoint } from '../../../src/transport/dtls/dtls-endpoint.ts';
import { StunKey } from '../../../src/transport/ice/stun-integrity.ts';
import { parseStunMessage } from '../../../src/transport/ice/stun-message.ts';
import { writeSuccessResponse } from '../../../src/transport/ice/stun-response.ts';
import { serve } from '../../child.ts';
import type { SfuCalls } from './calls.ts';

const ADDRESS = '127.0.0.1';
const TAG_LENGTH = 16;
const BUFFER_BYTES = 4 << 20;

/** AEAD_AES_128_GCM of one direction, RFC 7714 §8.1; counts the turns of one stream in order. */
class Gcm {
  readonly key: KeyObject;
  readonly iv = Buffer.alloc(12);
  readonly #salt: Buffer;
  #turns = 0;
  #last = 0;

  constructor(keys: SrtpKeys) {
    this.key = createSecretKey(deriveSessionKey(keys, KEY_LABEL.rtpEncryption, 16));
    this.#salt = deriveSessionKey(keys, KEY_LABEL.rtpSalt, 12);
  }

  setIv(header: Buffer): void {
    const sequenceNumber = header.readUInt16BE(2);
    if (sequenceNumber < this.#last) this.#turns += 1;
    this.#last = sequenceNumber;
    this.iv.fill(0, 0, 2);
    header.copy(this.iv, 2, 8, 12);
    this.iv.writeUInt32BE(this.#turns, 6);
    header.copy(this.iv, 10, 2, 4);
    for (let at = 0; at < 12; at += 1) this.iv[at] = this.iv[at]! ^ this.#salt[at]!;
  }
}

class Peer {
  readonly key: StunKey;
  readonly dtls: DtlsEndpoint;
  readonly target = Buffer.alloc(2048);
  readonly ssrc: number;
  port = 0;
  incoming: Gcm | undefined;
  outgoing: Gcm | undefined;

  constructor(
    password: string,
    fingerprint: Parameters<SfuCalls['connect']>[1]['fingerprint'],
    ssrc: number,
  ) {
    this.key = new StunKey(password);
    this.ssrc = ssrc;
    this.dtls = new DtlsEndpoint({
      certificate,
      remoteFingerprints: [fingerprint],
      profiles: ['AEAD_AES_128_GCM'],
      handshakeTimeoutMs: 10_000,
      send: (datagram) => socket.send(datagram, this.port, ADDRESS),
      onConnected: ({ local, remote }) => {
        this.outgoing = new Gcm(local);
        this.incoming = new Gcm(remote);
      },
      onFailed: (reason) => {
        throw new Error(reason);
      },
    });
  }
}

const certificate = await createDtlsCertificate();
const socket = createSocket({
  type: 'udp4',
  recvBufferSize: BUFFER_BYTES,
  sendBufferSize: BUFFER_BYTES,
  // As in src/transport/udp-port.ts: no look-up per packet.
  lookup: (address, _options, callback) => callback(null, address, 4),
});
const byUsername = new Map<string, Peer>();
const byPort = new Map<number, Peer>();
const subscribers: Peer[] = [];

function forward(packet: Buffer, from: Gcm): void {
  const headerLength = rtpHeaderLength(packet);
  const header = packet.subarray(0, headerLength);
  from.setIv(header);
  const decipher = createDecipheriv('aes-128-gcm', from.key, from.iv);
  decipher.setAuthTag(packet.subarray(-TAG_LENGTH));
  decipher.setAAD(header);
  const payload = decipher.update(packet.subarray(headerLength, -TAG_LENGTH));
  decipher.final();
  for (const { target, ssrc, port, outgoing } of subscribers) {
    if (outgoing === undefined) continue;
    const ownHeader = target.subarray(0, headerLength);
    ownHeader.set(header);
    ownHeader.writeUInt32BE(ssrc, 8);
    outgoing.setIv(ownHeader);
    const cipher = createCipheriv('aes-128-gcm', outgoing.key, outgoing.iv);
    cipher.setAAD(ownHeader);
    target.set(cipher.update(payload), headerLength);
    cipher.final();
    target.set(cipher.getAuthTag(), headerLength + payload.length);
    // Should the kernel's buffer be full, libuv would send later and the target be written over: a packet lost.
    socket.send(target, 0, headerLength + payload.length + TAG_LENGTH, port, ADDRESS);
  }
}

socket.on('message', (datagram, { port }) => {
  const first = datagram[0]!;
  const peer = byPort.get(port);
  if (first >= 128 && (datagram[1]! < 192 || datagram[1]! > 223)) {
    if (peer?.incoming !== undefined) forward(datagram, peer.incoming);
  } else if (first < 4) {
    const request = parseStunMessage(datagram);
    const asked = byUsername.get(request?.username?.split(':')[0] ?? '');
    if (request === undefined || asked === undefined || !asked.key.verify(request)) return;
    asked.port = port;
    byPort.set(port, asked);
    socket.send(writeSuccessResponse(request, ADDRESS, port, asked.key), port, ADDRESS);
  } else if (first < 64) {
    peer?.dtls.handleDatagram(datagram);
  }
});
await new Promise<void>((resolve) => socket.bind(0, ADDRESS, resolve));

serve({
  connect: async (role, { fingerprint }) => {
    const ice = {
      usernameFragment: randomBytes(4).toString('hex'),
      password: randomBytes(12).toString('hex'),
    };
    const peer = new Peer(ice.password, fingerprint, 1000 + byUsername.size);
    byUsername.set(ice.usernameFragment, peer);
    if (role === 'subscriber') subscribers.push(peer);
    return { ice, fingerprint: certificate.fingerprint, address: ADDRESS, port: socket.address().port };
  },
  cpuUs: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
} satisfies SfuCalls);
