/** A VP8 stream for loads: 1200-byte packets with mid and transport-wide number, frames of eight, made in one buffer. */

export const PACKET_BYTES = 1200;
export const EXTENSION_IDS = { mid: 1, transportCc: 4 } as const;
export const MID = '0';
export const PAYLOAD_TYPE = 96;
const PACKETS_PER_FRAME = 8;
const TICKS_PER_FRAME = 3000;

/** Offsets in the packet: header 12, block header 4, mid 2, transport-cc 3, padding 3, VP8 descriptor 4, VP8 header. */
const AT = { transportCc: 19, descriptor: 24, pictureId: 26, payload: 28 } as const;

/** The transport-wide number of a packet with this stream's extensions, protected or not; for whoever receives it. */
export function transportSequenceNumberOf(packet: Buffer): number {
  return packet.readUInt16BE(AT.transportCc);
}

export class Vp8Stream {
  readonly ssrc: number;
  packets = 0;
  timestamp = 90_000;
  readonly #buffer = Buffer.alloc(PACKET_BYTES, 0x55);
  #sequenceNumber = 1000;
  #pictureId = 0;
  #indexInFrame = 0;
  #keyFrame = true;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
    const buffer = this.#buffer;
    buffer[0] = 0x90;
    buffer.writeUInt32BE(ssrc, 8);
    buffer.writeUInt32BE(0xbede_0002, 12);
    buffer[16] = EXTENSION_IDS.mid << 4;
    buffer.write(MID, 17, 'latin1');
    buffer[18] = (EXTENSION_IDS.transportCc << 4) | 1;
    buffer.fill(0, 21, 24);
    buffer[AT.descriptor + 1] = 0x80;
  }

  /** The next frame to begin will be a key frame; the first one is. */
  requestKeyFrame(): void {
    this.#keyFrame = true;
  }

  /** The next packet, borrowed until the one after it. */
  next(): Buffer {
    const buffer = this.#buffer;
    const begins = this.#indexInFrame === 0;
    const ends = this.#indexInFrame === PACKETS_PER_FRAME - 1;
    buffer[1] = (ends ? 0x80 : 0) | PAYLOAD_TYPE;
    buffer.writeUInt16BE(this.#sequenceNumber, 2);
    buffer.writeUInt32BE(this.timestamp, 4);
    buffer.writeUInt16BE(this.packets & 0xffff, AT.transportCc);
    buffer[AT.descriptor] = begins ? 0x90 : 0x80;
    buffer.writeUInt16BE(0x8000 | this.#pictureId, AT.pictureId);
    // RFC 6386 §9.1: P bit, then for key frames start code and size.
    buffer[AT.payload] = this.#keyFrame ? 0x10 : 0x11;
    if (begins && this.#keyFrame) {
      Buffer.from([0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02]).copy(buffer, AT.payload + 3);
    }
    this.packets += 1;
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    this.#indexInFrame = ends ? 0 : this.#indexInFrame + 1;
    if (ends) {
      this.#keyFrame = false;
      this.#pictureId = (this.#pictureId + 1) & 0x7fff;
      this.timestamp = (this.timestamp + TICKS_PER_FRAME) >>> 0;
    }
    return buffer;
  }
}
