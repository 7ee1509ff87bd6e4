/** From page to page without any server: what Chromium does by itself, with everything it offers by default. */
import { preferCodec } from '../../../web/sdk/video-encodings.ts';
import { openBenchPage } from '../page/bench-page.ts';
import type { MediaPlan } from '../page-calls.ts';

let connection: RTCPeerConnection | undefined;

async function complete(pc: RTCPeerConnection): Promise<string> {
  await pc.setLocalDescription();
  if (pc.iceGatheringState !== 'complete') {
    await new Promise<void>((resolve) => {
      pc.onicegatheringstatechange = () => {
        if (pc.iceGatheringState === 'complete') resolve();
      };
    });
  }
  return pc.localDescription?.sdp ?? '';
}

openBenchPage({
  async publish({ picture, sound }, { codec, maxBitsPerSecond }: MediaPlan) {
    const pc = new RTCPeerConnection();
    connection = pc;
    const streams = [new MediaStream([picture, sound])];
    const line = pc.addTransceiver(picture, {
      direction: 'sendonly',
      streams,
      sendEncodings: [{ maxBitrate: maxBitsPerSecond, maxFramerate: 30 }],
    });
    line.setCodecPreferences(preferCodec(RTCRtpSender.getCapabilities('video')?.codecs ?? [], codec));
    pc.addTransceiver(sound, { direction: 'sendonly', streams });
    return complete(pc);
  },

  async receive(attend, _media, args) {
    const pc = new RTCPeerConnection();
    connection = pc;
    pc.ontrack = ({ track }) => attend(track);
    await pc.setRemoteDescription({ type: 'offer', sdp: String(args) });
    return complete(pc);
  },

  calls: {
    finish: (sdp) => connection?.setRemoteDescription({ type: 'answer', sdp: String(sdp) }),
  },
});
