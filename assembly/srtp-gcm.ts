/**
 * AES-GCM but for the block cipher: counter blocks, XOR and GHASH, in AssemblyScript. `scripts/build-wasm.ts` compiles
 * it to src/crypto/srtp-gcm.wasm.ts; a test holds both together.
 *
 * GHASH multiplies by table look-up in registers. A block X times a power P of the hash key is the sum over its bytes
 * of byte j times P, j bytes further right. A byte is two nibbles; nibble n times P has 17 bytes, and byte k of all 16
 * such products is one vector, so one swizzle of it by the 16 nibbles of X gives byte k for all j at once. The vectors
 * of four blocks (times P = H^4, H^3, H^2, H) are summed before they are shifted into place and reduced.
 *
 * Constant time: no branch and no address depends on a key, a key stream, a tag or a plaintext; swizzles are single
 * instructions (PSHUFB, TBL). Relaxed ones give the same everywhere for indices below 16, all there are here.
 *
 * A lane is the memory of one stream, LANE_BYTES at a multiple of 64:
 *
 *     0     IV of the stream (16): session salt XOR SSRC, the packet index still 0, counter 0
 *     16    H, the block cipher's output for a zero block (16)
 *     64    table: byte k (0..16), power H^4..H^1, high or low nibble, 16 products
 *     2240  key stream of the next packets: per packet the mask of the tag (16), then that of the payload
 *
 * @see NIST SP 800-38D §6, §7; RFC 7714 §8
 */

const BLOCK: usize = 16;
const TABLE: usize = 64;
/** From byte k to byte k + 1 of the table: four powers of two nibbles. */
const TABLE_STEP: usize = 128;
const PRODUCT_BYTES: usize = 17;

export const KEY_STREAM: usize = 2240;
export const LANE_BLOCKS: usize = 768;
export const LANE_BYTES: usize = 2240 + 768 * 16;
/** The counter blocks that `makeCounters` leaves, and as many bytes as the key stream of a lane. */
export const COUNTERS: usize = 0x1000;
/** One packet of at most PACKET_BYTES, its tag included, and what the last vector goes beyond. */
export const PACKET: usize = 0x5000;
export const PACKET_BYTES: usize = 2048;
/** What is hashed: zeros to fill a first group of four, padded header, padded payload, lengths. */
const HASHED: usize = 0x6000;
const ZEROS: usize = 3 * BLOCK;
/** x^128 times each high and each low nibble of a byte: first byte of both, then second. */
const REDUCTION: usize = 0x8000;
/** The lanes begin here. */
export const LANES: usize = 0x1_0000;

for (let nibble: usize = 0; nibble < 16; nibble += 1) {
  for (let half: usize = 0; half < 2; half += 1) {
    const byte = (<u32>(half === 0 ? nibble << 4 : nibble)) << 8;
    // x^128 = 1 + x + x^2 + x^7; the first bit of a byte is its lowest coefficient.
    const product = byte ^ (byte >> 1) ^ (byte >> 2) ^ (byte >> 7);
    store<u8>(REDUCTION + half * BLOCK + nibble, product >> 8);
    store<u8>(REDUCTION + half * BLOCK + nibble + 32, product);
  }
}

function highNibbles(bytes: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(15));
}

function lowNibbles(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15));
}

