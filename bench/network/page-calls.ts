/** What the rig asks of a page (bench/network/page/), and what the page notes. Plain data. */

export type Codec = 'vp8' | 'vp9' | 'h264' | 'av1';

/** What a publisher sends. */
export interface MediaPlan {
  readonly codec: Codec;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** Of the encoder, all layers together. */
  readonly maxBitsPerSecond: number;
  /** Layers as the product chooses them, instead of one stream. */
  readonly simulcast: boolean;
}

/** One frame as presented: `[presentedMs, drawnMs, height]`, wall-clock; a drawnMs of 0: not readable. */
export type PresentedFrame = readonly [presentedMs: number, drawnMs: number, height: number];

/** Samples of a remote sound so far: `[atMs, total, concealed]`. */
export type HeardSamples = readonly [atMs: number, total: number, concealed: number];

/** getStats once a second, as numbers that begin at 0 with the page's newest PeerConnection. `atMs` is wall-clock. */
export type StatsRecord = Readonly<Record<string, number>> & { readonly atMs: number };

export interface PageLog {
  readonly stats: readonly StatsRecord[];
  /** Of each remote picture that was there, in the order of appearance. */
  readonly pictures: readonly (readonly PresentedFrame[])[];
  readonly sounds: readonly (readonly HeardSamples[])[];
}

/** The global `bench` of a page. */
export interface BenchPage {
  /** Starts sending the timed picture and sound; resolves when the peer has taken them. */
  publish(media: MediaPlan, args: unknown): Promise<unknown>;
  /** Starts receiving what others publish. */
  receive(media: MediaPlan, args: unknown): Promise<unknown>;
  /** Anything else a peer's page offers, by name. */
  call(name: string, args: unknown): Promise<unknown>;
  /** Wall-clock of the first readable frame of each picture. */
  firstFramesMs(): readonly number[];
  log(): PageLog;
}
