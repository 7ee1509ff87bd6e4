import t from 'tap';
import { readBye, writeBye } from '../../../../src/rtp/rtcp/bye.ts';
import { readExtendedReport, writeExtendedReport } from '../../../../src/rtp/rtcp/extended-report.ts';
import { readFir, readPli, writeFir, writePli } from '../../../../src/rtp/rtcp/key-frame-request.ts';
import { readNack, writeNack } from '../../../../src/rtp/rtcp/nack.ts';
import { readReceiverReport, writeReceiverReport } from '../../../../src/rtp/rtcp/receiver-report.ts';
import { readRemb, writeRemb } from '../../../../src/rtp/rtcp/remb.ts';
import { parseCompound, type RtcpPacket } from '../../../../src/rtp/rtcp/rtcp-packet.ts';
import { readSenderReport, writeSenderReport } from '../../../../src/rtp/rtcp/sender-report.ts';
import { readSourceDescription, writeCname } from '../../../../src/rtp/rtcp/source-description.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const one = (text: string): RtcpPacket => parseCompound(hex(text))![0]!;

t.test('a compound is taken apart; padding is taken off', (t) => {
  const packets = parseCompound(hex('80c90001 00000001  a1cb0002 00000002 00000004'))!;
  t.same(
    packets.map(({ type, count, bodyOffset, bodyEnd }) => ({ type, count, bodyOffset, bodyEnd })),
    [
      { type: 201, count: 0, bodyOffset: 4, bodyEnd: 8 },
      { type: 203, count: 1, bodyOffset: 12, bodyEnd: 16 },
    ],
  );
  t.end();
});

t.test('a compound with any malformed part is refused whole', (t) => {
  for (const [name, bytes] of Object.entries({
    empty: '',
    'short head': '80c900',
    'version 1': '40c90001 00000001',
    'length past the end': '80c90002 00000001',
    'trailing bytes': '80c90001 00000001 80c9',
    'padding of zero': 'a0c90001 00000000',
    'padding over the head': 'a0c90001 00000008',
  })) {
    t.equal(parseCompound(hex(bytes)), undefined, name);
  }
  t.end();
});

t.test('a sender report is read field by field, and written back the same', (t) => {
  const bytes =
    '81c8000c 11223344 e6a1b2c3 80000000 ffffffff 00000010 00000400 55667788 40 fffffe 0001ffff 00000063 b2c38000 00010000';
  const report = readSenderReport(one(bytes))!;
  t.match(report, {
    ssrc: 0x11223344,
    ntpSeconds: 0xe6a1b2c3,
    ntpFraction: 0x80000000,
    rtpTimestamp: 0xffffffff,
    packetCount: 16,
    octetCount: 1024,
  });
  t.match(report.reports[0], {
    ssrc: 0x55667788,
    fractionLost: 64,
    cumulativeLost: -2,
    extendedHighestSequence: 0x1ffff,
    jitter: 99,
    lastSenderReport: 0xb2c38000,
    delaySinceLastSenderReport: 65536,
  });
  const target = Buffer.alloc(64);
  t.equal(target.toString('hex', 0, writeSenderReport(target, 0, report)), hex(bytes).toString('hex'));
  t.equal(
    readSenderReport(one('81c80006 11223344 e6a1b2c3 80000000 ffffffff 00000010 00000400')),
    undefined,
    'RC says one, there is none',
  );
  t.end();
});

t.test('a receiver report round-trips, cumulative loss is clamped to 24 bits', (t) => {
  const block = {
    ssrc: 7,
    fractionLost: 255,
    cumulativeLost: 0x900000,
    extendedHighestSequence: 0xffff_ffff,
    jitter: 1,
    lastSenderReport: 2,
    delaySinceLastSenderReport: 3,
  };
  const target = Buffer.alloc(64);
  const end = writeReceiverReport(target, 0, { ssrc: 9, reports: [block, block] });
  const report = readReceiverReport(parseCompound(target.subarray(0, end))![0]!)!;
  t.equal(report.reports.length, 2);
  t.same(report.reports[1], { ...block, cumulativeLost: 0x7fffff });
  t.end();
});

