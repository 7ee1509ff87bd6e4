/** A PeerConnection from page to page without any server, to compare with. Signaled by the test, without trickle. */
export class DirectLink {
  readonly #pc: RTCPeerConnection;
  readonly tracks: MediaStreamTrack[] = [];

  constructor() {
    // Not the one that `stage` watches: stats are those of the consultation.
    this.#pc = new RTCPeerConnection();
    this.#pc.ontrack = ({ track }) => this.tracks.push(track);
  }

  async offer(tracks: readonly MediaStreamTrack[]): Promise<string> {
    const stream = new MediaStream([...tracks]);
    for (const track of tracks) this.#pc.addTrack(track, stream);
    await this.#pc.setLocalDescription();
    return this.#complete();
  }

  async answer(sdp: string): Promise<string> {
    await this.#pc.setRemoteDescription({ type: 'offer', sdp });
    await this.#pc.setLocalDescription();
    return this.#complete();
  }

  async finish(sdp: string): Promise<void> {
    await this.#pc.setRemoteDescription({ type: 'answer', sdp });
  }

  async #complete(): Promise<string> {
    if (this.#pc.iceGatheringState !== 'complete') {
      await new Promise<void>((resolve) => {
        this.#pc.onicegatheringstatechange = () => {
          if (this.#pc.iceGatheringState === 'complete') resolve();
        };
      });
    }
    return this.#pc.localDescription?.sdp ?? '';
  }
}
