import { orderRed } from './audio-redundancy.ts';
import type { Outgoing } from './media-lines.ts';
import { preferCodec } from './video-encodings.ts';

/** A new media line for what is to be sent, with its codecs in the order wanted. */
export function addSendLine(pc: RTCPeerConnection, outgoing: Outgoing): RTCRtpTransceiver {
  const line = pc.addTransceiver(outgoing.track ?? outgoing.kind, {
    direction: 'sendonly',
    sendEncodings: outgoing.encodings.map((encoding) => ({ ...encoding })),
  });
  orderCodecs(line, outgoing);
  return line;
}

/** Firefox before 128 cannot reorder codecs; it offers VP8 and Opus first anyway. */
export function orderCodecs(line: RTCRtpTransceiver, { kind, codec, redundancy }: Outgoing): void {
  const codecs = RTCRtpSender.getCapabilities(kind)?.codecs;
  if (codecs === undefined || !('setCodecPreferences' in line)) return;
  if (codec !== undefined) line.setCodecPreferences(preferCodec(codecs, codec));
  else if (kind === 'audio') line.setCodecPreferences(orderRed(codecs, redundancy));
}
