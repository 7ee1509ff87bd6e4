/** Sends the FlexFEC stream of one subscription: remembers its last packets, and XORs those the plan says. */
import { add16, diff16 } from '../base/serial-number.ts';
import { FecAccumulator } from '../rtp/flexfec.ts';
import type { FecStream } from './commands.ts';
import { PACKET_KIND } from './congestion/packet-kind.ts';
import { MAX_RTP_LENGTH } from './max-rtp-length.ts';
import type { PacketWriter } from './packet-writer.ts';
import { fecPlan } from './repair/fec-plan.ts';
import type { TransportState } from './transport-state.ts';

/** Packets remembered, a power of two above the largest distance. */
const SIZE = 8;
/** A packet that with a FEC header would be longer than any sane path takes is not protected. */
const MAX_PROTECTED = 1300;

/** One of each serves all: a FEC packet is made and sent in one call. */
const accumulator = new FecAccumulator(MAX_RTP_LENGTH);

export class FecSender {
  packets = 0;

  readonly #transport: TransportState;
  readonly #writer: PacketWriter;
  readonly #stream: FecStream;
  readonly #ssrc: number;
  #sequenceNumber: number;
  /** Taken when FEC is first needed, as most calls never need it. */
  #slots: Buffer | undefined;
  readonly #numbers = new Int32Array(SIZE).fill(-1);
  readonly #lengths = new Uint16Array(SIZE);
  #newest = -1;
  #sinceLast = 0;

  constructor(transport: TransportState, writer: PacketWriter, stream: FecStream, ssrc: number) {
    this.#transport = transport;
    this.#writer = writer;
    this.#stream = stream;
    this.#ssrc = ssrc;
    this.#sequenceNumber = transport.environment.random() & 0x7fff;
  }

  /** Whether packets are being protected now. */
  get isActive(): boolean {
    return this.#newest >= 0;
  }

  /** Remembers a packet as it will go out, its transport-wide number still zero. Call before it is sent. */
  remember(packet: Buffer, sequenceNumber: number): void {
    if (fecPlan(this.#transport.lossFraction, this.#transport.rttUs) === undefined) {
      if (this.#newest >= 0) this.#forget();
      return;
    }
    if (packet.length > MAX_PROTECTED) return;
    this.#slots ??= Buffer.alloc(SIZE * MAX_PROTECTED);
    const slot = sequenceNumber & (SIZE - 1);
    this.#numbers[slot] = sequenceNumber;
    this.#lengths[slot] = packet.copy(this.#slots, slot * MAX_PROTECTED);
    if (this.#newest >= 0 && diff16(sequenceNumber, this.#newest) <= 0) return;
    this.#newest = sequenceNumber;
    this.#sinceLast += 1;
  }

  /** Sends a FEC packet if one is due; call after the packet remembered last was sent. `timestamp` is its own. */
  protect(timestamp: number, nowUs: number): void {
    const transport = this.#transport;
    const plan = fecPlan(transport.lossFraction, transport.rttUs);
    if (plan === undefined || this.#sinceLast < plan.every) return;
    this.#sinceLast = 0;
    const oldest = plan.distances[plan.distances.length - 1]!;
    let base = -1;
    for (let back = oldest; back >= 0; back -= 1) {
      if (!plan.distances.includes(back)) continue;
      const number = add16(this.#newest, -back);
      const slot = number & (SIZE - 1);
      if (this.#numbers[slot] !== number) continue;
      if (base < 0) {
        base = number;
        accumulator.start(base);
      }
      const start = slot * MAX_PROTECTED;
      accumulator.add(this.#slots!.subarray(start, start + this.#lengths[slot]!), number);
    }
    if (base >= 0) this.#send(timestamp, nowUs);
  }

  #send(timestamp: number, nowUs: number): void {
    const { payloadType, ssrc } = this.#stream;
    const writer = this.#writer;
    const start = writer.beginOwn(payloadType, ssrc, this.#sequenceNumber, timestamp);
    const end = accumulator.write(writer.buffer, start, this.#ssrc);
    if (!this.#transport.takeRedundancy(end, nowUs)) return;
    this.#sequenceNumber = add16(this.#sequenceNumber, 1);
    this.packets += 1;
    this.#transport.send(writer.end(start, end), writer.transportCcOffset, PACKET_KIND.fec, 0, 0, nowUs);
  }

  #forget(): void {
    this.#numbers.fill(-1);
    this.#newest = -1;
    this.#sinceLast = 0;
  }
}
