import t from 'tap';
import {
  encodeFragment,
  type HandshakeMessage,
  parseFragments,
} from '../../../../src/transport/dtls/handshake-message.ts';
import { HandshakeReassembler } from '../../../../src/transport/dtls/handshake-reassembler.ts';

function message(sequence: number, length: number, type = 11): HandshakeMessage {
  return { type, sequence, body: Buffer.from(Array.from({ length }, (_, at) => (at * 7 + sequence) & 0xff)) };
}

/** Adds bytes `[offset, offset + length)` of the message as they come off the wire. */
function add(reassembler: HandshakeReassembler, whole: HandshakeMessage, offset?: number, length?: number) {
  const [fragment] = parseFragments(encodeFragment(whole, offset, length));
  return reassembler.add(fragment!);
}

t.test('the bytes of a fragment are those of RFC 6347 §4.2.2', async (t) => {
  const whole = { type: 16, sequence: 0x0102, body: Buffer.from('abcdef') };
  t.equal(encodeFragment(whole, 2, 3).toString('hex'), `10000006010200000200000${'3'}636465`);
  t.equal(encodeFragment(whole).toString('hex'), '100000060102000000000006616263646566');
});

t.test('several messages of one record are read, up to a malformed one', async (t) => {
  const plaintext = Buffer.concat([
    encodeFragment(message(0, 5)),
    encodeFragment(message(1, 0)),
    Buffer.alloc(11),
  ]);
  t.same(
    parseFragments(plaintext).map(({ sequence, length }) => [sequence, length]),
    [
      [0, 5],
      [1, 0],
    ],
  );
  const beyond = encodeFragment(message(0, 5), 3, 2);
  beyond.writeUIntBE(4, 6, 3);
  t.same(parseFragments(beyond), [], 'offset and fragment length beyond the length');
  t.same(parseFragments(encodeFragment(message(0, 5)).subarray(0, -1)), [], 'truncated');
});

t.test('messages come once and in order, an empty one too', async (t) => {
  const reassembler = new HandshakeReassembler();
  t.equal(add(reassembler, message(1, 0)), 'kept');
  t.equal(reassembler.take(), undefined);
  t.equal(add(reassembler, message(0, 10), 5, 5), 'kept');
  t.equal(reassembler.take(), undefined);
  t.equal(add(reassembler, message(0, 10), 0, 5), 'kept');
  t.same(reassembler.take(), message(0, 10));
  t.same(reassembler.take(), message(1, 0));
  t.equal(reassembler.take(), undefined);
  t.equal(add(reassembler, message(0, 10)), 'old');
  t.equal(add(reassembler, message(1, 0)), 'old');
});

t.test('overlapping pieces fill only the gaps, and the first bytes win', async (t) => {
  const reassembler = new HandshakeReassembler();
  const whole = message(0, 20);
  add(reassembler, whole, 5, 5);
  add(reassembler, whole, 12, 3);
  const forged = { ...whole, body: Buffer.alloc(20, 0xff) };
  add(reassembler, forged, 5, 5);
  t.equal(reassembler.take(), undefined);
  add(reassembler, whole, 0, 20);
  t.same(reassembler.take(), whole);
});

t.test('a fragment that contradicts the first one is dropped', async (t) => {
  const reassembler = new HandshakeReassembler();
  add(reassembler, message(0, 20), 0, 5);
  t.equal(add(reassembler, message(0, 21), 5, 5), 'dropped', 'another length');
  t.equal(add(reassembler, message(0, 20, 12), 5, 5), 'dropped', 'another type');
  t.equal(add(reassembler, message(0, 20), 5, 15), 'kept');
  t.same(reassembler.take(), message(0, 20));
});

t.test('what is kept is bounded in messages, pieces, length and bytes', async (t) => {
  const reassembler = new HandshakeReassembler();
  t.equal(add(reassembler, message(7, 1)), 'kept');
  t.equal(add(reassembler, message(8, 1)), 'dropped', 'too far ahead');
  t.equal(add(reassembler, message(0, 16_385), 0, 1), 'dropped', 'too long');
  t.equal(add(reassembler, message(1, 16_384)), 'kept');
  t.equal(add(reassembler, message(2, 16_384)), 'dropped', 'too many bytes with that');
  const many = message(0, 1000);
  for (let piece = 0; piece < 64; piece += 1) t.equal(add(reassembler, many, piece * 2, 1), 'kept');
  t.equal(add(reassembler, many, 900, 1), 'dropped', 'too many pieces');
});

t.test('message_seq goes on over its wrap', async (t) => {
  const reassembler = new HandshakeReassembler();
  for (let sequence = 0; sequence < 65_536 + 3; sequence += 1) {
    const fate = reassembler.add({
      type: 1,
      sequence: sequence & 0xffff,
      length: 0,
      offset: 0,
      data: Buffer.alloc(0),
    });
    if (fate !== 'kept' || reassembler.take()?.sequence !== (sequence & 0xffff)) t.fail(`${sequence}`);
  }
  t.equal(add(reassembler, message(65_535, 1)), 'old');
});
