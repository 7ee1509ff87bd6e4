/** What every peer's page has in common: sources, eyes and ears, and the log. A peer adds how it sends and receives. */
import { WatchedPeerConnection } from '../../../test/browser/watched-peer-connection.ts';
import type { BenchPage, MediaPlan, PageLog, StatsRecord } from '../page-calls.ts';
import { Ear } from './ear.ts';
import { Eye } from './eye.ts';
import { timedSources } from './source.ts';
import { recordStats } from './stats-record.ts';

const STATS_EVERY_MS = 1000;

export interface Sources {
  readonly picture: MediaStreamTrack;
  readonly sound: MediaStreamTrack;
}

/** How a peer is used in a page. `args` are what its part in the rig (a `Call`) passed. */
export interface PagePeer {
  publish(sources: Sources, media: MediaPlan, args: unknown): Promise<unknown>;
  /** Calls `attend` with each remote track, as often as it likes for the same one. */
  receive(attend: (track: MediaStreamTrack) => void, media: MediaPlan, args: unknown): Promise<unknown>;
  readonly calls?: Readonly<Record<string, (args: unknown) => unknown>>;
}

class Page implements BenchPage {
  readonly #peer: PagePeer;
  readonly #eyes = new Map<MediaStreamTrack, Eye>();
  readonly #ears = new Map<MediaStreamTrack, Ear>();
  readonly #stats: StatsRecord[] = [];

  constructor(peer: PagePeer) {
    this.#peer = peer;
    setInterval(() => {
      void recordStats().then((record) => this.#stats.push(record));
    }, STATS_EVERY_MS);
  }

  publish(media: MediaPlan, args: unknown): Promise<unknown> {
    return this.#peer.publish(timedSources(media), media, args);
  }

  receive(media: MediaPlan, args: unknown): Promise<unknown> {
    return this.#peer.receive((track) => this.#attend(track), media, args);
  }

  async call(name: string, args: unknown): Promise<unknown> {
    return this.#peer.calls?.[name]?.(args);
  }

  firstFramesMs(): number[] {
    return [...this.#eyes.values()].flatMap(({ frames }) => {
      const first = frames.find(([, drawnMs]) => drawnMs !== 0);
      return first === undefined ? [] : [first[0]];
    });
  }

  log(): PageLog {
    return {
      stats: this.#stats,
      pictures: [...this.#eyes.values()].map(({ frames }) => frames),
      sounds: [...this.#ears.values()].map(({ heard }) => heard),
    };
  }

  #attend(track: MediaStreamTrack): void {
    if (track.kind === 'video' && !this.#eyes.has(track)) this.#eyes.set(track, new Eye(track));
    if (track.kind === 'audio' && !this.#ears.has(track)) this.#ears.set(track, new Ear(track));
  }
}

/** Makes `bench` of this page; the peer's module calls it once. */
export function openBenchPage(peer: PagePeer): void {
  Object.assign(globalThis, { RTCPeerConnection: WatchedPeerConnection, bench: new Page(peer) });
}
