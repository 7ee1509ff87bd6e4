/** The machinery of one run: server, relay, and a browser of its own for each page. */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchBrowser, pageScript } from '../../test/helpers/consultation-browser.ts';
import type { Conditions } from '../../test/helpers/netem.ts';
import type { BenchTest } from '../bench-test.ts';
import { Child } from '../child.ts';
import { callPage } from './bench-page-call.ts';
import { processCpuSeconds, readMachine } from './machine.ts';
import type { Call, Peer } from './peer.ts';
import type { LegChange, RelayCalls } from './relay-calls.ts';
import type { SecondRecord } from './run-record.ts';
import type { Scenario } from './scenario.ts';

const RELAY = fileURLToPath(new URL('./relay.ts', import.meta.url));
const SAMPLE_EVERY_MS = 1000;
const LOOK_EVERY_MS = 20;

export class Stage {
  readonly call: Call;
  readonly seconds: SecondRecord[] = [];
  readonly #test: BenchTest;
  readonly #relay: Child<RelayCalls>;
  readonly #pageModule: string;
  #sampling = true;
  #sampled: Promise<void> = Promise.resolve();

  static async open(test: BenchTest, peer: Peer, scenario: Scenario, seed: number): Promise<Stage> {
    const relay = new Child<RelayCalls>(RELAY);
    test.teardown(() => relay.end());
    const names = [
      'publisher',
      ...Array.from({ length: scenario.subscribers }, (_, index) => subscriberLeg(index)),
    ];
    for (const [index, name] of names.entries()) {
      const leg = conditionsOf(peer, scenario, index === 0 ? 'publisher' : 'subscriber');
      await relay.ask('addLeg', name, { ...leg, seed: seed * 100 + index });
    }
    const stage = new Stage(test, relay, peer.pageModule, await peer.start(test.t));
    // Also of a run that fails, before what it asks is gone.
    test.teardown(() => stage.stop());
    return stage;
  }

  private constructor(test: BenchTest, relay: Child<RelayCalls>, pageModule: string, call: Call) {
    this.#test = test;
    this.#relay = relay;
    this.#pageModule = pageModule;
    this.call = call;
  }

  /** A page behind this leg, in a browser of its own. */
  async openPage(leg: string): Promise<Page> {
    const browser = await launchBrowser(this.#test.t);
    const context = await browser.newContext({ bypassCSP: true });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.#test.comment(`${leg}: ${error.message}`));
    page.on('console', (message) => {
      const isTold = message.type() === 'error' || message.type() === 'warning';
      if (isTold && !message.location().url.endsWith('/favicon.ico')) {
        this.#test.comment(`${leg}: ${message.text()}`);
      }
    });
    // Only UDP can be impaired, so there is no other way; and the relay listens on IPv4 alone.
    await page.exposeBinding('relayPort', (_source, protocol: string, port: number, address: string) =>
      protocol === 'udp' && /^\d+(\.\d+){3}$/.test(address)
        ? this.#relay.ask('relayPort', leg, port, address)
        : undefined,
    );
    await this.loadPage(page);
    return page;
  }

  /** Also loads it anew. */
  async loadPage(page: Page): Promise<void> {
    await page.goto(this.call.pageUrl);
    await page.addScriptTag({ content: await pageScript(this.#pageModule) });
  }

  changeIn(leg: string, milliseconds: number, to: LegChange): Promise<void> {
    return this.#relay.ask('changeIn', leg, milliseconds, to);
  }

  /** Notes the state of everything outside of the pages once a second, until `stop`. */
  sample(): void {
    this.#sampled = this.#sample().catch((error: unknown) => this.#test.comment(`sampling ended: ${error}`));
  }

  /** Resolves when the last note is taken. */
  stop(): Promise<void> {
    this.#sampling = false;
    return this.#sampled;
  }

  async #sample(): Promise<void> {
    const { serverPid } = this.call;
    let before = readMachine();
    for (let dueMs = performance.now(); this.#sampling; dueMs += SAMPLE_EVERY_MS) {
      await pause(Math.max(0, dueMs + SAMPLE_EVERY_MS - performance.now()));
      const machine = readMachine();
      const all = Math.max(1, machine.all - before.all);
      this.seconds.push({
        atMs: Date.now(),
        busy: 1 - (machine.idle - before.idle) / all,
        stolen: (machine.stolen - before.stolen) / all,
        serverCpuSeconds: serverPid === undefined ? 0 : processCpuSeconds(serverPid),
        legs: await this.#relay.ask('count'),
        metrics: await this.call.metrics(),
      });
      before = machine;
    }
  }
}

export const subscriberLeg = (index: number): string => `subscriber${index}`;

/** Resolves to the wall-clock time of a page's first frame; undefined: none within `withinMs`. */
export async function firstFrameMs(page: Page, withinMs: number): Promise<number | undefined> {
  const deadlineMs = performance.now() + withinMs;
  while (performance.now() < deadlineMs) {
    const [first] = await callPage(page, 'firstFramesMs');
    if (first !== undefined) return first;
    await pause(LOOK_EVERY_MS);
  }
  return undefined;
}

/**
 * Without a server there is one leg, with the delay of both and the rest of the publisher's: less loss than a peer with
 * a server gets. Which page's candidates win does not matter: each leads through the whole of it.
 */
function conditionsOf(
  peer: Peer,
  { legs: { publisher, subscriber } }: Scenario,
  who: 'publisher' | 'subscriber',
): { up: Conditions; down: Conditions } {
  if (peer.isDirect !== true) return who === 'publisher' ? publisher : subscriber;
  const there = { ...publisher.up, delayUs: publisher.up.delayUs + subscriber.down.delayUs };
  const back = { ...publisher.down, delayUs: publisher.down.delayUs + subscriber.up.delayUs };
  return who === 'publisher' ? { up: there, down: back } : { up: back, down: there };
}
