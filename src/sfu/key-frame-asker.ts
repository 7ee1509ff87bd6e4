/** Asks a producer for the key frames that one subscription needs, as often as it may. */
import type { Forwarder } from './forward/forwarder.ts';
import type { Producer } from './producer.ts';
import { KeyFrameBudget } from './stream/key-frame-budget.ts';
import type { TransportState } from './transport-state.ts';

export class KeyFrameAsker {
  /** Requests of the subscriber's own. */
  requests = 0;

  readonly #transport: TransportState;
  readonly #producer: Producer;
  readonly #budget = new KeyFrameBudget();

  /** `transport` is the subscriber's. */
  constructor(transport: TransportState, producer: Producer) {
    this.#transport = transport;
    this.#producer = producer;
  }

  /** The subscriber lost its picture, or has none yet. */
  subscriberAsks(video: Forwarder, nowUs: number): void {
    this.requests += 1;
    const needed = video.keyFrameNeededFrom();
    const index = needed >= 0 ? needed : video.currentEncoding;
    const encoding = this.#producer.encodings[index];
    if (encoding === undefined || encoding.keyFrames.waiting) return;
    if (this.#budget.take(nowUs)) this.#request(index, nowUs);
    else this.#transport.environment.drops.keyFrameOverBudget += 1;
  }

  /** Forwarding may wait for one; what is on order is not ordered again. */
  askIfNeeded(video: Forwarder, nowUs: number): void {
    const needed = video.keyFrameNeededFrom();
    if (needed >= 0 && !this.#producer.encodings[needed]!.keyFrames.waiting) this.#request(needed, nowUs);
  }

  #request(index: number, nowUs: number): void {
    const encoding = this.#producer.encodings[index]!;
    encoding.keyFrames.request(nowUs);
    this.#producer.transport.consider(encoding);
  }
}
