/**
 * Makes the packets of one subscription out of the publisher's: the subscriber's header, then the payload with its
 * descriptor rewritten; as media, or as RTX (RFC 4588). The one copy a packet takes per subscriber is made here.
 */
import { writeFrameNumber } from '../rtp/codec/dependency-descriptor.ts';
import { usesDependencyDescriptor } from '../rtp/codec/dependency-reader.ts';
import type { ExtensionReader } from '../rtp/extension-reader.ts';
import { HeaderWriter, MAX_HEADER_LENGTH } from '../rtp/header-writer.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import { RTX_HEADER_LENGTH } from '../rtp/rtx.ts';
import type { RtpCodec } from './commands.ts';
import { writePayload } from './forward/payload-writer.ts';
import { MAX_RTP_LENGTH } from './max-rtp-length.ts';
import type { TransportState } from './transport-state.ts';

/** What a packet is to be in the subscriber's numbering; kept in the sent history, it makes the same packet again. */
export interface OutgoingNumbers {
  readonly timestamp: number;
  readonly marker: boolean | number;
  /** -1: the codec has none. */
  readonly pictureId: number;
  readonly tl0PicIdx: number;
}

/** Where every outgoing packet is made; the transport sends or copies it before the next is begun. */
const scratch = Buffer.alloc(MAX_HEADER_LENGTH + RTX_HEADER_LENGTH + MAX_RTP_LENGTH);
/** Views of its beginning by length, made when first needed: a packet is no reason to allocate. */
const views: Buffer[] = new Array(scratch.length + 1);

function packetOf(length: number): Buffer {
  const view = views[length] ?? scratch.subarray(0, length);
  views[length] = view;
  return view;
}

export class PacketWriter {
  /** Where in the last packet its transport-wide number goes; 0: not negotiated. */
  transportCcOffset = 0;
  /** Payload bytes of the last packet, the OSN of RTX not counted. */
  payloadLength = 0;

  /** Packets bear a transport-wide number, if that was negotiated. */
  readonly numbered: boolean;

  readonly #transport: TransportState;
  readonly #mid: string;
  #header: HeaderWriter;

  constructor(transport: TransportState, mid: string, numbered: boolean) {
    this.#transport = transport;
    this.#mid = mid;
    this.numbered = numbered;
    this.#header = this.#makeHeader();
  }

  /** The playout delay that the next packets tell, see `HeaderWriter`; only where packets are not repeated as sent. */
  set playoutDelay(delay: number) {
    this.#header.playoutDelay = this.numbered ? delay : -1;
  }

  /** The transport negotiated other header extensions. */
  extensionsChanged(): void {
    this.#header = this.#makeHeader();
  }

  /** The packet as it goes out on the media SSRC. Borrowed until the next packet of any writer. */
  media(
    codec: RtpCodec,
    ssrc: number,
    sequenceNumber: number,
    numbers: OutgoingNumbers,
    packet: RtpPacket,
    extensions: ExtensionReader,
  ): Buffer {
    leaveOutForeignDescriptor(codec, packet, extensions);
    const start = this.#writeHeader(codec.payloadType, ssrc, sequenceNumber, numbers, packet, extensions);
    return this.#finish(codec, numbers, packet, start);
  }

  /**
   * The packet once more as RTX, under the RTX stream's own `sequenceNumber`; `original` is the one it was first sent
   * under. Borrowed likewise. The codec must have an RTX payload type.
   */
  retransmission(
    codec: RtpCodec,
    ssrc: number,
    sequenceNumber: number,
    original: number,
    numbers: OutgoingNumbers,
    packet: RtpPacket,
    extensions: ExtensionReader,
  ): Buffer {
    leaveOutForeignDescriptor(codec, packet, extensions);
    const start = this.#writeHeader(codec.rtxPayloadType!, ssrc, sequenceNumber, numbers, packet, extensions);
    return this.#finish(codec, numbers, packet, scratch.writeUInt16BE(original, start));
  }

  /** Writes the header alone, for a payload of another's making that follows at the offset returned, in `buffer`. */
  begin(
    payloadType: number,
    ssrc: number,
    sequenceNumber: number,
    numbers: OutgoingNumbers,
    packet: RtpPacket,
    extensions: ExtensionReader,
  ): number {
    return this.#writeHeader(payloadType, ssrc, sequenceNumber, numbers, packet, extensions);
  }

  /** The packet begun, whose payload was written from `start` to `end`. Borrowed likewise. */
  end(start: number, end: number): Buffer {
    this.payloadLength = end - start;
    return packetOf(end);
  }

  /** Where packets are made. */
  get buffer(): Buffer {
    return scratch;
  }

  /** Writes a header that has nothing of a publisher's packet; as `begin`. */
  beginOwn(payloadType: number, ssrc: number, sequenceNumber: number, timestamp: number): number {
    const header = this.#header;
    const end = header.write(
      scratch,
      payloadType,
      false,
      sequenceNumber,
      timestamp,
      ssrc,
      undefined,
      undefined,
    );
    this.transportCcOffset = header.transportCcOffset;
    return end;
  }

  /** A packet of `length` (4..252) bytes of padding alone (RFC 3550 §5.1). Borrowed likewise. */
  padding(
    payloadType: number,
    ssrc: number,
    sequenceNumber: number,
    timestamp: number,
    length: number,
  ): Buffer {
    const start = this.beginOwn(payloadType, ssrc, sequenceNumber, timestamp);
    scratch[0]! |= 0x20;
    scratch.fill(0, start, start + length - 1);
    scratch[start + length - 1] = length;
    this.payloadLength = 0;
    return packetOf(start + length);
  }

  #makeHeader(): HeaderWriter {
    const { extensionIds, mixedExtensions } = this.#transport;
    const { transportCc, ...others } = extensionIds;
    return new HeaderWriter(this.numbered ? extensionIds : others, mixedExtensions, this.#mid);
  }

  #writeHeader(
    payloadType: number,
    ssrc: number,
    sequenceNumber: number,
    numbers: OutgoingNumbers,
    packet: RtpPacket,
    extensions: ExtensionReader,
  ): number {
    const header = this.#header;
    const marker = numbers.marker === true || numbers.marker === 1;
    const { buffer } = packet;
    const end = header.write(
      scratch,
      payloadType,
      marker,
      sequenceNumber,
      numbers.timestamp,
      ssrc,
      buffer,
      extensions,
    );
    this.transportCcOffset = header.transportCcOffset;
    if (header.dependencyDescriptorOffset !== 0 && numbers.pictureId >= 0) {
      writeFrameNumber(scratch, header.dependencyDescriptorOffset, numbers.pictureId);
    }
    return end;
  }

  #finish(codec: RtpCodec, numbers: OutgoingNumbers, packet: RtpPacket, start: number): Buffer {
    const name = codec.name === 'red' ? 'opus' : codec.name;
    this.payloadLength = writePayload(name, packet, numbers.pictureId, numbers.tl0PicIdx, scratch, start);
    return packetOf(start + this.payloadLength);
  }
}

/** A descriptor beside picture ids of the payload's own would go out with numbers that no longer agree. */
function leaveOutForeignDescriptor(codec: RtpCodec, packet: RtpPacket, extensions: ExtensionReader): void {
  if (!usesDependencyDescriptor(codec.name, packet)) extensions.dependencyDescriptorOffset = 0;
}