/** The 16 bytes before `right`, the last of `left` first: multiplication by x^8. */
function oneByteOn(left: v128, right: v128): v128 {
  return v128.shuffle<u8>(left, right, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

function products(table: usize, high: v128, low: v128): v128 {
  return v128.xor(
    i8x16.relaxed_swizzle(v128.load(table), high),
    i8x16.relaxed_swizzle(v128.load(table, 16), low),
  );
}

/** Bytes 16..31 of a product, brought down to bytes 0..15. */
function reduced(over: v128): v128 {
  const zero = i64x2.splat(0);
  const high = highNibbles(over);
  const low = lowNibbles(over);
  const second = products(REDUCTION + 32, high, low);
  // The last second byte is over again, in the first place; what it gives is not.
  const again = oneByteOn(second, zero);
  const highAgain = highNibbles(again);
  const lowAgain = lowNibbles(again);
  return v128.xor(
    v128.xor(products(REDUCTION, high, low), oneByteOn(zero, second)),
    v128.xor(
      products(REDUCTION, highAgain, lowAgain),
      oneByteOn(zero, products(REDUCTION + 32, highAgain, lowAgain)),
    ),
  );
}

/** GHASH of a multiple of four blocks. */
function hash(table: usize, from: usize, end: usize): v128 {
  const zero = i64x2.splat(0);
  let digest = zero;
  for (let at = from; at < end; at += 4 * BLOCK) {
    const first = v128.xor(v128.load(at), digest);
    const second = v128.load(at, 16);
    const third = v128.load(at, 32);
    const fourth = v128.load(at, 48);
    const high1 = highNibbles(first);
    const low1 = lowNibbles(first);
    const high2 = highNibbles(second);
    const low2 = lowNibbles(second);
    const high3 = highNibbles(third);
    const low3 = lowNibbles(third);
    const high4 = highNibbles(fourth);
    const low4 = lowNibbles(fourth);
    let sum = zero;
    let over = zero;
    for (let step = table + (PRODUCT_BYTES - 1) * TABLE_STEP; step >= table; step -= TABLE_STEP) {
      over = oneByteOn(sum, over);
      sum = v128.xor(
        oneByteOn(zero, sum),
        v128.xor(
          v128.xor(products(step, high1, low1), products(step + 32, high2, low2)),
          v128.xor(products(step + 64, high3, low3), products(step + 96, high4, low4)),
        ),
      );
    }
    digest = v128.xor(sum, reduced(over));
  }
  return digest;
}

/** Byte `index` of a product whose first 8 bytes are `a`, then `b`, then the first of `c`. */
function byteOf(a: u64, b: u64, c: u64, index: usize): u8 {
  const word = index < 8 ? a : index < 16 ? b : c;
  return <u8>(word >> (56 - 8 * <u64>(index & 7)));
}

/** Fills the table of a lane from its H; a few times 10 µs. */
export function makeTable(lane: usize): void {
  const table = lane + TABLE;
  const h0 = bswap<u64>(load<u64>(lane, 16));
  const h1 = bswap<u64>(load<u64>(lane, 24));
  let power0 = h0;
  let power1 = h1;
  memory.fill(table, 0, PRODUCT_BYTES * TABLE_STEP);
  for (let offset: isize = 96; offset >= 0; offset -= 32) {
    let a = power0;
    let b = power1;
    let c: u64 = 0;
    // The power times x^bit, added to the products of all nibbles that have the bit.
    for (let bit: usize = 0; bit < 8; bit += 1) {
      const half = table + offset + (bit & 4) * 4;
      for (let nibble: usize = 0; nibble < 16; nibble += 1) {
        if ((nibble & (8 >> (bit & 3))) === 0) continue;
        for (let index: usize = 0; index < PRODUCT_BYTES; index += 1) {
          const at = half + index * TABLE_STEP + nibble;
          store<u8>(at, load<u8>(at) ^ byteOf(a, b, c, index));
        }
      }
      c = (c >> 1) | (b << 63);
      b = (b >> 1) | (a << 63);
      a >>= 1;
    }
    // The next power, bit by bit with masks.
    let next0: u64 = 0;
    let next1: u64 = 0;
    let v0 = h0;
    let v1 = h1;
    for (let bit: u64 = 0; bit < 128; bit += 1) {
      const mask = 0 - (((bit < 64 ? power0 : power1) >> (63 - (bit & 63))) & 1);
      next0 ^= v0 & mask;
      next1 ^= v1 & mask;
      const carry = (0 - (v1 & 1)) & 0xe100_0000_0000_0000;
      v1 = (v1 >> 1) | (v0 << 63);
      v0 = (v0 >> 1) ^ carry;
    }
    power0 = next0;
    power1 = next1;
  }
}

/**
 * Counter blocks 1..`blocks` of `packets` packets, from packet index `high` * 2^32 + `low` on, to COUNTERS.
 *
 *     IV (16):  00 00 | SSRC (4) | packet index (6)   XOR session salt (12)   | counter (4)
 */
export function makeCounters(lane: usize, high: u32, low: u32, packets: u32, blocks: u32): void {
  const iv = v128.load(lane);
  const first = ((<u64>high) << 32) | <u64>low;
  let at = COUNTERS;
  for (let packet: u32 = 0; packet < packets; packet += 1) {
    v128.store(COUNTERS - BLOCK, iv);
    store<u64>(COUNTERS - 12, load<u64>(COUNTERS - 12) ^ bswap<u64>(first + packet));
    const block = v128.load(COUNTERS - BLOCK);
    for (let counter: u32 = 1; counter <= blocks; counter += 1) {
      v128.store(at, i32x4.replace_lane(block, 3, bswap<u32>(counter)));
      at += BLOCK;
    }
  }
}

/** Where the payload is hashed, after the header, which is copied. */
function hashedPayload(headerLength: usize): usize {
  const header = HASHED + ZEROS;
  const payload = header + ((headerLength + 15) & ~15);
  for (let offset: usize = 0; offset < headerLength; offset += BLOCK) {
    v128.store(header + offset, v128.load(PACKET + offset));
  }
  // Padding: a header has at least 12 bytes.
  const padding = header + headerLength;
  v128.store(padding, i64x2.splat(0));
  return payload;
}

/** The tag of what lies at HASHED. */
function tag(lane: usize, keyStream: usize, payload: usize, headerLength: usize, length: usize): v128 {
  v128.store(payload + length, i64x2.splat(0));
  const lengths = payload + ((length + 15) & ~15);
  store<u64>(lengths, bswap<u64>((<u64>headerLength) << 3));
  store<u64>(lengths, bswap<u64>((<u64>length) << 3), 8);
  const end = lengths + BLOCK;
  // Zero blocks in front change nothing.
  const from = HASHED + ((end - HASHED) & 63);
  return v128.xor(hash(lane + TABLE, from, end), v128.load(keyStream));
}

/**
 * Encrypts the packet of `length` bytes at PACKET, its header left in clear, and writes its tag behind it.
 * @param keyStream of this very packet, long enough for its payload
 */
export function seal(lane: usize, keyStream: usize, headerLength: usize, length: usize): void {
  const hashed = hashedPayload(headerLength);
  const payload = PACKET + headerLength;
  const payloadLength = length - headerLength;
  for (let offset: usize = 0; offset < payloadLength; offset += BLOCK) {
    const sealed = v128.xor(v128.load(payload + offset), v128.load(keyStream + BLOCK + offset));
    v128.store(payload + offset, sealed);
    v128.store(hashed + offset, sealed);
  }
  v128.store(PACKET + length, tag(lane, keyStream, hashed, headerLength, payloadLength));
}

/** Decrypts the packet at PACKET, whose `length` is without the tag behind it, if the tag is right; else returns 0. */
export function open(lane: usize, keyStream: usize, headerLength: usize, length: usize): bool {
  const hashed = hashedPayload(headerLength);
  const payload = PACKET + headerLength;
  const payloadLength = length - headerLength;
  for (let offset: usize = 0; offset < payloadLength; offset += BLOCK) {
    v128.store(hashed + offset, v128.load(payload + offset));
  }
  const expected = tag(lane, keyStream, hashed, headerLength, payloadLength);
  if (v128.any_true(v128.xor(expected, v128.load(PACKET + length)))) return false;
  for (let offset: usize = 0; offset < payloadLength; offset += BLOCK) {
    v128.store(payload + offset, v128.xor(v128.load(hashed + offset), v128.load(keyStream + BLOCK + offset)));
  }
  return true;
}
