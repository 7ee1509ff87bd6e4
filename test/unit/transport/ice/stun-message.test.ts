import fc from 'fast-check';
import t from 'tap';
import { classes, Message, methods } from 'werift';
import { hasFingerprint, StunKey } from '../../../../src/transport/ice/stun-integrity.ts';
import { parseStunMessage, STUN_TYPE } from '../../../../src/transport/ice/stun-message.ts';
import { writeErrorResponse, writeSuccessResponse } from '../../../../src/transport/ice/stun-response.ts';
import { readResponse, signed } from '../../../helpers/stun-peer.ts';
import { rfc5769 } from '../../../vectors/stun/rfc5769.ts';

const key = new StunKey(rfc5769.password);

t.test("RFC 5769's sample request is read and authenticated", (t) => {
  const message = parseStunMessage(rfc5769.request)!;
  t.equal(message.type, STUN_TYPE.bindingRequest);
  t.equal(message.username, 'evtj:h6vY');
  t.equal(message.priority, 0x6e00_01ff);
  t.equal(message.iceControlled, true);
  t.equal(message.iceControlling, false);
  t.equal(message.useCandidate, false);
  t.same(message.unknownRequired, []);
  t.ok(hasFingerprint(message));
  t.ok(key.verify(message));
  t.notOk(new StunKey('another password of 22 ch').verify(message));
  t.end();
});

t.test("RFC 5769's sample responses are authentic, and ours carry the same mapped address", (t) => {
  const request = parseStunMessage(rfc5769.request)!;
  const samples = [
    { sample: rfc5769.ipv4Response, address: '192.0.2.1', length: 12 },
    { sample: rfc5769.ipv6Response, address: '2001:db8:1234:5678:11:2233:4455:6677', length: 24 },
  ];
  for (const { sample, address, length } of samples) {
    const message = parseStunMessage(sample)!;
    t.ok(hasFingerprint(message) && key.verify(message), 'the sample');
    const ours = writeSuccessResponse(request, address, 32_853, key);
    // The samples have a SOFTWARE attribute of 16 bytes before the address.
    t.same(ours.subarray(20, 20 + length), sample.subarray(36, 36 + length), address);
    t.same(ours.subarray(4, 20), sample.subarray(4, 20), 'cookie and transaction id');
    const own = parseStunMessage(ours)!;
    t.ok(own.type === STUN_TYPE.bindingSuccess && hasFingerprint(own) && key.verify(own), 'ours');
  }
  t.end();
});

t.test('reading leaves the message as it was', (t) => {
  const copy = Buffer.from(rfc5769.request);
  key.verify(parseStunMessage(copy)!);
  t.same(copy, rfc5769.request);
  t.end();
});

t.test('one flipped bit anywhere makes a message malformed or not authentic', (t) => {
  for (let bit = 0; bit < rfc5769.request.length * 8; bit += 1) {
    const bad = Buffer.from(rfc5769.request);
    bad[bit >> 3]! ^= 1 << (bit & 7);
    const message = parseStunMessage(bad);
    if (message !== undefined && hasFingerprint(message) && key.verify(message)) t.fail(`bit ${bit}`);
  }
  t.end();
});

t.test('malformed messages are refused', (t) => {
  const good = rfc5769.request;
  const edited = (edit: (copy: Buffer) => void): Buffer => {
    const copy = Buffer.from(good);
    edit(copy);
    return copy;
  };
  const attribute = (type: number, length: number, room: number): Buffer => {
    const message = Buffer.alloc(24 + room);
    message.writeUInt16BE(1, 0);
    message.writeUInt16BE(4 + room, 2);
    message.writeUInt32BE(0x2112_a442, 4);
    message.writeUInt16BE(type, 20);
    message.writeUInt16BE(length, 22);
    return message;
  };
  const cases: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    'one byte short of a header': good.subarray(0, 19),
    'cut off': good.subarray(0, good.length - 4),
    'longer than its length': Buffer.concat([good, Buffer.alloc(4)]),
    'not of whole words': Buffer.concat([good, Buffer.alloc(1)]),
    'wrong cookie': edited((copy) => copy.writeUInt32BE(0x2112_a443, 4)),
    'the two first bits set': edited((copy) => copy.writeUInt8(0x80, 0)),
    'an attribute that runs past the end': attribute(0x8022, 9, 8),
    'a fingerprint of two bytes': attribute(0x8028, 2, 4),
    'an integrity of four bytes': attribute(0x0008, 4, 4),
    'a priority of eight bytes': attribute(0x0024, 8, 8),
    'a username of 514 bytes': attribute(0x0006, 514, 516),
    'something after the fingerprint': edited((copy) => copy.writeUInt16BE(0x8028, 20)),
  };
  for (const [name, bytes] of Object.entries(cases)) t.equal(parseStunMessage(bytes), undefined, name);
  t.ok(parseStunMessage(attribute(0x0006, 513, 516)), 'a username of 513 bytes is the longest');
  t.ok(parseStunMessage(attribute(0x8022, 8, 8)), 'an attribute up to the end');
  t.end();
});

t.test('what stands after the integrity is not believed', (t) => {
  const request = new Message(methods.BINDING, classes.REQUEST);
  request.setAttribute('USERNAME', 'a:b').addMessageIntegrity(Buffer.from(rfc5769.password));
  request.setAttribute('USE-CANDIDATE', null).addFingerprint();
  const message = parseStunMessage(request.bytes)!;
  t.ok(key.verify(message) && hasFingerprint(message));
  t.equal(message.useCandidate, false);
  t.end();
});

t.test('unknown attributes that must be understood are named, at most eight', (t) => {
  const request = new Message(methods.BINDING, classes.REQUEST);
  request.appendRawAttribute(0xc057, Buffer.alloc(4));
  for (let type = 0x7000; type < 0x7010; type += 1) request.appendRawAttribute(type, Buffer.alloc(4));
  const message = parseStunMessage(signed(request.bytes, rfc5769.password))!;
  t.same(
    message.unknownRequired,
    [0, 1, 2, 3, 4, 5, 6, 7].map((at) => 0x7000 + at),
  );
  const answer = readResponse(writeErrorResponse(message, 420, key), {
    usernameFragment: '',
    password: rfc5769.password,
  })!;
  t.equal(answer.getAttributeValue('ERROR-CODE')[0], 420);
  t.same(answer.getAttributeValue('UNKNOWN-ATTRIBUTES'), message.unknownRequired);
  t.end();
});

t.test('a password of any allowed length signs as another implementation does', (t) => {
  for (const length of [22, 63, 64, 65, 256]) {
    const password = 'p'.repeat(length);
    const request = new Message(methods.BINDING, classes.REQUEST);
    request.setAttribute('USERNAME', 'a:b').addMessageIntegrity(Buffer.from(password)).addFingerprint();
    t.ok(new StunKey(password).verify(parseStunMessage(request.bytes)!), `${length} characters`);
  }
  t.end();
});

t.test('random bytes, with and without a right header, never throw', (t) => {
  const seed = 20260709;
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, framed) => {
      const buffer = Buffer.from(bytes);
      if (framed && buffer.length >= 20) {
        buffer.writeUInt16BE(1, 0);
        buffer.writeUInt16BE(buffer.length - 20, 2);
        buffer.writeUInt32BE(0x2112_a442, 4);
      }
      const message = parseStunMessage(buffer);
      if (message !== undefined) {
        hasFingerprint(message);
        key.verify(message);
      }
    }),
    { seed, numRuns: 5000 },
  );
  t.end();
});
