import { closeTransforms, makeTransforms, type SrtpTransforms } from './srtp-context.ts';
import { RTCP_HEADER_LENGTH, read32, rtpHeaderLength } from './srtp-header.ts';
import { nearestPacketIndex, RTCP_INDEX_END, RTP_INDEX_END } from './srtp-packet-index.ts';
import type { SrtpKeys, SrtpProfile } from './srtp-profile.ts';

/** What must never repeat under one key: the packet indices used per SSRC. Kept as long as the key. */
interface SentStream {
  highestIndex: number;
  nextRtcpIndex: number;
}

/**
 * Protects what one transport sends: SRTP and SRTCP of any number of our SSRCs under one master key.
 *
 * The rollover counter of each SSRC starts at 0 with its first packet and follows the sequence number nearest to the
 * highest sent, so an older packet sent again after a wrap keeps its old counter. A sequence number may be sent
 * again only with the very same bytes; other bytes under the same index would give away both.
 * @see RFC 3711 §3.3
 */
export class SrtpSender {
  readonly #transforms: SrtpTransforms;
  readonly #streams = new Map<number, SentStream>();

  /** Throws TypeError when key or salt do not have the profile's lengths. */
  constructor(profile: SrtpProfile, keys: SrtpKeys) {
    this.#transforms = makeTransforms(profile, keys);
  }

  /**
   * Writes the protected form of a plain RTP packet to `target` and returns its length. `target` needs
   * `SRTP_MAX_OVERHEAD` bytes more than the packet (RangeError otherwise) and may start at the packet's own memory.
   * Returns 0 and writes nothing for what is not RTP, and when the key is used up (2^48 packets of one SSRC).
   */
  protectRtp(packet: Buffer, target: Buffer): number {
    const headerLength = rtpHeaderLength(packet);
    if (headerLength === 0) return 0;
    const transform = this.#transforms.rtp;
    requireRoom(target, packet.length + transform.tagLength);
    const sequenceNumber = (packet[2]! << 8) | packet[3]!;
    const stream = this.#stream(read32(packet, 8));
    const index =
      stream.highestIndex < 0 ? sequenceNumber : nearestPacketIndex(stream.highestIndex, sequenceNumber);
    if (index >= RTP_INDEX_END) return 0;
    if (index > stream.highestIndex) stream.highestIndex = index;
    return transform.protectRtp(packet, headerLength, index, target);
  }

  /** The same for an RTCP compound packet, whose first SSRC names the stream; the key is used up after 2^31. */
  protectRtcp(packet: Buffer, target: Buffer): number {
    if (packet.length < RTCP_HEADER_LENGTH) return 0;
    const transform = this.#transforms.rtcp;
    requireRoom(target, packet.length + transform.tagLength + 4);
    const stream = this.#stream(read32(packet, 4));
    const index = stream.nextRtcpIndex;
    if (index >= RTCP_INDEX_END) return 0;
    stream.nextRtcpIndex = index + 1;
    return transform.protectRtcp(packet, index, target);
  }

  /** Ends the use of the keys and gives back what is shared; to be called once, at the end. */
  close(): void {
    closeTransforms(this.#transforms);
  }

  #stream(ssrc: number): SentStream {
    let stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      stream = { highestIndex: -1, nextRtcpIndex: 0 };
      this.#streams.set(ssrc, stream);
    }
    return stream;
  }
}

function requireRoom(target: Buffer, length: number): void {
  if (target.length < length) throw new RangeError(`target has ${target.length} bytes, ${length} are needed`);
}
