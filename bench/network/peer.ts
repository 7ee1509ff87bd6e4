/** What is measured: an implementation that carries one publisher's picture and sound to subscribers. */
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import type { MediaPlan } from './page-calls.ts';

export interface Peer {
  readonly name: string;
  /** A module for its pages, relative to the installation, that calls `openBenchPage`. */
  readonly pageModule: string;
  /** A publisher and its subscribers share one leg, with the delay of both: there is no server between them. */
  readonly isDirect?: boolean;
  /** Resolves to why it cannot run here; undefined when it can. */
  absence(): Promise<string | undefined>;
  /** Starts its server, if it has one; ends with the test. */
  start(test: Test): Promise<Call>;
}

/** One call on a running server. Pages have `bench` (BenchPage) already, and lie behind their leg of the relay. */
export interface Call {
  /** Where pages are loaded from: an origin, with a path that has an empty document. */
  readonly pageUrl: string;
  /** Of the server's process; undefined: there is none. */
  readonly serverPid: number | undefined;
  /** Resolves when the page sends. */
  publish(page: Page, media: MediaPlan): Promise<void>;
  /** Lets the page receive what is published. May be called again, with a page loaded anew. */
  subscribe(page: Page, media: MediaPlan): Promise<void>;
  /** What the server says of itself, as flat numbers. */
  metrics(): Promise<Readonly<Record<string, number>>>;
}
