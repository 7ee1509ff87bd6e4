/**
 * Which pictures of a VP8 stream a browser could show and when, in virtual time: a picture when it is whole and the one
 * before it was shown, or a key frame. Asks for a key frame as libwebrtc does (video/video_receive_stream2.cc): each 200 ms
 * before the first picture, and each 3 s without one.
 */
import type { RtpPacket } from '../../src/rtp/rtp-packet.ts';

const FIRST_US = 200_000;
const WAIT_US = 3_000_000;

interface Packet {
  readonly timestamp: number;
  readonly marker: boolean;
  readonly starts: boolean;
  readonly keyFrame: boolean;
}

export class ShownPictures {
  /** When each picture could be decoded. */
  readonly decodedUs: number[] = [];
  readonly keyFrameRequestsUs: number[] = [];
  /** The number after the last decoded picture; -1: none was decoded. */
  next = -1;
  readonly #packets = new Map<number, Packet>();
  readonly #keyFrames: number[] = [];
  #waitsSinceUs: number | undefined;

  /** A packet left the server. `number`: extended, of the media SSRC; `payload`: without what RTX puts before it. */
  sent(number: number, packet: RtpPacket, payload: Buffer): void {
    if (this.#packets.has(number)) return;
    // With or without the extended descriptor of RFC 7741.
    const header = (payload[0]! & 0x80) === 0 ? 1 : payload[1] === 0xe0 ? 6 : 4;
    const starts = (payload[0]! & 0x17) === 0x10;
    const keyFrame = starts && (payload[header]! & 1) === 0;
    this.#packets.set(number, { timestamp: packet.timestamp, marker: packet.marker, starts, keyFrame });
    if (keyFrame) this.#keyFrames.push(number);
  }

  /** Whether a key frame is asked for now. */
  step(arrivedUs: ReadonlyMap<number, number>, nowUs: number): boolean {
    this.#waitsSinceUs ??= arrivedUs.size > 0 ? nowUs : undefined;
    while (this.#decode(this.next, arrivedUs, nowUs)) {}
    for (const start of this.#keyFrames) {
      if (start > this.next && this.#decode(start, arrivedUs, nowUs)) break;
    }
    if (this.#waitsSinceUs === undefined) return false;
    if (nowUs - this.#waitsSinceUs < (this.next < 0 ? FIRST_US : WAIT_US)) return false;
    this.#waitsSinceUs = nowUs;
    this.keyFrameRequestsUs.push(nowUs);
    return true;
  }

  #decode(start: number, arrivedUs: ReadonlyMap<number, number>, nowUs: number): boolean {
    if (start < 0) return false;
    for (let number = start; arrivedUs.has(number); number += 1) {
      if (!this.#packets.get(number)!.marker) continue;
      this.next = number + 1;
      this.decodedUs.push(nowUs);
      this.#waitsSinceUs = nowUs;
      while (this.#keyFrames.length > 0 && this.#keyFrames[0]! < this.next) this.#keyFrames.shift();
      return true;
    }
    return false;
  }
}
