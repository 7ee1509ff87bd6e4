/**
 * The few browser types that functions for `page.evaluate` need. By hand, because the DOM library in this program
 * would let server code use browser globals unnoticed.
 */
export interface PageTransceiver {
  readonly mid: string | null;
  readonly currentDirection: string | null;
  direction: string;
  readonly sender: {
    getParameters(): { codecs: { mimeType: string }[]; encodings: unknown[] };
  };
  setCodecPreferences(codecs: PageCodec[]): void;
  getHeaderExtensionsToNegotiate(): { uri: string; direction: string }[];
  setHeaderExtensionsToNegotiate(extensions: { uri: string; direction: string }[]): void;
  stop(): void;
}

export interface PageCodec {
  readonly mimeType: string;
}

export interface PagePeerConnection {
  readonly localDescription: { readonly sdp: string } | null;
  ontrack: ((event: { readonly streams: readonly { readonly id: string }[] }) => void) | null;
  addTransceiver(
    kind: string,
    init: {
      direction: string;
      sendEncodings?: { rid?: string; scaleResolutionDownBy?: number; scalabilityMode?: string }[];
    },
  ): PageTransceiver;
  createDataChannel(label: string): void;
  getTransceivers(): PageTransceiver[];
  restartIce(): void;
  setLocalDescription(): Promise<void>;
  setRemoteDescription(description: { type: string; sdp: string }): Promise<void>;
}

/** Globals of a page that holds one PeerConnection `pc` for us. */
export interface WebRtcPage {
  pc: PagePeerConnection;
  readonly RTCPeerConnection: new () => PagePeerConnection;
  readonly RTCRtpReceiver: { getCapabilities(kind: string): { codecs: PageCodec[] } };
}
