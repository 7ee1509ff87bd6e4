import t from 'tap';
import { PassThroughPacer } from '../../../../src/sfu/congestion/pacer.ts';
import { PACKET_KIND, type PacketKind } from '../../../../src/sfu/congestion/packet-kind.ts';

t.test(
  'every packet leaves in the call that brings it, in the order it came, and nothing waits',
  async (t) => {
    const left: [string, number, PacketKind, number, number, number][] = [];
    const pacer = new PassThroughPacer({
      sendPaced: (packet, transportCcOffset, kind, mediaSsrc, mediaSequenceNumber, nowUs) => {
        left.push([packet.toString(), transportCcOffset, kind, mediaSsrc, mediaSequenceNumber, nowUs]);
      },
    });
    pacer.enqueue(Buffer.from('video'), 20, PACKET_KIND.video, 1, 100, 10);
    pacer.enqueue(Buffer.from('audio'), 0, PACKET_KIND.audio, 2, 200, 11);
    pacer.process(12);
    t.same(left, [
      ['video', 20, PACKET_KIND.video, 1, 100, 10],
      ['audio', 0, PACKET_KIND.audio, 2, 200, 11],
    ]);
    t.equal(pacer.nextTimeoutUs, Number.POSITIVE_INFINITY);
    t.equal(pacer.queuedBytes, 0);
  },
);

t.test('audio goes before retransmissions, these before video, padding last', async (t) => {
  const { audio, retransmission, video, padding } = PACKET_KIND;
  t.same([padding, video, retransmission, audio].toSorted(), [audio, retransmission, video, padding]);
});
