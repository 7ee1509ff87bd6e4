/**
 * CPU per packet of protecting and unprotecting 1200-byte RTP packets, beside werift's SrtpSession in the same
 * process, and what the ways not taken would cost.
 */
import { createCipheriv, createHmac, createSecretKey } from 'node:crypto';
import { RtpHeader, SrtpSession } from 'werift';
import { HmacSha1 } from '../../src/crypto/hmac-sha1.ts';
import {
  SRTP_PROFILES,
  type SrtpKeys,
  type SrtpProfile,
  SrtpReceiver,
  SrtpSender,
} from '../../src/crypto/srtp.ts';
import { type Bench, type Figures, type Row, ratio } from '../bench.ts';
import { cpuUsPerCall } from '../cpu-time.ts';

const PROFILES: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];
const PACKET_LENGTH = 1200;
/** Of werift's cost. The raw-key penalty alone (see the rows without a bound) would put us beyond it. */
const RATIO_TO_REACH = 0.35;
const WAYS = [
  'GCM by KeyObject',
  'GCM by raw key',
  'CTR cipher per packet, 1200 bytes',
  'CTR cipher per packet, 120 bytes',
  'ECB long-lived, 1200 bytes',
  'ECB long-lived, 120 bytes',
  'ECB long-lived, key stream of 8 packets',
  'HMAC by createHmac',
  'HMAC by two hashes',
] as const;

/** A packet with a one-byte extension block; its sequence number is set per call. */
function makePacket(): Buffer {
  const packet = Buffer.alloc(PACKET_LENGTH, 0x5a);
  Buffer.from('9060000000000000cafebabebede000110aa0000', 'hex').copy(packet);
  return packet;
}

function measureProfile(profile: SrtpProfile, count: number): Figures {
  const keys: SrtpKeys = {
    masterKey: Buffer.alloc(SRTP_PROFILES[profile].masterKeyLength, 1),
    masterSalt: Buffer.alloc(SRTP_PROFILES[profile].masterSaltLength, 2),
  };
  const total = count + Math.ceil(count / 10);
  const packet = makePacket();
  const target = Buffer.alloc(PACKET_LENGTH + 20);
  const wires: Buffer[] = [];
  const wireSender = new SrtpSender(profile, keys);
  for (let number = 0; number < total; number += 1) {
    packet.writeUInt16BE(number & 0xffff, 2);
    wires.push(Buffer.from(target.subarray(0, wireSender.protectRtp(packet, target))));
  }
  const sender = new SrtpSender(profile, keys);
  const receiver = new SrtpReceiver(profile, keys);
  const theirs = new SrtpSession({
    keys: {
      localMasterKey: keys.masterKey,
      localMasterSalt: keys.masterSalt,
      remoteMasterKey: keys.masterKey,
      remoteMasterSalt: keys.masterSalt,
    },
    profile: SRTP_PROFILES[profile].dtlsId as 1 | 7,
  });
  const header = RtpHeader.deSerialize(packet);
  const payload = packet.subarray(header.payloadOffset);
  return {
    [`${profile} protect`]: cpuUsPerCall(count, (index) => {
      packet.writeUInt16BE(index & 0xffff, 2);
      sender.protectRtp(packet, target);
    }),
    [`${profile} werift encrypt`]: cpuUsPerCall(count, (index) => {
      header.sequenceNumber = index & 0xffff;
      theirs.encrypt(payload, header);
    }),
    [`${profile} unprotect`]: cpuUsPerCall(count, (index) => {
      if (receiver.unprotectRtp(wires[index]!) === undefined)
        throw new Error(`packet ${index} was not accepted`);
    }),
    [`${profile} werift decrypt`]: cpuUsPerCall(count, (index) => theirs.decrypt(wires[index]!)),
  };
}

/** One packet by each way that was weighed. */
function measureWays(count: number): Record<(typeof WAYS)[number], number> {
  const packet = makePacket();
  const rawKey = Buffer.alloc(16, 1);
  const key = createSecretKey(rawKey);
  const gcm = (keyLike: typeof key | Buffer) => {
    const cipher = createCipheriv('aes-128-gcm', keyLike, packet.subarray(0, 12));
    cipher.update(packet);
    cipher.final();
    cipher.getAuthTag();
  };
  const small = packet.subarray(0, 120);
  const ctr = (data: Buffer) => createCipheriv('aes-128-ctr', key, packet.subarray(0, 16)).update(data);
  const blocks = createCipheriv('aes-128-ecb', key, null);
  const counters = Buffer.alloc(8 * (PACKET_LENGTH + 16));
  const hmacKey = createSecretKey(Buffer.alloc(20, 3));
  const hmac = new HmacSha1(Buffer.alloc(20, 3));
  const trailer = Buffer.alloc(4);
  const tag = Buffer.alloc(20);
  return {
    'GCM by KeyObject': cpuUsPerCall(count, () => gcm(key)),
    'GCM by raw key': cpuUsPerCall(count, () => gcm(rawKey)),
    'CTR cipher per packet, 1200 bytes': cpuUsPerCall(count, () => ctr(packet)),
    'CTR cipher per packet, 120 bytes': cpuUsPerCall(count, () => ctr(small)),
    'ECB long-lived, 1200 bytes': cpuUsPerCall(count, () => blocks.update(packet)),
    'ECB long-lived, 120 bytes': cpuUsPerCall(count, () => blocks.update(small)),
    'ECB long-lived, key stream of 8 packets': cpuUsPerCall(count, () => blocks.update(counters)),
    'HMAC by createHmac': cpuUsPerCall(count, () => {
      createHmac('sha1', hmacKey).update(packet).update(trailer).digest();
    }),
    'HMAC by two hashes': cpuUsPerCall(count, () => hmac.write(packet, PACKET_LENGTH, trailer, tag, 0, 10)),
  };
}

export const bench: Bench = {
  name: 'SRTP, CPU per 1200-byte packet',
  trials: 7,
  quickTrials: 3,
  trial: ({ quick }) => {
    const count = quick ? 3000 : 20_000;
    return Object.assign(
      {},
      ...PROFILES.map((profile) => measureProfile(profile, count)),
      measureWays(count),
    );
  },
  rows: (figure) => {
    const rows: Row[] = [];
    for (const profile of PROFILES) {
      for (const [ours, theirs] of [
        ['protect', 'werift encrypt'],
        ['unprotect', 'werift decrypt'],
      ]) {
        const own = figure(`${profile} ${ours}`);
        const other = figure(`${profile} ${theirs}`);
        rows.push({ what: `${profile} ${ours}`, measured: own, unit: 'µs' });
        rows.push({ what: `${profile} ${theirs}`, measured: other, unit: 'µs' });
        rows.push({
          what: `${profile} ${ours} / ${theirs}`,
          measured: ratio(own, other),
          unit: 'x',
          atMost: RATIO_TO_REACH,
        });
      }
    }
    for (const way of WAYS) rows.push({ what: way, measured: figure(way), unit: 'µs' });
    return rows;
  },
};
