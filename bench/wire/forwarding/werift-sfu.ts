/** The other side: an SFU of werift's own RTCPeerConnections, as its examples forward a track. */
import {
  type MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
} from 'werift';
import { EXTENSION_URI } from '../../../src/rtp/header-extension.ts';
import { serve } from '../../child.ts';
import { EXTENSION_IDS, MID, PAYLOAD_TYPE } from '../../vp8-stream.ts';
import { type Endpoint, type RemoteEndpoint, type SfuCalls, SSRC } from './calls.ts';

const ADDRESS = '127.0.0.1';
const vp8 = new RTCRtpCodecParameters({
  mimeType: 'video/VP8',
  clockRate: 90_000,
  payloadType: PAYLOAD_TYPE,
  rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'transport-cc' }],
});
const headerExtensions = [EXTENSION_URI.mid, EXTENSION_URI.transportCc].map(
  (uri) => new RTCRtpHeaderExtensionParameters({ uri }),
);

/** Whatever it would ask of the outside is asked of nobody: a lite agent on the loopback address. */
function makePeerConnection(): RTCPeerConnection {
  return new RTCPeerConnection({
    iceLite: true,
    iceServers: [{ urls: `stun:${ADDRESS}:9` }],
    iceUseIpv6: false,
    iceInterfaceAddresses: { udp4: ADDRESS },
    iceAdditionalHostAddresses: [ADDRESS],
    codecs: { video: [vp8] },
    headerExtensions: { video: headerExtensions },
  });
}

/** What a browser would offer for one video line. */
function offerOf({ ice, fingerprint }: Endpoint, direction: 'sendonly' | 'recvonly'): string {
  const lines = [
    'v=0',
    `o=- 1 1 IN IP4 ${ADDRESS}`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${MID}`,
    'a=msid-semantic: WMS *',
    `m=video 9 UDP/TLS/RTP/SAVPF ${PAYLOAD_TYPE}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    `a=ice-ufrag:${ice.usernameFragment}`,
    `a=ice-pwd:${ice.password}`,
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
    'a=setup:active',
    `a=mid:${MID}`,
    `a=extmap:${EXTENSION_IDS.mid} ${EXTENSION_URI.mid}`,
    `a=extmap:${EXTENSION_IDS.transportCc} ${EXTENSION_URI.transportCc}`,
    `a=${direction}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
    `a=rtpmap:${PAYLOAD_TYPE} VP8/90000`,
    `a=rtcp-fb:${PAYLOAD_TYPE} nack`,
    `a=rtcp-fb:${PAYLOAD_TYPE} nack pli`,
    `a=rtcp-fb:${PAYLOAD_TYPE} transport-cc`,
  ];
  if (direction === 'sendonly') lines.push('a=msid:camera video', `a=ssrc:${SSRC} cname:publisher`);
  return `${lines.join('\r\n')}\r\n`;
}

function readAnswer(sdp: string): RemoteEndpoint {
  const value = (pattern: RegExp): string => {
    const found = pattern.exec(sdp)?.[1];
    if (found === undefined) throw new Error(`no ${pattern} in the answer:\n${sdp}`);
    return found;
  };
  if (value(/a=setup:(\w+)/) !== 'passive') throw new Error(`the answer is not passive:\n${sdp}`);
  return {
    ice: { usernameFragment: value(/a=ice-ufrag:(\S+)/), password: value(/a=ice-pwd:(\S+)/) },
    fingerprint: { algorithm: 'sha-256', value: value(/a=fingerprint:sha-256 (\S+)/) },
    address: ADDRESS,
    port: Number(value(/a=candidate:.* 127\.0\.0\.1 (\d+) typ host/)),
  };
}

let track: MediaStreamTrack | undefined;

serve({
  connect: async (role, peer) => {
    const connection = makePeerConnection();
    connection.onTrack.subscribe((received) => {
      track = received;
    });
    if (role === 'subscriber') connection.addTransceiver(track!, { direction: 'sendonly' });
    const direction = role === 'publisher' ? 'sendonly' : 'recvonly';
    await connection.setRemoteDescription({ type: 'offer', sdp: offerOf(peer, direction) });
    // It would answer `active` to an offer that says `active` itself.
    for (const { dtlsTransport } of connection.getTransceivers()) dtlsTransport.role = 'server';
    await connection.setLocalDescription(await connection.createAnswer());
    return readAnswer(connection.localDescription!.sdp);
  },
  cpuUs: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
} satisfies SfuCalls);
