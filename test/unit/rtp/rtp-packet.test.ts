import t from 'tap';
import { ExtensionReader } from '../../../src/rtp/extension-reader.ts';
import { forEachExtension } from '../../../src/rtp/header-extension.ts';
import { HeaderWriter, MAX_HEADER_LENGTH } from '../../../src/rtp/header-writer.ts';
import { parseRtpPacket, type RtpPacket } from '../../../src/rtp/rtp-packet.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

function elements(packet: RtpPacket): [number, string][] {
  const found: [number, string][] = [];
  forEachExtension(
    packet,
    (id, offset, length) => found.push([id, packet.buffer.toString('hex', offset, offset + length)]),
    undefined,
  );
  return found;
}

t.test('a packet with CSRCs, an extension block and padding is read whole', (t) => {
  const packet = parseRtpPacket(
    hex('b2 e0 ff fe 89abcdef 01020304 11111111 22222222 bede0002 10aa 20bb 31ccdd 00 c0ffee 0000000004'),
  );
  t.ok(packet);
  t.match(packet, {
    payloadType: 0x60,
    marker: true,
    sequenceNumber: 0xfffe,
    timestamp: 0x89abcdef,
    ssrc: 0x01020304,
    extensionProfile: 0xbede,
    extensionLength: 8,
    payloadLength: 4,
    paddingLength: 4,
  });
  t.equal(packet!.payload.toString('hex'), 'c0ffee00');
  t.same(elements(packet!), [
    [1, 'aa'],
    [2, 'bb'],
    [3, 'ccdd'],
  ]);
  t.end();
});

t.test('malformed packets are refused, not thrown at', (t) => {
  const bad: Record<string, string> = {
    empty: '',
    'eleven bytes': '80600001 00000000 000000',
    'version 1': '40600001 00000000 00000001',
    'CSRC list past the end': '82600001 00000000 00000001 00000001',
    'extension head past the end': '90600001 00000000 00000001 bede',
    'extension block past the end': '90600001 00000000 00000001 bede0002 10aa0000',
    'padding bit with nothing to hold it': 'a0600001 00000000 00000001',
    'padding of zero': 'a0600001 00000000 00000001 00',
    'padding longer than the rest': 'a0600001 00000000 00000001 0003',
  };
  for (const [name, bytes] of Object.entries(bad)) t.equal(parseRtpPacket(hex(bytes)), undefined, name);
  t.equal(
    parseRtpPacket(hex('a0600001 00000000 00000001 0002'))?.payloadLength,
    0,
    'only padding is a packet without payload',
  );
  t.end();
});

t.test('one-byte elements: padding is passed over, id 15 ends, a truncated one ends', (t) => {
  const packet = (block: string) => parseRtpPacket(hex(`90600001 00000000 00000001 bede0002 ${block}`))!;
  t.same(elements(packet('00 10aa 00 20bb 0000')), [
    [1, 'aa'],
    [2, 'bb'],
  ]);
  t.same(elements(packet('10aa f000 20bb 0000')), [[1, 'aa']]);
  t.same(elements(packet('10aa 2f000000 0000')), [[1, 'aa']]);
  t.end();
});

t.test('two-byte elements may be empty and long', (t) => {
  const packet = parseRtpPacket(hex('90600001 00000000 00000001 10000002 0100 00 1003 aabbcc 00'))!;
  t.same(elements(packet), [
    [1, ''],
    [16, 'aabbcc'],
  ]);
  t.same(elements(parseRtpPacket(hex('90600001 00000000 00000001 10000001 01ff aabb'))!), []);
  t.same(
    elements(parseRtpPacket(hex('90600001 00000000 00000001 12340001 10aa0000'))!),
    [],
    'an unknown profile',
  );
  t.end();
});

t.test('a subscription’s header carries its own mid and passes on only what concerns it', (t) => {
  const publisher = new ExtensionReader({
    mid: 1,
    transportCc: 3,
    audioLevel: 5,
    videoOrientation: 6,
    rid: 7,
  });
  const source = parseRtpPacket(
    hex('90600001 00000000 00000001 bede0003 1061 310007 50d5 6001 706c 00'.replaceAll(' ', '')),
  )!;
  publisher.read(source);
  t.equal(publisher.transportSequenceNumber, 7);
  t.equal(
    source.buffer.toString('utf8', publisher.midOffset, publisher.midOffset + publisher.midLength),
    'a',
  );
  const writer = new HeaderWriter({ mid: 4, transportCc: 2, audioLevel: 9 }, true, '12');
  const target = Buffer.alloc(MAX_HEADER_LENGTH, 0xee);
  const end = writer.write(target, 111, true, 65535, 0xffff_ffff, 0x8000_0001, source.buffer, publisher);
  target.writeUInt16BE(0x1234, writer.transportCcOffset);
  const written = parseRtpPacket(target.subarray(0, end))!;
  t.match(written, {
    payloadType: 111,
    marker: true,
    sequenceNumber: 65535,
    timestamp: 0xffff_ffff,
    ssrc: 0x8000_0001,
  });
  t.equal(written.payloadLength, 0);
  t.same(elements(written), [
    [4, '3132'],
    [2, '1234'],
    [9, 'd5'],
  ]);
  t.end();
});

t.test(
  'a long dependency descriptor takes two-byte elements, and is left out where they are not allowed',
  (t) => {
    const descriptor = 'ab'.repeat(20);
    const source = parseRtpPacket(hex(`90600001 00000000 00000001 10000006 0c14${descriptor} 0000`))!;
    const reader = new ExtensionReader({ dependencyDescriptor: 12 });
    reader.read(source);
    const target = Buffer.alloc(MAX_HEADER_LENGTH);
    const ids = { mid: 1, transportCc: 2, dependencyDescriptor: 8 };
    const mixed = new HeaderWriter(ids, true, '0');
    const twoByte = parseRtpPacket(
      target.subarray(0, mixed.write(target, 45, false, 1, 2, 3, source.buffer, reader)),
    )!;
    t.equal(twoByte.extensionProfile, 0x1000);
    t.same(elements(twoByte), [
      [1, '30'],
      [2, '0000'],
      [8, descriptor],
    ]);
    const plain = new HeaderWriter(ids, false, '0');
    const oneByte = parseRtpPacket(
      target.subarray(0, plain.write(target, 45, false, 1, 2, 3, source.buffer, reader)),
    )!;
    t.equal(oneByte.extensionProfile, 0xbede);
    t.same(
      elements(oneByte).map(([id]) => id),
      [1, 2],
    );
    t.end();
  },
);

t.test('without any negotiated extension there is no block', (t) => {
  const writer = new HeaderWriter({}, false, '0');
  const target = Buffer.alloc(MAX_HEADER_LENGTH);
  t.equal(writer.write(target, 0, false, 0, 0, 1, undefined, undefined), 12);
  t.equal(writer.transportCcOffset, 0);
  t.equal(parseRtpPacket(target.subarray(0, 12))?.extensionLength, 0);
  t.end();
});
