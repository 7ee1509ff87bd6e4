/** LiveKit in a page: its own SDK, whose script is there before the first call. */
import { openBenchPage } from '../page/bench-page.ts';

/** The part of livekit-client that is used. */
interface LivekitRoom {
  readonly localParticipant: { publishTrack(track: MediaStreamTrack, options: object): Promise<unknown> };
  connect(url: string, token: string): Promise<void>;
  on(event: 'trackSubscribed', listener: (track: { mediaStreamTrack: MediaStreamTrack }) => void): this;
}

interface LivekitClient {
  readonly Room: new (options: object) => LivekitRoom;
}

interface LivekitArgs {
  readonly url: string;
  readonly token: string;
}

function makeRoom(): LivekitRoom {
  const { LivekitClient } = globalThis as unknown as { LivekitClient: LivekitClient };
  // One PeerConnection, so that its stats are those of the page; no layers are given up for a small element.
  return new LivekitClient.Room({ adaptiveStream: false, dynacast: false, singlePeerConnection: true });
}

openBenchPage({
  async publish({ picture, sound }, { codec, simulcast, maxBitsPerSecond }, args) {
    const room = makeRoom();
    const { url, token } = args as LivekitArgs;
    await room.connect(url, token);
    await room.localParticipant.publishTrack(picture, {
      source: 'camera',
      simulcast,
      videoCodec: codec,
      backupCodec: false,
      videoEncoding: { maxBitrate: maxBitsPerSecond, maxFramerate: 30 },
    });
    await room.localParticipant.publishTrack(sound, { source: 'microphone' });
  },

  async receive(attend, _media, args) {
    const room = makeRoom();
    room.on('trackSubscribed', ({ mediaStreamTrack }) => attend(mediaStreamTrack));
    const { url, token } = args as LivekitArgs;
    await room.connect(url, token);
  },
});
