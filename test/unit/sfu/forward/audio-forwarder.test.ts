import t from 'tap';
import { Unwrapper } from '../../../../src/base/unwrapper.ts';
import { AudioForwarder } from '../../../../src/sfu/forward/audio-forwarder.ts';
import { ForwardDecision } from '../../../../src/sfu/forward/forward-decision.ts';
import { mediaPacket } from '../../../helpers/codec-packets.ts';

const PACKET_US = 20_000;

class Listener {
  readonly forwarder = new AudioForwarder({
    clockRate: 48_000,
    sequenceNumber: 65_534,
    timestampOffset: 100,
  });
  readonly decision = new ForwardDecision();
  sequence = new Unwrapper(16);
  nowUs = 0;

  /** The number it got, or -1. */
  offer(sequenceNumber: number, timestamp: number, payload = Buffer.from('fcfffe', 'hex')): number {
    this.nowUs += PACKET_US;
    const packet = mediaPacket({ sequenceNumber, timestamp, payload });
    const passes = this.forwarder.forward(
      packet,
      this.sequence.unwrap(sequenceNumber),
      this.nowUs,
      this.decision,
    );
    return passes ? this.decision.sequenceNumber : -1;
  }
}

t.test(
  'packets are renumbered over the wrap, with holes for the lost and their numbers for the late',
  (t) => {
    const listener = new Listener();
    t.equal(listener.offer(65_535, 0xffff_ff00), 65_534);
    t.match(listener.decision, { timestamp: 0xffff_ff64, marker: true, pictureId: -1, tl0PicIdx: -1 });
    t.equal(listener.offer(0, 704), 65_535);
    t.match(listener.decision, { timestamp: 804, marker: false });
    t.equal(listener.offer(3, 3584), 2);
    t.equal(listener.offer(1, 1664), 0);
    t.end();
  },
);

t.test('padding-only packets leave no hole', (t) => {
  const listener = new Listener();
  listener.offer(1, 0);
  t.equal(listener.offer(2, 0, Buffer.alloc(0)), -1);
  t.equal(listener.offer(3, 960), 65_535);
  t.end();
});

t.test('after a pause it goes on where it stopped, with the marker, at its own distance', (t) => {
  const listener = new Listener();
  listener.offer(1, 0);
  listener.forwarder.setPaused(true);
  for (let packet = 2; packet < 50; packet += 1) t.equal(listener.offer(packet, packet * 960), -1);
  listener.forwarder.setPaused(false);
  t.equal(listener.offer(50, 50 * 960), 65_535);
  t.match(listener.decision, { marker: true, timestamp: 50 * 960 + 100 });
  t.equal(listener.offer(48, 48 * 960), -1, 'what came before is not for this subscriber');
  t.equal(listener.offer(51, 51 * 960), 0);
  t.equal(listener.decision.marker, false);
  t.end();
});

t.test('a source that began anew goes on after the last, told or found', (t) => {
  for (const told of [true, false]) {
    const listener = new Listener();
    listener.offer(20_000, 0);
    if (told) {
      listener.forwarder.restart();
      listener.sequence = new Unwrapper(16);
    }
    const numbers = [
      listener.offer(7, 5_000_000),
      listener.offer(8, 5_000_960),
      listener.offer(9, 5_001_920),
    ];
    t.same(numbers, told ? [65_535, 0, 1] : [-1, 65_535, 0], told ? 'told' : 'found at its second packet');
    t.equal(listener.decision.timestamp, 100 + 3 * 960, 'by the time that passed');
  }
  t.end();
});

t.test('nothing allocated grows: the longest gap is a hole, one beyond it is a break', (t) => {
  const listener = new Listener();
  listener.offer(0, 0);
  t.equal(listener.offer(2047, 0), (65_534 + 2047) & 0xffff);
  t.equal(listener.offer(2047 + 2048, 0), (65_534 + 2048) & 0xffff);
  t.end();
});
