/** A WHIP publisher (RFC 9725) of a page's own making: fetch and RTCPeerConnection, nothing of the SDK. */
export class WhipDevice {
  #pc = new RTCPeerConnection();
  #url = '';
  #token = '';
  #etag = '';

  /** Sends the tracks; resolves to the HTTP status of the endpoint. */
  async start(token: string, tracks: readonly MediaStreamTrack[]): Promise<number> {
    this.#pc = new RTCPeerConnection();
    this.#token = token;
    for (const track of tracks) this.#pc.addTransceiver(track, { direction: 'sendonly' });
    await this.#pc.setLocalDescription();
    const response = await fetch('/whip', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' },
      body: this.#pc.localDescription?.sdp ?? '',
    });
    if (response.status === 201) {
      this.#url = new URL(response.headers.get('location') ?? '', response.url).href;
      this.#etag = response.headers.get('etag') ?? '';
      await this.#pc.setRemoteDescription({ type: 'answer', sdp: await response.text() });
    }
    return response.status;
  }

  /** Restarts ICE by PATCH (RFC 9725 §4.3.2); resolves to its HTTP status. */
  async restartIce(): Promise<number> {
    this.#pc.restartIce();
    await this.#pc.setLocalDescription();
    const offer = this.#pc.localDescription?.sdp ?? '';
    const response = await fetch(this.#url, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/trickle-ice-sdpfrag',
        'if-match': this.#etag,
      },
      body: linesOf(offer, /^a=ice-(ufrag|pwd):/),
    });
    if (response.status === 200) {
      this.#etag = response.headers.get('etag') ?? '';
      const fragment = await response.text();
      // The answer of before with the credentials of the fragment.
      const answer = (this.#pc.currentRemoteDescription?.sdp ?? '')
        .replace(/a=ice-ufrag:.*\r\n/g, linesOf(fragment, /^a=ice-ufrag:/))
        .replace(/a=ice-pwd:.*\r\n/g, linesOf(fragment, /^a=ice-pwd:/));
      await this.#pc.setRemoteDescription({ type: 'answer', sdp: answer });
    }
    return response.status;
  }

  /** Ends it by DELETE; resolves to its HTTP status. */
  async stop(): Promise<number> {
    const headers = { authorization: `Bearer ${this.#token}` };
    const { status } = await fetch(this.#url, { method: 'DELETE', headers });
    this.#pc.close();
    return status;
  }
}

/** The first line of each name that matches, as SDP. */
function linesOf(sdp: string, pattern: RegExp): string {
  const lines = sdp.split(/\r?\n/).filter((line) => pattern.test(line));
  return [...new Set(lines)].map((line) => `${line}\r\n`).join('');
}
