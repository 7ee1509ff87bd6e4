import { type Counters, makeCounters } from '../base/counters.ts';
import { closeTransforms, makeTransforms, type SrtpTransforms } from './srtp-context.ts';
import { RTCP_HEADER_LENGTH, read32, rtpHeaderLength } from './srtp-header.ts';
import { acceptablePacketIndex, RTP_INDEX_END, RTP_INDEX_TURN } from './srtp-packet-index.ts';
import type { SrtpKeys, SrtpProfile } from './srtp-profile.ts';
import { ReplayWindow } from './srtp-replay-window.ts';

export interface SrtpReceiverLimits {
  /** Most SSRCs remembered, for RTP and for RTCP each; packets of one more are dropped. 512 when left out. */
  readonly maxSsrcs?: number;
}

export const SRTP_COUNTER_NAMES = [
  'srtpMalformed',
  'srtpReplayed',
  'srtpNotAuthentic',
  'srtpSsrcLimit',
  'srtcpMalformed',
  'srtcpReplayed',
  'srtcpNotAuthentic',
  'srtcpSsrcLimit',
] as const;
export type SrtpCounterName = (typeof SRTP_COUNTER_NAMES)[number];

/** RFC 3711 §3.3.2 asks for at least 64. 1024 packets are 3 s of 1080p video, far more than any reordering. */
const RTP_REPLAY_WINDOW = 1024;
/** SRTCP comes a few times a second per SSRC, and up to 20 with transport-wide feedback: 6 s. */
const RTCP_REPLAY_WINDOW = 128;
/** A camera publishes six SSRCs; the media worker says what it wants (`maxSsrcsPerTransport`). */
const DEFAULT_MAX_SSRCS = 512;

/**
 * Unprotects what one peer sends. State (rollover counter, replay window, known SSRCs) changes only after a packet
 * proved authentic, so forged packets cannot disturb a stream. Never throws on input; every drop has one counter.
 *
 * A stream survives reordering on the wrap and an outage of up to 64,511 packets. A stream first heard after its
 * first wrap (its sender began close below 65535 and the first packets were lost) is found as well.
 * @see RFC 3711 §3.3
 */
export class SrtpReceiver {
  readonly counters: Counters<SrtpCounterName> = makeCounters(SRTP_COUNTER_NAMES);
  readonly #transforms: SrtpTransforms;
  readonly #maxSsrcs: number;
  readonly #tagLength: number;
  readonly #rtpWindows = new Map<number, ReplayWindow>();
  readonly #rtcpWindows = new Map<number, ReplayWindow>();

  /** Throws TypeError when key or salt do not have the profile's lengths. */
  constructor(profile: SrtpProfile, keys: SrtpKeys, limits: SrtpReceiverLimits = {}) {
    this.#transforms = makeTransforms(profile, keys);
    this.#maxSsrcs = limits.maxSsrcs ?? DEFAULT_MAX_SSRCS;
    this.#tagLength = this.#transforms.rtp.tagLength;
  }

  /** The plain RTP packet in a buffer of its own, owned by the caller; undefined when dropped. Borrows `packet`. */
  unprotectRtp(packet: Buffer): Buffer | undefined {
    const headerLength = rtpHeaderLength(packet);
    if (headerLength === 0 || packet.length < headerLength + this.#tagLength) {
      this.counters.srtpMalformed += 1;
      return undefined;
    }
    const ssrc = read32(packet, 8);
    const sequenceNumber = (packet[2]! << 8) | packet[3]!;
    const window = this.#rtpWindows.get(ssrc);
    if (window === undefined) return this.#unprotectFirst(packet, headerLength, ssrc, sequenceNumber);
    const index = acceptablePacketIndex(window.highest, sequenceNumber, RTP_REPLAY_WINDOW);
    if (window.check(index) !== 'new') {
      this.counters.srtpReplayed += 1;
      return undefined;
    }
    const plain =
      index < RTP_INDEX_END ? this.#transforms.rtp.unprotectRtp(packet, headerLength, index) : undefined;
    if (plain === undefined) {
      this.counters.srtpNotAuthentic += 1;
      return undefined;
    }
    window.accept(index);
    return plain;
  }

  /** The plain RTCP compound packet, as `unprotectRtp`. Packets without encryption (E = 0) are refused. */
  unprotectRtcp(packet: Buffer): Buffer | undefined {
    const length = packet.length;
    if (length < RTCP_HEADER_LENGTH + this.#tagLength + 4 || packet[0]! >> 6 !== 2) {
      this.counters.srtcpMalformed += 1;
      return undefined;
    }
    const word = read32(packet, length - this.#transforms.rtcp.rtcpIndexFromEnd);
    if (word < 0x8000_0000) {
      this.counters.srtcpMalformed += 1;
      return undefined;
    }
    const index = word & 0x7fff_ffff;
    const ssrc = read32(packet, 4);
    const known = this.#rtcpWindows.get(ssrc);
    if (known === undefined && this.#rtcpWindows.size >= this.#maxSsrcs) {
      this.counters.srtcpSsrcLimit += 1;
      return undefined;
    }
    if (known !== undefined && known.check(index) !== 'new') {
      this.counters.srtcpReplayed += 1;
      return undefined;
    }
    const plain = this.#transforms.rtcp.unprotectRtcp(packet, index);
    if (plain === undefined) {
      this.counters.srtcpNotAuthentic += 1;
      return undefined;
    }
    (known ?? this.#remember(this.#rtcpWindows, ssrc, RTCP_REPLAY_WINDOW)).accept(index);
    return plain;
  }

  /** Ends the use of the keys and gives back what is shared; to be called once, at the end. */
  close(): void {
    closeTransforms(this.#transforms);
  }

  /** First packet of an SSRC: rollover counter 0, or 1 when the sender may have wrapped before we heard it. */
  #unprotectFirst(
    packet: Buffer,
    headerLength: number,
    ssrc: number,
    sequenceNumber: number,
  ): Buffer | undefined {
    if (this.#rtpWindows.size >= this.#maxSsrcs) {
      this.counters.srtpSsrcLimit += 1;
      return undefined;
    }
    const transform = this.#transforms.rtp;
    let index = sequenceNumber;
    let plain = transform.unprotectRtp(packet, headerLength, index);
    if (plain === undefined && sequenceNumber < 0x8000) {
      index += RTP_INDEX_TURN;
      plain = transform.unprotectRtp(packet, headerLength, index);
    }
    if (plain === undefined) {
      this.counters.srtpNotAuthentic += 1;
      return undefined;
    }
    this.#remember(this.#rtpWindows, ssrc, RTP_REPLAY_WINDOW).accept(index);
    return plain;
  }

  #remember(windows: Map<number, ReplayWindow>, ssrc: number, size: number): ReplayWindow {
    const window = new ReplayWindow(size);
    windows.set(ssrc, window);
    return window;
  }
}
