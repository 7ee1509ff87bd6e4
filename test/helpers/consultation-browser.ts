/** People in a consultation: pages of a real Chromium, with the real SDK, on the real server. */
import { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';
import { build } from 'vite';
import { run } from '../../src/app/cli/run.ts';
import { inInstallation } from '../../src/app/installation.ts';
import type { Role, Source } from '../../src/signaling/protocol/common.ts';
import type { NetworkRelay } from './network-relay.ts';
import type { PersonView, PictureView, SoundView, Stage, StageCall, StageResult } from './stage-calls.ts';

const browserFlags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--autoplay-policy=no-user-gesture-required',
];

/** The ear's resolution: 48 kHz over 4096 points is 12 Hz. */
const HEARING_HERTZ = 20;

/** The server as the browser reaches it. */
export interface ReachableServer {
  readonly httpUrl: string;
  readonly dataDirectory: string;
}

/** One Chromium for all pages of a test file; ends with the test. */
export async function launchBrowser(t: Test): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: browserFlags,
  });
  t.teardown(() => browser.close());
  return browser;
}

const bundled = new Map<string, Promise<string>>();

/** test/browser/stage.ts with the SDK in it, as one script. */
export function stageScript(): Promise<string> {
  return pageScript('test/browser/stage.ts');
}

/** A module for pages with all that it imports, as one script. `entry` is relative to the installation. */
export function pageScript(entry: string): Promise<string> {
  const known = bundled.get(entry);
  if (known !== undefined) return known;
  const made = bundle(entry);
  bundled.set(entry, made);
  return made;
}

async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      lib: { entry: inInstallation(entry), formats: ['iife'], name: 'pageScript' },
    },
  });
  for (const { output } of [result].flat() as { output: { type: string; code?: string }[] }[]) {
    for (const file of output) if (file.code !== undefined) return file.code;
  }
  throw new Error(`${entry} was not bundled`);
}

/** A token as `visavis token` prints it. */
export async function makeToken(
  { dataDirectory }: ReachableServer,
  options: { readonly room: string; readonly role: Role; readonly name?: string },
): Promise<string> {
  let output = '';
  const collect = new Writable({
    write(chunk, _encoding, done) {
      output += chunk;
      done();
    },
  });
  const name = options.name === undefined ? [] : ['--name', options.name];
  const code = await run({
    args: ['token', '--room', options.room, '--role', options.role, '--grants', 'role', ...name],
    environment: { VISAVIS__DATA__DIRECTORY: dataDirectory },
    stdout: collect,
    stderr: collect,
  });
  if (code !== 0) throw new Error(`no token: ${output}`);
  return output.trim();
}

/** A page with the stage on it, in a context of its own, on the server's origin. */
export async function openPage(
  t: Test,
  browser: Browser,
  httpUrl: string,
  relay?: NetworkRelay,
): Promise<Page> {
  const context = await browser.newContext({ bypassCSP: true });
  t.teardown(() => context.close());
  const page = await context.newPage();
  page.on('pageerror', (error) => t.comment(`page: ${error.message}`));
  page.on('console', (message) => {
    const isTold = message.type() === 'error' || message.type() === 'warning';
    if (isTold && !message.location().url.endsWith('/favicon.ico')) t.comment(`page: ${message.text()}`);
  });
  await relay?.attach(page);
  await setStage(page, httpUrl);
  return page;
}

/** An empty document of the server's origin: the consultation page itself would open devices of its own. */
export async function setStage(page: Page, httpUrl: string): Promise<void> {
  await page.goto(`${httpUrl}/livez`);
  await page.addScriptTag({ content: await stageScript() });
}

/** One person: the page it sits at, and the questions a test asks. */
export class Person {
  readonly name: string;
  readonly page: Page;
  readonly #httpUrl: string;

  constructor(name: string, page: Page, httpUrl: string) {
    this.name = name;
    this.page = page;
    this.#httpUrl = httpUrl;
  }

  /** Calls the page's `stage`. */
  async do<Call extends StageCall>(call: Call, ...args: Parameters<Stage[Call]>): Promise<StageResult<Call>> {
    return this.page.evaluate(
      ([name, given]) => {
        const { stage } = globalThis as unknown as { stage: Record<string, (...a: unknown[]) => unknown> };
        return stage[name]?.(...given);
      },
      [call, args] as const,
    ) as Promise<StageResult<Call>>;
  }

  /**
   * Asks until the answer is as wanted, and returns it.
   *
   * @throws with the last answer when it was not within `withinMs`.
   */
  async until<Call extends StageCall>(
    call: Call,
    args: Parameters<Stage[Call]>,
    isWanted: (answer: StageResult<Call>) => boolean,
    withinMs = 15_000,
  ): Promise<StageResult<Call>> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const answer = await this.do(call, ...args);
      if (isWanted(answer)) return answer;
      if (performance.now() > deadlineMs) {
        throw new Error(
          `${this.name} waited ${withinMs} ms for ${call}(${args.join()}) where ${isWanted}: ${JSON.stringify(answer)}`,
        );
      }
      await pause(100);
    }
  }

  async join(token: string): Promise<string> {
    return this.do('join', { token, displayName: this.name });
  }

  /** The page is loaded again, everything in it is lost, and it comes back with the token it had kept. */
  async reload(): Promise<void> {
    await this.reloadWith(await this.do('rejoinToken'));
  }

  /** The page is loaded again and comes in with this token. */
  async reloadWith(token: string): Promise<void> {
    await setStage(this.page, this.#httpUrl);
    await this.join(token);
  }

  /** Waits until `other`'s picture is there as wanted. */
  async sees(
    other: string,
    isWanted: (picture: PictureView) => boolean,
    options: { readonly source?: Source; readonly withinMs?: number } = {},
  ): Promise<PictureView> {
    const { source = 'camera', withinMs } = options;
    const view = await this.until(
      'person',
      [other],
      (person) => {
        const picture = person?.pictures[source];
        return picture !== undefined && isWanted(picture);
      },
      withinMs,
    );
    return view!.pictures[source]!;
  }

  /** Waits until `other` is heard at this frequency. */
  async hears(other: string, hertz: number, withinMs?: number): Promise<SoundView> {
    const isHeard = (view: PersonView | undefined) =>
      Math.abs((view?.sound?.frequency ?? 0) - hertz) < HEARING_HERTZ;
    return (await this.until('person', [other], isHeard, withinMs))!.sound!;
  }
}

/** Opens a page and joins a room, by name. */
export async function enterRoom(
  t: Test,
  browser: Browser,
  server: ReachableServer,
  options: {
    readonly room: string;
    readonly name: string;
    readonly role?: Role;
    /** The network it is behind; else none. */
    readonly relay?: NetworkRelay;
  },
): Promise<Person> {
  const { room, name, role = 'client', relay } = options;
  const httpUrl = relay?.httpUrl ?? server.httpUrl;
  const [page, token] = await Promise.all([
    openPage(t, browser, httpUrl, relay),
    makeToken(server, { room, name, role }),
  ]);
  const person = new Person(name, page, httpUrl);
  await person.join(token);
  return person;
}
