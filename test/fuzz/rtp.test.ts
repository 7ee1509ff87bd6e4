/** Random and mutated bytes never throw out of a parser of src/rtp, nor make it read past its end. */
import t from 'tap';
import { ExtensionReader } from '../../src/rtp/extension-reader.ts';
import { readRed, takePrimary } from '../../src/rtp/red.ts';
import { readBye } from '../../src/rtp/rtcp/bye.ts';
import { readExtendedReport } from '../../src/rtp/rtcp/extended-report.ts';
import { readFir, readPli, writePli } from '../../src/rtp/rtcp/key-frame-request.ts';
import { readNack, writeNack } from '../../src/rtp/rtcp/nack.ts';
import { readReceiverReport } from '../../src/rtp/rtcp/receiver-report.ts';
import { readRemb } from '../../src/rtp/rtcp/remb.ts';
import { parseCompound, type RtcpPacket } from '../../src/rtp/rtcp/rtcp-packet.ts';
import { readSenderReport, writeSenderReport } from '../../src/rtp/rtcp/sender-report.ts';
import { readSourceDescription, writeCname } from '../../src/rtp/rtcp/source-description.ts';
import { readTransportCc, writeTransportCc } from '../../src/rtp/rtcp/transport-cc.ts';
import { parseRtpPacket } from '../../src/rtp/rtp-packet.ts';
import { restoreFromRtx } from '../../src/rtp/rtx.ts';
import { randomBytes, seeded } from '../helpers/seeded.ts';

const SEED = 20261122;
const ROUNDS = 60_000;

const readers: ((packet: RtcpPacket) => unknown)[] = [
  readSenderReport,
  readReceiverReport,
  readSourceDescription,
  readBye,
  readExtendedReport,
  readNack,
  readPli,
  readFir,
  readRemb,
  readTransportCc,
];

function wellFormed(): Buffer {
  const target = Buffer.alloc(512);
  let at = writeSenderReport(target, 0, {
    ssrc: 1,
    ntpSeconds: 2,
    ntpFraction: 3,
    rtpTimestamp: 4,
    packetCount: 5,
    octetCount: 6,
    reports: [],
  });
  at = writeCname(target, at, 1, 'somebody');
  at = writeNack(target, at, 1, 2, [1, 2, 5, 80], 4);
  at = writePli(target, at, 1, 2);
  at = writeTransportCc(target, at, 1, 2, {
    baseSequenceNumber: 9,
    referenceTime: 7,
    feedbackCount: 1,
    count: 4,
    deltas: [1, 300, -2, 0],
  });
  return target.subarray(0, at);
}

t.test(`random RTCP (seed ${SEED})`, (t) => {
  const random = seeded(SEED);
  const good = wellFormed();
  let parsed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    let bytes: Buffer;
    if (round % 2 === 0) {
      bytes = randomBytes(random, Math.floor(random() * 25) * 4);
      if (bytes.length > 0) {
        bytes[0] = 0x80 | (bytes[0]! & 0x1f);
        bytes[1] = 200 + (bytes[1]! % 8);
        bytes.writeUInt16BE(bytes.length / 4 - 1, 2);
      }
    } else {
      bytes = Buffer.from(good);
      for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
    }
    for (const packet of parseCompound(bytes) ?? []) {
      parsed += 1;
      for (const read of readers) read(packet);
    }
  }
  t.ok(parsed > ROUNDS / 4, `${parsed} packets got past the common header`);
  t.end();
});

t.test(`random RTP, RTX and RED (seed ${SEED})`, (t) => {
  const random = seeded(SEED);
  const reader = new ExtensionReader({
    mid: 1,
    rid: 2,
    repairedRid: 3,
    transportCc: 4,
    audioLevel: 5,
    dependencyDescriptor: 6,
  });
  let parsed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = randomBytes(random, Math.floor(random() * 80));
    if (bytes.length > 14) {
      bytes[0] = 0x80 | (bytes[0]! & 0x33);
      const csrcs = bytes[0]! & 0x0f;
      const at = 12 + csrcs * 4;
      if (at + 4 < bytes.length) {
        bytes.writeUInt16BE(random() < 0.5 ? 0xbede : 0x1000, at);
        bytes.writeUInt16BE(Math.floor(random() * 8), at + 2);
      }
    }
    const packet = parseRtpPacket(bytes);
    if (packet === undefined) continue;
    parsed += 1;
    reader.read(packet);
    if (packet.payloadOffset + packet.payloadLength + packet.paddingLength !== bytes.length)
      t.fail('lengths do not add up');
    readRed(packet.payload);
    restoreFromRtx(packet, 1, 96);
    if (takePrimary(packet, packet) && packet.payloadLength < 0) t.fail('a block past the end');
  }
  t.ok(parsed > ROUNDS / 10, `${parsed} packets parsed`);
  t.end();
});
