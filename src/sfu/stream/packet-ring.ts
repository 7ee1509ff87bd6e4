import { diff16 } from '../../base/serial-number.ts';

/** Packets are packed into slabs of this size; the unit in which memory is taken and given back to the ring. */
const SLAB_BYTES = 65_536;

export interface PacketRingOptions {
  /** The most packets held, a power of two up to 32,768. Default 2,048: two seconds at 8 Mbit/s. */
  readonly packets?: number;
  /** The most memory held, in bytes; rounded to slabs, at least two. Default 4 MiB: four seconds at 8 Mbit/s. */
  readonly bytes?: number;
  /** Packets older than this are not found. Default 3 s. */
  readonly maxAgeUs?: number;
}

/**
 * The last seconds of one producer encoding, kept once for all subscribers, to answer their NACKs from. Packets are
 * copied into pooled slabs: measured (bench/micro/packet-ring.ts), that costs 0.1 µs per packet, while keeping the
 * caller's buffers costs 0.25 µs of garbage collection and unbounded memory, as a kept buffer holds the whole pool it is
 * a slice of. Memory grows with the bitrate up to `bytes`, and never beyond.
 *
 * Numbers are extended sequence numbers (ReceiveStatistics), >= 0.
 */
export class PacketRing {
  readonly #mask: number;
  readonly #maxAgeUs: number;
  readonly #maxSlabs: number;
  readonly #slabs: Buffer[] = [];
  /** How often each slab was written afresh; an entry of an earlier generation is gone. */
  readonly #generations: number[] = [];
  /** When each slab last took a packet: the youngest age in it. */
  readonly #lastWriteUs: number[] = [];
  /** The slab after each, in a circle from the one written now over the oldest to the newest. */
  readonly #following: number[] = [];
  #slab = -1;
  #used = 0;
  /** Columns of one table, indexed by number modulo its size. -1: empty. */
  readonly #numbers: Float64Array;
  readonly #storedUs: Float64Array;
  readonly #slabOf: Uint16Array;
  readonly #generationOf: Float64Array;
  readonly #offsets: Uint32Array;
  readonly #lengths: Uint16Array;
  #highest = -1;

  constructor(options: PacketRingOptions = {}) {
    const packets = options.packets ?? 2048;
    if (!Number.isInteger(packets) || packets < 2 || packets > 0x8000 || (packets & (packets - 1)) !== 0) {
      throw new TypeError('packets must be a power of two, 2..32768');
    }
    this.#mask = packets - 1;
    this.#maxAgeUs = options.maxAgeUs ?? 3_000_000;
    this.#maxSlabs = Math.max(2, Math.floor((options.bytes ?? 4_194_304) / SLAB_BYTES));
    this.#numbers = new Float64Array(packets).fill(-1);
    this.#storedUs = new Float64Array(packets);
    this.#slabOf = new Uint16Array(packets);
    this.#generationOf = new Float64Array(packets);
    this.#offsets = new Uint32Array(packets);
    this.#lengths = new Uint16Array(packets);
  }

  /** Bytes of memory held now. */
  get allocatedBytes(): number {
    return this.#slabs.length * SLAB_BYTES;
  }

  /**
   * Copies `packet` in under its extended number. Nothing happens, and false is returned, if that number is there
   * already, is older than the ring is long, or the packet is larger than 65,535 bytes.
   */
  store(extended: number, packet: Buffer, nowUs: number): boolean {
    const { length } = packet;
    if (length > 0xffff || extended <= this.#highest - this.#mask - 1) return false;
    const entry = extended & this.#mask;
    if (this.#numbers[entry] === extended) return false;
    if (this.#slab < 0 || this.#used + length > SLAB_BYTES) this.#nextSlab(nowUs);
    const slab = this.#slabs[this.#slab]!;
    slab.set(packet, this.#used);
    this.#numbers[entry] = extended;
    this.#storedUs[entry] = nowUs;
    this.#slabOf[entry] = this.#slab;
    this.#generationOf[entry] = this.#generations[this.#slab]!;
    this.#offsets[entry] = this.#used;
    this.#lengths[entry] = length;
    this.#used += length;
    this.#lastWriteUs[this.#slab] = nowUs;
    if (extended > this.#highest) this.#highest = extended;
    return true;
  }

  /**
   * The packet of this extended number, or undefined if it never came or is gone. A view, borrowed from the ring: valid
   * until the next `store`, and not to be written.
   */
  get(extended: number, nowUs: number): Buffer | undefined {
    const entry = extended & this.#mask;
    if (this.#numbers[entry] !== extended || nowUs - this.#storedUs[entry]! > this.#maxAgeUs)
      return undefined;
    const slab = this.#slabOf[entry]!;
    if (this.#generationOf[entry] !== this.#generations[slab]) return undefined;
    const offset = this.#offsets[entry]!;
    return this.#slabs[slab]!.subarray(offset, offset + this.#lengths[entry]!);
  }

  /** Like `get`, by the 16-bit number as it is in a NACK. */
  getBySequenceNumber(sequenceNumber: number, nowUs: number): Buffer | undefined {
    if (this.#highest < 0) return undefined;
    return this.get(this.#highest + diff16(sequenceNumber, this.#highest & 0xffff), nowUs);
  }

  /** Forgets every packet, keeps the memory; for a restart of the sender's numbering, or a pause. */
  clear(): void {
    this.#numbers.fill(-1);
    this.#highest = -1;
  }

  /** Goes on to the oldest slab if all in it is too old to be found, else to a new one while there may be one. */
  #nextSlab(nowUs: number): void {
    const oldest = this.#slab < 0 ? -1 : this.#following[this.#slab]!;
    const outdated = oldest >= 0 && nowUs - this.#lastWriteUs[oldest]! > this.#maxAgeUs;
    if (oldest >= 0 && (outdated || this.#slabs.length >= this.#maxSlabs)) {
      this.#slab = oldest;
      this.#generations[oldest]! += 1;
    } else {
      const added = this.#slabs.length;
      this.#slabs.push(Buffer.allocUnsafeSlow(SLAB_BYTES));
      this.#generations.push(1);
      this.#lastWriteUs.push(nowUs);
      this.#following.push(oldest < 0 ? added : oldest);
      if (this.#slab >= 0) this.#following[this.#slab] = added;
      this.#slab = added;
    }
    this.#used = 0;
  }
}
