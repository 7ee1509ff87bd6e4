/** What a test can ask of the page under test (test/browser/stage.ts): plain data in, plain data out. */
import type { Source } from '../../src/signaling/protocol/common.ts';
import type { ServerEventData } from '../../src/signaling/protocol/server-events.ts';

/** Red, green, blue, 0..255. */
export type Colour = readonly [number, number, number];

export interface PictureOptions {
  /** Default camera. */
  readonly source?: Source;
  /** Default vp8. */
  readonly codec?: 'vp8' | 'vp9' | 'h264' | 'av1';
  readonly colour: Colour;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
}

/** The picture of one source as this page sees it; counters are those of getStats `inbound-rtp`. */
export interface PictureView {
  readonly producerId: string;
  readonly muted: boolean;
  readonly framesDecoded: number;
  readonly keyFramesDecoded: number;
  readonly framesDropped: number;
  readonly freezeCount: number;
  readonly pliCount: number;
  readonly nackCount: number;
  readonly packetsLost: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  /** Lower case, without `video/`. */
  readonly codec: string;
  /** Of the block of colour in the picture; undefined before the first frame. */
  readonly colour: Colour | undefined;
  /** The number drawn into the frame; -1 before the first. */
  readonly frameNumber: number;
}

export interface SoundView {
  readonly producerId: string;
  readonly muted: boolean;
  readonly packetsReceived: number;
  readonly totalAudioEnergy: number;
  readonly codec: string;
  /** The loudest frequency heard now, Hz; 0 in silence. */
  readonly frequency: number;
}

/** One participant as this page sees and hears it. */
export interface PersonView {
  readonly participantId: string;
  readonly connected: boolean;
  readonly pictures: Readonly<Partial<Record<Source, PictureView>>>;
  readonly sound: SoundView | undefined;
}

export interface PathView {
  /** RTCPeerConnection.iceConnectionState; `none` without one. */
  readonly ice: string;
  readonly protocol: string;
  /** The server's ICE user name fragment: another one after each ICE restart. */
  readonly remoteFragment: string;
  readonly roundTripMs: number | undefined;
  /** How many PeerConnections this page has made. */
  readonly peerConnections: number;
}

export interface OwnView {
  readonly connection: string;
  readonly media: string;
  readonly participantId: string;
  /** What the server calls what this page publishes. */
  readonly producerIds: Readonly<Partial<Record<Source, string>>>;
  readonly muted: Readonly<Partial<Record<Source, boolean>>>;
  readonly ended: string | undefined;
  readonly path: PathView;
}

/** One encoding that this page sends. */
export interface SentView {
  readonly rid: string;
  readonly codec: string;
  readonly framesEncoded: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly scalabilityMode: string;
  readonly keyFramesEncoded: number;
  readonly pliCount: number;
}

export interface JoinOptions {
  readonly token: string;
  readonly displayName: string;
}

/** The global `stage` of a page. */
export interface Stage {
  /** Resolves when joined, to the participantId. */
  join(options: JoinOptions): Promise<string>;
  publishPicture(options: PictureOptions): void;
  /** A sine of this many hertz as microphone. */
  publishTone(options: { readonly hertz: number }): void;
  /** Flash and beep as camera and microphone. */
  publishFlashAndBeep(): void;
  /** Measures the flashes and beeps of a person, by the consultation. */
  measureSync(displayName: string): Promise<void>;
  /** The same source from page to page, without the server: offer, answer, and the end of it. */
  directOffer(): Promise<string>;
  directAnswer(offer: string): Promise<string>;
  directFinish(answer: string): Promise<void>;
  /** Measures what comes by the direct way. */
  measureDirectSync(): Promise<void>;
  /** Milliseconds that each beep came after its flash, both ways. */
  syncOffsets(): { readonly server: readonly number[]; readonly direct: readonly number[] };
  /** Picture and tone as a WHIP device, without the SDK; resolves to the HTTP status. */
  whipStart(options: {
    readonly token: string;
    readonly colour: Colour;
    readonly hertz: number;
  }): Promise<number>;
  whipRestartIce(): Promise<number>;
  whipStop(): Promise<number>;
  setMuted(source: Source, muted: boolean): Promise<void>;
  unpublish(source: Source): void;
  /** A person by display name; undefined while nobody is called so. */
  person(displayName: string): Promise<PersonView | undefined>;
  /** Display names of everybody else in the room. */
  names(): string[];
  own(): Promise<OwnView>;
  sent(source: Source): Promise<SentView[]>;
  setWantedHeight(displayName: string, source: Source, maxHeight: number): void;
  setScalabilityMode(source: Source, mode: string): Promise<void>;
  qualityEvents(): ServerEventData<'quality'>[];
  sendData(payload: string): Promise<number>;
  /** Payloads of data messages in the order of arrival. */
  dataReceived(): string[];
  kick(displayName: string): Promise<void>;
  /** What a page keeps to come back after it was loaded again. */
  rejoinToken(): string;
  /** Milliseconds from `join` to the first frame of that person's camera; undefined before it. */
  firstFrameMs(displayName: string): number | undefined;
  leave(): void;
}

export type StageCall = keyof Stage;
export type StageResult<Call extends StageCall> = Awaited<ReturnType<Stage[Call]>>;
