import t from 'tap';
import { PassThroughPacer } from '../../../../src/sfu/congestion/pacer.ts';
import { PACKET_KIND, type PacketKind } from '../../../../src/sfu/congestion/packet-kind.ts';

t.test(
  'every packet leaves in the call that brings it, in the order it came, and nothing waits',
  async (t) => {
    const left: [string, number, PacketKind, number][] = [];
    const pacer = new PassThroughPacer({
      sendPaced: (packet, transportCcOffset, kind, nowUs) => {
        left.push([packet.toString(), transportCcOffset, kind, nowUs]);
      },
    });
    pacer.enqueue(Buffer.from('video'), 20, PACKET_KIND.video, 10);
    pacer.enqueue(Buffer.from('audio'), 0, PACKET_KIND.audio, 11);
    pacer.process(12);
    t.same(left, [
      ['video', 20, PACKET_KIND.video, 10],
      ['audio', 0, PACKET_KIND.audio, 11],
    ]);
    t.equal(pacer.nextTimeoutUs, Number.POSITIVE_INFINITY);
    t.equal(pacer.queuedBytes, 0);
  },
);

t.test('audio goes before retransmissions, these before video, padding last', async (t) => {
  const { audio, retransmission, video, padding } = PACKET_KIND;
  t.same([padding, video, retransmission, audio].toSorted(), [audio, retransmission, video, padding]);
});
