import { blockOf } from './ip-address.ts';

export interface AddressLimiterOptions {
  /** Tokens that come back per second, > 0. */
  readonly perSecond: number;
  /** Tokens of an address that was quiet, >= 1. */
  readonly burst: number;
  /** Addresses remembered; beyond it the one unheard for longest is forgotten, which gives it a full bucket. */
  readonly maxAddresses: number;
}

interface Bucket {
  tokens: number;
  refilledUs: number;
}

/**
 * One token bucket per source (an IPv4 address or an IPv6 /64), for work done before anybody is authenticated.
 * Memory is bounded by `maxAddresses`; an attacker with more addresses than that is not slowed by it, only by how
 * little an unauthenticated packet costs.
 */
export class AddressLimiter {
  readonly #perUs: number;
  readonly #burst: number;
  readonly #maxAddresses: number;
  /** In order of last use: a Map iterates as inserted, and each use inserts anew. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: AddressLimiterOptions) {
    this.#perUs = options.perSecond / 1_000_000;
    this.#burst = options.burst;
    this.#maxAddresses = options.maxAddresses;
  }

  /** Takes one token of `address` (textual, with or without zone). False: there is none, drop the packet. */
  take(address: string, nowUs: number): boolean {
    const block = blockOf(address);
    let bucket = this.#buckets.get(block);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#maxAddresses) {
        for (const oldest of this.#buckets.keys()) {
          this.#buckets.delete(oldest);
          break;
        }
      }
      bucket = { tokens: this.#burst, refilledUs: nowUs };
    } else {
      this.#buckets.delete(block);
      const refill = Math.max(0, nowUs - bucket.refilledUs) * this.#perUs;
      bucket.tokens = Math.min(this.#burst, bucket.tokens + refill);
      bucket.refilledUs = nowUs;
    }
    this.#buckets.set(block, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.#buckets.size;
  }
}
