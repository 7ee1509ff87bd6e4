/** Runs a scenario once against a peer. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { BenchTest } from '../bench-test.ts';
import { callPage } from './bench-page-call.ts';
import type { Peer } from './peer.ts';
import type { RunRecord } from './run-record.ts';
import type { Scenario } from './scenario.ts';
import { firstFrameMs, Stage, subscriberLeg } from './stage.ts';

/** A call without a picture after this long is measured all the same, as one without a picture. */
const FIRST_FRAME_WITHIN_MS = 30_000;

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  /** In place of the scenario's. */
  readonly warmUpSeconds?: number | undefined;
  readonly joins?: number | undefined;
}

export async function runScenario(peer: Peer, scenario: Scenario, options: RunOptions): Promise<RunRecord> {
  const test = new BenchTest();
  try {
    const stage = await Stage.open(test, peer, scenario, options.seed);
    const publisher = await stage.openPage('publisher');
    const subscribers: Page[] = [];
    for (let index = 0; index < scenario.subscribers; index += 1) {
      subscribers.push(await stage.openPage(subscriberLeg(index)));
    }
    stage.sample();
    const { media, warmUpSeconds } = scenario;
    await stage.call.publish(publisher, media);
    const firstFramesMs = await Promise.all(subscribers.map((page) => join(stage, page, scenario)));
    if (scenario.joins !== undefined) {
      firstFramesMs.length = 0;
      for (let count = 0; count < (options.joins ?? scenario.joins); count += 1) {
        await stage.loadPage(subscribers[0]!);
        firstFramesMs.push(await join(stage, subscribers[0]!, scenario));
      }
    } else await pause((options.warmUpSeconds ?? warmUpSeconds) * 1000);
    const startMs = Date.now();
    for (const { atSeconds, leg, ...change } of scenario.changes) {
      const legs = leg === 'publisher' ? [leg] : subscribers.map((_, index) => subscriberLeg(index));
      for (const name of legs) await stage.changeIn(name, atSeconds * 1000, change);
    }
    if (scenario.joins === undefined) await pause(options.seconds * 1000);
    const endMs = Date.now();
    // What was drawn before the end may still be on its way to the screen.
    await pause(1500);
    await stage.stop();
    return {
      seed: options.seed,
      startMs,
      endMs,
      firstFramesMs,
      publisher: await callPage(publisher, 'log'),
      subscribers: await Promise.all(subscribers.map((page) => callPage(page, 'log'))),
      seconds: stage.seconds,
    };
  } finally {
    await test.end();
  }
}

/** Resolves to the milliseconds to the first frame. */
async function join(stage: Stage, page: Page, { media }: Scenario): Promise<number | undefined> {
  const calledMs = Date.now();
  await stage.call.subscribe(page, media);
  const seenMs = await firstFrameMs(page, FIRST_FRAME_WITHIN_MS);
  return seenMs === undefined ? undefined : seenMs - calledMs;
}
