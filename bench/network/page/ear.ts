/** Plays a remote sound and notes how much of it was made up by concealment. */
import { peerConnections } from '../../../test/browser/watched-peer-connection.ts';
import type { HeardSamples } from '../page-calls.ts';

/** getStats answers from a cache of 50 ms. */
const LOOK_EVERY_MS = 60;

export class Ear {
  readonly heard: HeardSamples[] = [];
  readonly #element = new Audio();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(track: MediaStreamTrack) {
    this.#element.srcObject = new MediaStream([track]);
    void this.#element.play();
    this.#timer = setInterval(() => void this.#look(track), LOOK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#element.srcObject = null;
  }

  async #look(track: MediaStreamTrack): Promise<void> {
    const receiver = receiverOf(track);
    const report = await receiver?.getStats();
    for (const row of report?.values() ?? []) {
      if (row.type !== 'inbound-rtp') continue;
      this.heard.push([Date.now(), row.totalSamplesReceived ?? 0, row.concealedSamples ?? 0]);
    }
  }
}

function receiverOf(track: MediaStreamTrack): RTCRtpReceiver | undefined {
  for (const connection of peerConnections.toReversed()) {
    const found = connection.getReceivers().find((receiver) => receiver.track === track);
    if (found !== undefined) return found;
  }
  return undefined;
}
