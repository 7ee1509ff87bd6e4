/** The publisher of a forwarding load; answers key-frame requests. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseCompound, RTCP_TYPE } from '../../../src/rtp/rtcp/rtcp-packet.ts';
import { writeSenderReport } from '../../../src/rtp/rtcp/sender-report.ts';
import { ntpFraction, ntpSeconds } from '../../../src/sfu/stream/ntp-time.ts';
import { SyntheticPeer } from '../../../test/helpers/synthetic-peer.ts';
import { serve } from '../../child.ts';
import { PACKET_BYTES, Vp8Stream } from '../../vp8-stream.ts';
import { type PublisherCalls, SSRC } from './calls.ts';

const REPORT_INTERVAL_MS = 1000;

const peer = await SyntheticPeer.create({
  usernameFragment: randomBytes(4).toString('hex'),
  password: randomBytes(12).toString('hex'),
});
const stream = new Vp8Stream(SSRC);
const report = Buffer.alloc(64);
let reportedMs = Number.NEGATIVE_INFINITY;

peer.onRtcp = (compound) => {
  for (const { type } of parseCompound(compound) ?? [])
    if (type === RTCP_TYPE.payloadFeedback) stream.requestKeyFrame();
};

function sendReport(nowMs: number): void {
  if (nowMs - reportedMs < REPORT_INTERVAL_MS) return;
  reportedMs = nowMs;
  const unixUs = Date.now() * 1000;
  const end = writeSenderReport(report, 0, {
    ssrc: SSRC,
    ntpSeconds: ntpSeconds(unixUs),
    ntpFraction: ntpFraction(unixUs),
    rtpTimestamp: stream.timestamp,
    packetCount: stream.packets,
    octetCount: stream.packets * PACKET_BYTES,
    reports: [],
  });
  peer.sendRtcp(report.subarray(0, end));
}

serve({
  open: async () => ({ ice: peer.ice, fingerprint: peer.fingerprint }),
  connect: async (remote) => {
    await peer.connect(remote);
    return peer.profile!;
  },
  send: async (count, packetsPerSecond, burstIntervalMs) => {
    const startMs = performance.now();
    for (let sent = 0; sent < count; ) {
      const nowMs = performance.now();
      sendReport(nowMs);
      const due = Math.min(count, Math.ceil(((nowMs - startMs) * packetsPerSecond) / 1000));
      for (; sent < due; sent += 1) peer.sendRtp(stream.next());
      await pause(burstIntervalMs);
    }
  },
} satisfies PublisherCalls);
