import { type Rate, TokenBucket } from './token-bucket.ts';

export interface AddressLimitOptions {
  /** WebSockets open at once from one address. A clinic behind one router counts as one address. */
  readonly maxConnections: number;
  /** Joins, resumes, redeemed invites and tickets. */
  readonly joins: Rate;
}

interface AddressState {
  connections: number;
  readonly joins: TokenBucket;
}

/** More addresses than this are not told apart; new ones are refused until old ones have calmed down. */
const maxAddresses = 50_000;

/** What one network address may do. IPv6 counts by /64, as one customer is given at least that (RFC 6177). */
export class AddressLimits {
  readonly #options: AddressLimitOptions;
  readonly #states = new Map<string, AddressState>();

  constructor(options: AddressLimitOptions) {
    this.#options = options;
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.#states.size;
  }

  /** Whether one more connection is allowed. */
  mayConnect(address: string, nowUs: number): boolean {
    const state = this.#state(address, nowUs);
    return state !== undefined && state.connections < this.#options.maxConnections;
  }

  /** Counts a connection in. What was counted in must be counted out. */
  connect(address: string, nowUs: number): void {
    const state = this.#state(address, nowUs);
    if (state !== undefined) state.connections += 1;
  }

  disconnect(address: string, nowUs: number): void {
    const key = addressKey(address);
    const state = this.#states.get(key);
    if (state === undefined) return;
    state.connections = Math.max(0, state.connections - 1);
    if (state.connections === 0 && state.joins.isFull(nowUs)) this.#states.delete(key);
  }

  /** Counts an attempt to enter; false if there were too many. */
  enter(address: string, nowUs: number): boolean {
    return this.#state(address, nowUs)?.joins.take(nowUs) ?? false;
  }

  #state(address: string, nowUs: number): AddressState | undefined {
    const key = addressKey(address);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= maxAddresses) this.#prune(nowUs);
    if (this.#states.size >= maxAddresses) return undefined;
    const state = { connections: 0, joins: new TokenBucket(this.#options.joins, nowUs) };
    this.#states.set(key, state);
    return state;
  }

  #prune(nowUs: number): void {
    for (const [key, { connections, joins }] of this.#states) {
      if (connections === 0 && joins.isFull(nowUs)) this.#states.delete(key);
    }
  }
}

/** The part of an address that tells customers apart: IPv4 whole, IPv6 its first four groups. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  return `${groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
