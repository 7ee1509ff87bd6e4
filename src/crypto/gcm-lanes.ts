import { SRTP_GCM_WASM } from './srtp-gcm.wasm.ts';

/** What of the global is used; the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Constant {
  readonly value: number;
}

/** What assembly/srtp-gcm.ts exports; each function is described there. Addresses are of its memory. */
interface GcmExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly KEY_STREAM: Constant;
  readonly LANE_BLOCKS: Constant;
  readonly LANE_BYTES: Constant;
  readonly COUNTERS: Constant;
  readonly PACKET: Constant;
  readonly PACKET_BYTES: Constant;
  readonly LANES: Constant;
  makeTable(lane: number): void;
  makeCounters(lane: number, high: number, low: number, packets: number, blocks: number): void;
  seal(lane: number, keyStream: number, headerLength: number, length: number): void;
  open(lane: number, keyStream: number, headerLength: number, length: number): number;
}

const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(SRTP_GCM_WASM, 'base64')));
/** One per thread. */
export const gcm = instance.exports as GcmExports;

/** Where a lane's key stream begins, in bytes from its own beginning. */
export const KEY_STREAM = gcm.KEY_STREAM.value;
/** Blocks of key stream a lane holds. */
export const LANE_BLOCKS = gcm.LANE_BLOCKS.value;
export const COUNTERS = gcm.COUNTERS.value;
/** Where `seal` and `open` take a packet and leave it. */
export const PACKET = gcm.PACKET.value;
/** The longest packet there is room for, its tag included. */
export const PACKET_BYTES = gcm.PACKET_BYTES.value;
const LANE_BYTES = gcm.LANE_BYTES.value;
const LANES = gcm.LANES.value;
const PAGE_BYTES = 65_536;

/** 15 MB per thread; whoever finds none pays for a cipher per packet. */
export const MAX_LANES = 1024;
const LANES_PER_GROWTH = 32;
/** With so many, 4 MB, an idle one is looked for before another is made. */
const LANES_WITHOUT_SEARCH = 256;
/** Lanes looked at for one that is idle, per request. */
const PROBES = 16;

/** Whoever may hold a lane. */
export interface LaneHolder {
  /** Set by the holder when it uses its lane, cleared by the passing search for idle ones. */
  recentlyUsed: boolean;
  /** The lane is somebody else's from now on. */
  loseLane(): void;
}

let memory = Buffer.from(gcm.memory.buffer);
const holders: (LaneHolder | undefined)[] = [];
const free: number[] = [];
let hand = 0;

/** The memory of the instance, good until the next `takeLane`. */
export function gcmMemory(): Buffer {
  return memory;
}

/**
 * The address of a lane for `holder`: a free one, a new one, or, before there are too many, that of a holder that has
 * not used it since the search came by last (the clock algorithm; no time is known here). 0 when all lanes near the hand are in use.
 */
export function takeLane(holder: LaneHolder): number {
  const grows = holders.length < LANES_WITHOUT_SEARCH;
  const lane = free.pop() ?? (grows ? addLane() : (idleLane() ?? addLane()));
  if (lane === undefined) return 0;
  holders[lane] = holder;
  return LANES + lane * LANE_BYTES;
}

/** Takes back what `takeLane` gave, and wipes the keys in it. */
export function returnLane(address: number): void {
  memory.fill(0, address, address + LANE_BYTES);
  const lane = (address - LANES) / LANE_BYTES;
  holders[lane] = undefined;
  free.push(lane);
}

function addLane(): number | undefined {
  const lane = holders.length;
  if (lane === MAX_LANES) return undefined;
  if (LANES + (lane + 1) * LANE_BYTES > memory.length) {
    gcm.memory.grow(Math.ceil((LANES_PER_GROWTH * LANE_BYTES) / PAGE_BYTES));
    memory = Buffer.from(gcm.memory.buffer);
  }
  holders.push(undefined);
  return lane;
}

function idleLane(): number | undefined {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const lane = hand;
    hand = (hand + 1) % holders.length;
    const holder = holders[lane]!;
    if (!holder.recentlyUsed) {
      holder.loseLane();
      return lane;
    }
    holder.recentlyUsed = false;
  }
  return undefined;
}
