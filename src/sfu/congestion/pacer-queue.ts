import type { PacketKind } from './packet-kind.ts';

/** As long as any packet a consumer makes: 1700 bytes of the publisher's, a longer header and the RTX number. */
const SLOT_BYTES = 2048;
/** Kinds of packets. */
const KINDS = 5;

/** A packet that waits, in its own copy. */
export interface QueuedPacket {
  readonly slot: Buffer;
  length: number;
  transportCcOffset: number;
  kind: PacketKind;
  mediaSsrc: number;
  mediaSequenceNumber: number;
  queuedUs: number;
  next: QueuedPacket | undefined;
}

/**
 * Buffers for waiting packets, shared by the pacers of a room. Keeps up to `keeps` free ones; how many are out at once
 * the queues bound.
 */
export class PacketPool {
  readonly #keeps: number;
  #free: QueuedPacket | undefined;
  #freeCount = 0;

  /** `keeps`: default 256, half a megabyte. */
  constructor(keeps = 256) {
    this.#keeps = keeps;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  /** A buffer to fill; its fields are those of whatever was in it. */
  take(): QueuedPacket {
    const packet = this.#free;
    if (packet !== undefined) {
      this.#free = packet.next;
      this.#freeCount -= 1;
      packet.next = undefined;
      return packet;
    }
    return {
      slot: Buffer.allocUnsafeSlow(SLOT_BYTES),
      length: 0,
      transportCcOffset: 0,
      kind: 0,
      mediaSsrc: 0,
      mediaSequenceNumber: 0,
      queuedUs: 0,
      next: undefined,
    };
  }

  give(packet: QueuedPacket): void {
    if (this.#freeCount >= this.#keeps) return;
    packet.next = this.#free;
    this.#free = packet;
    this.#freeCount += 1;
  }
}

/** The packets that wait for one subscriber: by kind, and within a kind in the order they came. */
export class PacketQueue {
  readonly #pool: PacketPool;
  readonly #heads: (QueuedPacket | undefined)[] = new Array(KINDS).fill(undefined);
  readonly #tails: (QueuedPacket | undefined)[] = new Array(KINDS).fill(undefined);
  count = 0;
  bytes = 0;

  constructor(pool: PacketPool) {
    this.#pool = pool;
  }

  /** Copies a packet in. Returns false if it is longer than a slot. */
  push(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
  ): boolean {
    if (packet.length > SLOT_BYTES) return false;
    const queued = this.#pool.take();
    packet.copy(queued.slot);
    queued.length = packet.length;
    queued.transportCcOffset = transportCcOffset;
    queued.kind = kind;
    queued.mediaSsrc = mediaSsrc;
    queued.mediaSequenceNumber = mediaSequenceNumber;
    queued.queuedUs = nowUs;
    const tail = this.#tails[kind];
    if (tail === undefined) this.#heads[kind] = queued;
    else tail.next = queued;
    this.#tails[kind] = queued;
    this.count += 1;
    this.bytes += packet.length;
    return true;
  }

  /** Takes out the next to go; give it back with `release` when it is sent. Undefined: none waits. */
  shift(): QueuedPacket | undefined {
    for (let kind = 0; kind < KINDS; kind += 1) {
      const head = this.#heads[kind];
      if (head === undefined) continue;
      this.#heads[kind] = head.next;
      if (head.next === undefined) this.#tails[kind] = undefined;
      head.next = undefined;
      this.count -= 1;
      this.bytes -= head.length;
      return head;
    }
    return undefined;
  }

  release(packet: QueuedPacket): void {
    this.#pool.give(packet);
  }

  /** When the packet that waits longest came, µs; Infinity: none waits. */
  get oldestUs(): number {
    let oldestUs = Number.POSITIVE_INFINITY;
    for (let kind = 0; kind < KINDS; kind += 1) {
      const head = this.#heads[kind];
      if (head !== undefined && head.queuedUs < oldestUs) oldestUs = head.queuedUs;
    }
    return oldestUs;
  }

  clear(): void {
    for (let packet = this.shift(); packet !== undefined; packet = this.shift()) this.release(packet);
  }
}
