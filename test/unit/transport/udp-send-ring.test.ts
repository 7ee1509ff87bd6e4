import t from 'tap';
import { type QueueingSocket, SendRing } from '../../../src/transport/udp-send-ring.ts';

/** A socket whose kernel buffer may be full, as libuv behaves: it keeps pointers, not copies. */
class FullSocket implements QueueingSocket {
  full = false;
  readonly queue: Buffer[] = [];
  readonly sent: string[] = [];

  send(buffer: Buffer, offset: number, length: number): void {
    const view = buffer.subarray(offset, offset + length);
    if (this.full) this.queue.push(view);
    else this.sent.push(view.toString());
  }

  getSendQueueCount(): number {
    return this.queue.length;
  }

  /** The kernel takes `count` of the waiting. */
  drain(count: number): void {
    for (const view of this.queue.splice(0, count)) this.sent.push(view.toString());
  }
}

function queueText(ring: SendRing, text: string): boolean {
  const buffer = ring.buffer();
  return ring.send(buffer, buffer.write(text), 1, '127.0.0.1');
}

function sendText(ring: SendRing, text: string): boolean {
  const taken = queueText(ring, text);
  ring.flush();
  return taken;
}

t.test('while the kernel takes every packet, one buffer serves', (t) => {
  const socket = new FullSocket();
  const ring = new SendRing(socket, 4);
  const first = ring.buffer();
  for (let at = 0; at < 10; at += 1) t.ok(sendText(ring, `${at}`));
  t.equal(ring.buffer(), first);
  t.equal(socket.sent.join(), '0,1,2,3,4,5,6,7,8,9');
  t.end();
});

t.test('packets queue until they are flushed, each in a buffer of its own', (t) => {
  const socket = new FullSocket();
  const ring = new SendRing(socket);
  const first = ring.buffer();
  for (const text of ['a', 'b', 'c']) t.ok(queueText(ring, text));
  t.equal(ring.queued, 3);
  t.equal(socket.sent.join(''), '');
  ring.flush();
  t.equal(ring.queued, 0);
  t.equal(socket.sent.join(''), 'abc');
  t.equal(ring.buffer(), first, 'the warm buffers serve again');
  t.end();
});

t.test('a full batch goes at once', (t) => {
  const socket = new FullSocket();
  const ring = new SendRing(socket);
  const texts = Array.from({ length: 100 }, (_, index) => `<${index}>`);
  for (const text of texts) t.ok(queueText(ring, text));
  t.ok(ring.queued < 100);
  t.equal(socket.sent.length, 100 - ring.queued);
  ring.flush();
  t.equal(socket.sent.join(''), texts.join(''));
  t.end();
});

t.test('an owned buffer is sent in its turn', (t) => {
  const socket = new FullSocket();
  const ring = new SendRing(socket, 4);
  queueText(ring, 'a');
  ring.send(Buffer.from('owned'), 5, 1, '127.0.0.1');
  queueText(ring, 'b');
  ring.flush();
  t.equal(socket.sent.join(), 'a,owned,b');
  t.end();
});

t.test('a waiting packet is never overwritten, and too many waiting are refused', (t) => {
  const socket = new FullSocket();
  const ring = new SendRing(socket, 4);
  socket.full = true;
  t.same(
    ['a', 'b', 'c', 'd', 'e'].map((text) => sendText(ring, text)),
    [true, true, true, false, false],
  );
  socket.drain(1);
  t.ok(sendText(ring, 'f'), 'one slot is free again');
  t.notOk(sendText(ring, 'g'));
  socket.full = false;
  socket.drain(9);
  t.ok(sendText(ring, 'h'));
  t.equal(socket.sent.join(''), 'abcfh');
  t.end();
});

t.test('any order of filling and draining sends what was accepted, in order and unharmed', (t) => {
  const socket = new FullSocket();
  const ring = new SendRing(socket, 5);
  const accepted: string[] = [];
  for (let turn = 0; turn < 1000; turn += 1) {
    socket.full = turn % 7 < 5;
    if (turn % 3 === 0) socket.drain(turn % 4);
    if (!socket.full) socket.drain(socket.queue.length);
    if (queueText(ring, `<${turn}>`)) accepted.push(`<${turn}>`);
    if (turn % 4 < 3) ring.flush();
  }
  ring.flush();
  socket.drain(socket.queue.length);
  t.equal(socket.sent.join(''), accepted.join(''));
  t.ok(accepted.length > 500 && accepted.length < 1000, 'some were refused');
  t.end();
});
