/** Offers as small as they may be, for tests of what stands above SDP. */
export interface OfferedLine {
  readonly kind: 'audio' | 'video';
  /** As the client sees it. */
  readonly direction: 'sendonly' | 'recvonly' | 'inactive';
}

export interface OfferOptions {
  /** Changes the ICE credentials: another value is an ICE restart. */
  readonly generation?: number;
}

const fingerprint = `sha-256 ${Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':')}`;

const codecs = {
  audio: ['a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1'],
  video: [
    'a=rtpmap:96 VP8/90000',
    'a=rtcp-fb:96 nack',
    'a=rtcp-fb:96 nack pli',
    'a=rtcp-fb:96 transport-cc',
    'a=rtpmap:97 rtx/90000',
    'a=fmtp:97 apt=96',
  ],
} as const;

/** An offer with one m-line per element, in order; the mid is its index. */
export function clientOffer(lines: readonly OfferedLine[], { generation = 0 }: OfferOptions = {}): string {
  const out = [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${lines.map((_, mid) => mid).join(' ')}`,
  ];
  for (const [mid, { kind, direction }] of lines.entries()) {
    out.push(
      `m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? '111' : '96 97'}`,
      'c=IN IP4 0.0.0.0',
      `a=ice-ufrag:user${generation}`,
      'a=ice-pwd:0123456789012345678901',
      `a=fingerprint:${fingerprint}`,
      'a=setup:actpass',
      `a=mid:${mid}`,
      'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
      `a=${direction}`,
      'a=rtcp-mux',
      ...codecs[kind],
    );
    if (direction === 'sendonly') out.push(`a=ssrc:${1000 + mid} cname:someone`);
  }
  return `${out.join('\r\n')}\r\n`;
}
