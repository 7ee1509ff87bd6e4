/**
 * One load: a publisher, an SFU and its subscribers, each in a process of its own, over loopback sockets. Both SFUs get
 * the same publisher and subscribers; the SFU's CPU time is read before and after a counted burst of packets.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../../child.ts';
import type { PublisherCalls, Received, SfuCalls, SubscribersCalls } from './calls.ts';

export interface Load {
  /** `bare`: the floor, see bare-sfu.ts. */
  readonly sfu: 'visavis' | 'werift' | 'bare';
  readonly subscribers: number;
  readonly packetsPerSecond: number;
  /** 1: evenly, as far as timers can. */
  readonly burstIntervalMs: number;
  /** Sent before the clock starts, so that the code is compiled as in a server that has run for a while. */
  readonly warmUpPackets: number;
  readonly warmUpPacketsPerSecond: number;
  readonly packets: number;
}

export interface LoadResult {
  /**
   * User and system time of the SFU's process per packet received, all it did in the meantime included, less what it
   * does without media.
   */
  readonly usPerReceived: number;
  /** Of the packets expected at the subscribers. Not 0: the figures are of no use. */
  readonly missing: number;
  /** CPU µs per second of the SFU with everybody connected and no media. */
  readonly idleUsPerSecond: number;
  /** 1: the SFU kept a whole core busy. */
  readonly utilization: number;
}

const PROFILE = 'AEAD_AES_128_GCM';
/** What our media worker sets for itself (media-worker-thread-handle.ts), so that both sides have the same. */
const V8_FLAGS = ['--no-concurrent-array-buffer-sweeping', '--max-semi-space-size=1'];
const SETTLE_MS = 300;
const IDLE_MS = 1000;

const here = (file: string): string => join(import.meta.dirname, file);

/** What had come when nothing more came for a while: a starved SFU works off its queue. */
async function quiet(subscribers: Child<SubscribersCalls>): Promise<Received> {
  let before = await subscribers.ask('received');
  for (;;) {
    await pause(SETTLE_MS);
    const now = await subscribers.ask('received');
    if (now.packets === before.packets) return now;
    before = now;
  }
}

export async function runLoad(load: Load): Promise<LoadResult> {
  const sfu = new Child<SfuCalls>(here(`${load.sfu}-sfu.ts`), load.sfu === 'visavis' ? [] : V8_FLAGS);
  const publisher = new Child<PublisherCalls>(here('publisher.ts'));
  const subscribers = new Child<SubscribersCalls>(here('subscribers.ts'));
  try {
    const profile = await publisher.ask(
      'connect',
      await sfu.ask('connect', 'publisher', await publisher.ask('open')),
    );
    const remotes = [];
    for (const endpoint of await subscribers.ask('open', load.subscribers)) {
      remotes.push(await sfu.ask('connect', 'subscriber', endpoint));
    }
    for (const each of [profile, ...(await subscribers.ask('connect', remotes))]) {
      if (each !== PROFILE) throw new Error(`${load.sfu} agreed on ${each}, not on ${PROFILE}`);
    }
    await publisher.ask('send', load.warmUpPackets, load.warmUpPacketsPerSecond, load.burstIntervalMs);
    await quiet(subscribers);
    const idleBefore = await sfu.ask('cpuUs');
    await pause(IDLE_MS);
    const idleUs = (await sfu.ask('cpuUs')) - idleBefore;
    const receivedBefore = await subscribers.ask('received');
    const startMs = performance.now();
    const before = await sfu.ask('cpuUs');
    await publisher.ask('send', load.packets, load.packetsPerSecond, load.burstIntervalMs);
    const wallUs = (performance.now() - startMs) * 1000;
    const received = await quiet(subscribers);
    const after = await sfu.ask('cpuUs');
    const idleMeanwhileUs = (idleUs * (performance.now() - startMs)) / IDLE_MS;
    if (received.notAuthentic > 0) throw new Error(`${received.notAuthentic} packets were not authentic`);
    return {
      usPerReceived: (after - before - idleMeanwhileUs) / load.packets,
      missing: load.packets * load.subscribers - (received.packets - receivedBefore.packets),
      idleUsPerSecond: (idleUs * 1000) / IDLE_MS,
      utilization: (after - before) / wallUs,
    };
  } finally {
    await Promise.all([publisher.end(), subscribers.end(), sfu.end()]);
  }
}