t.test('source descriptions: CNAME of every length fits its padding', (t) => {
  for (let length = 0; length <= 255; length += 1) {
    const target = Buffer.alloc(300, 0xee);
    const cname = 'c'.repeat(length);
    const packet = parseCompound(target.subarray(0, writeCname(target, 0, 5, cname)))?.[0];
    if (packet === undefined || readSourceDescription(packet)?.[0]?.cname !== cname)
      t.fail(`length ${length}`);
  }
  t.same(readSourceDescription(one('82ca0004 00000001 01016100 00000002 06017800')), [
    { ssrc: 1, cname: 'a' },
    { ssrc: 2, cname: undefined },
  ]);
  t.equal(readSourceDescription(one('81ca0002 00000001 01ff6161')), undefined, 'an item past the end');
  t.equal(
    readSourceDescription(one('81ca0002 00000001 01026161')),
    undefined,
    'a chunk without its ending zero',
  );
  t.end();
});

t.test('goodbyes name their SSRCs, the reason is passed over', (t) => {
  t.same(readBye(one('82cb0003 00000001 00000002 03627965')), [1, 2]);
  t.equal(readBye(one('82cb0001 00000001')), undefined);
  const target = Buffer.alloc(16);
  t.equal(target.toString('hex', 0, writeBye(target, 0, [1, 2])), '82cb00020000000100000002');
  t.end();
});

t.test('RRTR and DLRR blocks round-trip among unknown ones', (t) => {
  const report = {
    ssrc: 3,
    receiverReferenceTime: { ntpSeconds: 0xe6a1b2c3, ntpFraction: 0xffff_ffff },
    delays: [
      { ssrc: 1, lastReceiverReport: 0xffff_ffff, delay: 1 },
      { ssrc: 2, lastReceiverReport: 2, delay: 0xffff_ffff },
    ],
  };
  const target = Buffer.alloc(64);
  const end = writeExtendedReport(target, 0, report);
  t.same(readExtendedReport(parseCompound(target.subarray(0, end))![0]!), report);
  t.match(readExtendedReport(one('80cf0004 00000003 63000002 0000000000000000')), {
    ssrc: 3,
    receiverReferenceTime: undefined,
    delays: [],
  });
  t.equal(readExtendedReport(one('80cf0002 00000003 04000002')), undefined, 'a block past the end');
  t.end();
});

t.test('NACK packs neighbours into one pair, over the wrap too', (t) => {
  const target = Buffer.alloc(128);
  const lost = [65534, 65535, 0, 14, 15, 200];
  const end = writeNack(target, 0, 1, 2, lost, lost.length);
  const packet = parseCompound(target.subarray(0, end))![0]!;
  t.equal((packet.bodyEnd - packet.bodyOffset - 8) / 4, 3, '65534 +16 = 14; then 15; then 200');
  t.same(readNack(packet), { mediaSsrc: 2, sequenceNumbers: lost });
  t.equal(readNack(one('81cd0001 00000001')), undefined);
  t.end();
});

t.test('PLI and FIR round-trip', (t) => {
  const target = Buffer.alloc(64);
  t.equal(target.toString('hex', 0, writePli(target, 0, 1, 0xfffffffe)), '81ce000200000001fffffffe');
  t.equal(readPli(one('81ce0002 00000001 fffffffe')), 0xfffffffe);
  const end = writeFir(target, 0, 1, { ssrc: 0xdeadbeef, sequenceNumber: 255 });
  t.equal(target.toString('hex', 0, end), '84ce00040000000100000000deadbeefff000000');
  t.same(readFir(parseCompound(target.subarray(0, end))![0]!), [{ ssrc: 0xdeadbeef, sequenceNumber: 255 }]);
  t.end();
});

t.test('REMB keeps 18 bits of its bitrate', (t) => {
  const target = Buffer.alloc(64);
  for (const [bitsPerSecond, read] of [
    [0, 0],
    [262_143, 262_143],
    [262_145, 262_144],
    [2_500_000, 2_500_000],
    [10_000_000_000, 9_999_941_632],
  ] as const) {
    const end = writeRemb(target, 0, 1, { bitsPerSecond, ssrcs: [7, 8] });
    t.same(
      readRemb(parseCompound(target.subarray(0, end))![0]!),
      { bitsPerSecond: read, ssrcs: [7, 8] },
      `${bitsPerSecond}`,
    );
  }
  t.equal(
    readRemb(one('8fce0004 00000001 00000000 52454d43 00000000')),
    undefined,
    'another application’s message',
  );
  t.equal(readRemb(one('8fce0004 00000001 00000000 52454d42 01000000')), undefined, 'a list past the end');
  t.end();
});
