/** webrtc-extensions §5; not in the DOM library. */
interface NegotiableExtensions {
  getHeaderExtensionsToNegotiate?(): { uri: string; direction: string }[];
  setHeaderExtensionsToNegotiate?(extensions: readonly { uri: string; direction: string }[]): void;
}

/**
 * Layers of AV1 cannot be put together without the descriptor, and Chromium offers to receive it only when asked.
 * Browsers that cannot be asked leave it out.
 */
export function acceptDependencyDescriptor(line: RTCRtpTransceiver & NegotiableExtensions): void {
  const extensions = line.getHeaderExtensionsToNegotiate?.();
  const descriptor = extensions?.find(({ uri }) =>
    uri.endsWith('#dependency-descriptor-rtp-header-extension'),
  );
  if (extensions === undefined || descriptor === undefined) return;
  descriptor.direction = 'sendrecv';
  line.setHeaderExtensionsToNegotiate?.(extensions);
}
