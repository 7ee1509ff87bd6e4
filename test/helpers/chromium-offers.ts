/**
 * The offers a browser makes for us, as functions to run in a page that has a PeerConnection `pc`.
 * `test/vectors/sdp/collect.ts` stores what Chromium makes of them, `test/interop/sdp-answer.test.ts` runs them live.
 */
import type { NegotiationLine } from '../../src/transport/sdp/negotiation-types.ts';
import type { WebRtcPage } from './page-webrtc.ts';

export interface ChromiumOffer {
  /** Runs in the page. */
  readonly prepare: () => void;
  readonly lines: readonly NegotiationLine[];
  /** What the page shall send on each line (null: it receives), and in how many encodings. */
  readonly codecs: readonly (string | null)[];
  readonly encodings: readonly number[];
}

/** Page code cannot see this module, so each function says what it needs itself. */
export const chromiumOffers: Readonly<Record<string, ChromiumOffer>> = {
  'microphone-and-camera': {
    prepare() {
      const { pc } = globalThis as unknown as WebRtcPage;
      pc.addTransceiver('audio', { direction: 'sendonly' });
      pc.addTransceiver('video', { direction: 'sendonly' });
    },
    lines: [
      { mid: '0', publish: { source: 'microphone' } },
      { mid: '1', publish: { source: 'camera' } },
    ],
    codecs: ['audio/opus', 'video/VP8'],
    encodings: [1, 1],
  },
  'vp8-simulcast': {
    prepare() {
      const { pc } = globalThis as unknown as WebRtcPage;
      const sendEncodings = ['l', 'm', 'h'].map((rid, i) => ({ rid, scaleResolutionDownBy: 4 >> i }));
      pc.addTransceiver('video', { direction: 'sendonly', sendEncodings });
    },
    lines: [{ mid: '0', publish: { source: 'camera' } }],
    codecs: ['video/VP8'],
    encodings: [3],
  },
  'vp9-l3t3': {
    prepare() {
      const { pc, RTCRtpReceiver } = globalThis as unknown as WebRtcPage;
      const transceiver = pc.addTransceiver('video', {
        direction: 'sendonly',
        sendEncodings: [{ scalabilityMode: 'L3T3_KEY' }],
      });
      const { codecs } = RTCRtpReceiver.getCapabilities('video');
      const first = codecs.filter(({ mimeType }) => mimeType === 'video/VP9');
      transceiver.setCodecPreferences([...first, ...codecs.filter((codec) => !first.includes(codec))]);
    },
    lines: [{ mid: '0', publish: { source: 'instrument' } }],
    codecs: ['video/VP9'],
    encodings: [1],
  },
  h264: {
    prepare() {
      const { pc, RTCRtpReceiver } = globalThis as unknown as WebRtcPage;
      const transceiver = pc.addTransceiver('video', { direction: 'sendonly' });
      const { codecs } = RTCRtpReceiver.getCapabilities('video');
      const first = codecs.filter(({ mimeType }) => mimeType === 'video/H264');
      transceiver.setCodecPreferences([...first, ...codecs.filter((codec) => !first.includes(codec))]);
    },
    lines: [{ mid: '0', publish: { source: 'camera' } }],
    codecs: ['video/H264'],
    encodings: [1],
  },
  'av1-dependency-descriptor': {
    prepare() {
      const { pc, RTCRtpReceiver } = globalThis as unknown as WebRtcPage;
      const transceiver = pc.addTransceiver('video', { direction: 'sendonly' });
      const { codecs } = RTCRtpReceiver.getCapabilities('video');
      const first = codecs.filter(({ mimeType }) => mimeType === 'video/AV1');
      transceiver.setCodecPreferences([...first, ...codecs.filter((codec) => !first.includes(codec))]);
      const extensions = transceiver.getHeaderExtensionsToNegotiate();
      for (const extension of extensions) {
        if (extension.uri.includes('dependency-descriptor')) extension.direction = 'sendrecv';
      }
      transceiver.setHeaderExtensionsToNegotiate(extensions);
    },
    lines: [{ mid: '0', publish: { source: 'camera' } }],
    codecs: ['video/AV1'],
    encodings: [1],
  },
  'receive-only': {
    prepare() {
      const { pc } = globalThis as unknown as WebRtcPage;
      for (const kind of ['audio', 'video', 'video']) pc.addTransceiver(kind, { direction: 'recvonly' });
    },
    lines: [
      { mid: '0', subscribe: { producerId: 'mic' } },
      { mid: '1', subscribe: { producerId: 'cam-h264' } },
      { mid: '2', subscribe: { producerId: 'cam-av1' } },
    ],
    codecs: [null, null, null],
    encodings: [1, 1, 1],
  },
  'send-and-receive-with-data': {
    prepare() {
      const { pc } = globalThis as unknown as WebRtcPage;
      pc.createDataChannel('data');
      pc.addTransceiver('audio', { direction: 'sendonly' });
      pc.addTransceiver('video', { direction: 'sendonly', sendEncodings: [{ rid: 'q' }, { rid: 'f' }] });
      pc.addTransceiver('audio', { direction: 'recvonly' });
      pc.addTransceiver('video', { direction: 'recvonly' });
    },
    lines: [
      { mid: '0', publish: { source: 'microphone', muted: true } },
      { mid: '1', publish: { source: 'camera' } },
      { mid: '2', subscribe: { producerId: 'mic' } },
      { mid: '3', subscribe: { producerId: 'cam-vp9', paused: true, wanted: { maxHeight: 360 } } },
    ],
    codecs: ['audio/opus', 'video/VP8', null, null],
    encodings: [1, 2, 1, 1],
  },
};
