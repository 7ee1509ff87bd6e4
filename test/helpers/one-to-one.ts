import { codec, RouterFixture } from './router-fixture.ts';
import { RtpSource } from './rtp-source.ts';

export const VP8 = codec('vp8', 96, 97);
export const OPUS = codec('opus', 111);
/** The subscriber's VP8: other payload types than the publisher's. */
export const OUT_VP8 = codec('vp8', 100, 101);

/** One publisher with one VP8 stream on SSRC 10 (RTX 11), one subscriber on SSRC 20 (RTX 21). */
export function oneToOne() {
  const fixture = new RouterFixture();
  fixture.transport('alice', 'bob');
  fixture.produce('alice', 'camera', [VP8], [{ ssrc: 10, rtxSsrc: 11 }]);
  fixture.consume('bob', 'c', 'camera', [OUT_VP8], 20, 21);
  const source = new RtpSource({ ssrc: 10, payloadType: 96, mid: 'camera' });
  const send = (packets: Buffer[]): void => {
    for (const packet of packets) fixture.rtpFrom('alice', packet);
  };
  return { fixture, source, send };
}
