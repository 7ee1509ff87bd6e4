/** The page that the interop tests drive: the SDK as it is, sources that can be recognised, and eyes and ears. */
import type { Source } from '../../src/signaling/protocol/common.ts';
import type { ServerEventData } from '../../src/signaling/protocol/server-events.ts';
import { Consultation } from '../../web/sdk/consultation.ts';
import type { RemoteSource } from '../../web/sdk/consultation-state.ts';
import type {
  JoinOptions,
  OwnView,
  PersonView,
  PictureOptions,
  PictureView,
  SentView,
  SoundView,
  Stage,
} from '../helpers/stage-calls.ts';
import { DirectLink } from './direct-link.ts';
import { type FlashAndBeep, flashAndBeep, SyncMeter } from './flash-and-beep.ts';
import { numberedTrack, readNumbered } from './numbered-picture.ts';
import { ToneEar, toneTrack } from './tone.ts';
import {
  codecOf,
  fragmentOf,
  inbound,
  numberOf,
  peerConnections,
  type Row,
  statsRows,
  textOf,
  WatchedPeerConnection,
} from './watched-peer-connection.ts';
import { WhipDevice } from './whip-device.ts';

class Page implements Stage {
  readonly #eyes = new Map<MediaStreamTrack, HTMLVideoElement>();
  readonly #ears = new Map<MediaStreamTrack, ToneEar>();
  readonly #firstFrames = new Map<string, number>();
  readonly #quality: ServerEventData<'quality'>[] = [];
  readonly #data: string[] = [];
  readonly #pixels = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  #consultation: Consultation | undefined;
  readonly #direct = new DirectLink();
  readonly #whip = new WhipDevice();
  #source: FlashAndBeep | undefined;
  #sync: SyncMeter | undefined;
  #directSync: SyncMeter | undefined;
  #joinedAtMs = 0;
  #rejoinToken = '';

  async join({ token, displayName }: JoinOptions): Promise<string> {
    const url = new URL('/api/v1/ws', location.href);
    url.protocol = 'ws:';
    this.#joinedAtMs = performance.now();
    const consultation = new Consultation({ url: url.href, credentials: { token }, displayName });
    this.#consultation = consultation;
    consultation.on('change', (state) => {
      for (const person of state.participants) {
        for (const source of person.sources) this.#attend(person.displayName, source);
      }
    });
    consultation.on('data', ({ payload }) => this.#data.push(payload));
    consultation.on('rejoinToken', (rejoinToken) => {
      this.#rejoinToken = rejoinToken;
    });
    await consultation.connect();
    // `state` is put together at the end of the turn.
    await new Promise((resolve) => setTimeout(resolve));
    return consultation.state.self?.participantId ?? '';
  }

  publishPicture({ source = 'camera', codec = 'vp8', ...picture }: PictureOptions): void {
    this.#call.publish(source, { track: numberedTrack(picture), codec });
  }

  publishTone({ hertz }: { readonly hertz: number }): void {
    this.#call.publish('microphone', { track: toneTrack(hertz) });
  }

  publishFlashAndBeep(): void {
    const { picture, sound } = this.#flashAndBeep();
    this.#call.publish('camera', { track: picture });
    this.#call.publish('microphone', { track: sound });
  }

  async measureSync(displayName: string): Promise<void> {
    const sources = this.#person(displayName)?.sources ?? [];
    const [picture, sound] = ['video', 'audio'].map(
      (kind) => sources.find((source) => source.kind === kind)?.track,
    );
    if (picture === undefined || sound === undefined) throw new TypeError('there is no picture or no sound');
    this.#sync = await SyncMeter.start(picture, sound);
  }

  directOffer(): Promise<string> {
    const { picture, sound } = this.#flashAndBeep();
    return this.#direct.offer([picture, sound]);
  }

  directAnswer(offer: string): Promise<string> {
    return this.#direct.answer(offer);
  }

  directFinish(answer: string): Promise<void> {
    return this.#direct.finish(answer);
  }

  async measureDirectSync(): Promise<void> {
    const [picture, sound] = this.#direct.tracks.toSorted((a, b) => b.kind.localeCompare(a.kind));
    if (picture === undefined || sound === undefined) throw new TypeError('there is no picture or no sound');
    this.#directSync = await SyncMeter.start(picture, sound);
  }

  syncOffsets() {
    return { server: this.#sync?.offsetsMs() ?? [], direct: this.#directSync?.offsetsMs() ?? [] };
  }

  whipStart({ token, colour, hertz }: Parameters<Stage['whipStart']>[0]): Promise<number> {
    const picture = numberedTrack({ colour, width: 320, height: 180, framesPerSecond: 15 });
    return this.#whip.start(token, [picture, toneTrack(hertz)]);
  }

  whipRestartIce(): Promise<number> {
    return this.#whip.restartIce();
  }

  whipStop(): Promise<number> {
    return this.#whip.stop();
  }

  async setMuted(source: Source, muted: boolean): Promise<void> {
    const publication = this.#call.publication(source);
    await (muted ? publication?.mute() : publication?.unmute());
  }

  unpublish(source: Source): void {
    this.#call.unpublish(source);
  }

  async person(displayName: string): Promise<PersonView | undefined> {
    const person = this.#person(displayName);
    if (person === undefined) return undefined;
    const rows = await statsRows();
    const pictures: Partial<Record<Source, PictureView>> = {};
    let sound: SoundView | undefined;
    for (const source of person.sources) {
      if (source.kind === 'video') pictures[source.source] = this.#picture(source, rows);
      else sound = this.#sound(source, rows);
    }
    const { participantId, connected } = person;
    return { participantId, connected, pictures, sound };
  }

  names(): string[] {
    return this.#call.state.participants.map((one) => one.displayName);
  }

  async own(): Promise<OwnView> {
    const { connection, media, self, ended, local } = this.#call.state;
    const rows = await statsRows();
    const transport = [...rows.values()].find((row) => row.type === 'transport');
    const pair = rows.get(textOf(transport?.selectedCandidatePairId));
    const producerIds: Partial<Record<Source, string>> = {};
    const muted: Partial<Record<Source, boolean>> = {};
    for (const one of local) {
      muted[one.source] = one.muted;
      const producerId = this.#call.publication(one.source)?.outgoing.producerId;
      if (producerId !== undefined) producerIds[one.source] = producerId;
    }
    const roundTrip = pair?.currentRoundTripTime;
    return {
      connection,
      media,
      participantId: self?.participantId ?? '',
      producerIds,
      muted,
      ended: ended?.reason,
      path: {
        ice: peerConnections.at(-1)?.iceConnectionState ?? 'none',
        protocol: textOf(rows.get(textOf(pair?.localCandidateId))?.protocol),
        remoteFragment: fragmentOf(peerConnections.at(-1)),
        roundTripMs: typeof roundTrip === 'number' ? roundTrip * 1000 : undefined,
        peerConnections: peerConnections.length,
      },
    };
  }

  async sent(source: Source): Promise<SentView[]> {
    const mid = this.#call.publication(source)?.outgoing.line?.mid;
    const rows = await statsRows();
    return [...rows.values()]
      .filter((row) => row.type === 'outbound-rtp' && row.mid === mid)
      .map((row) => ({
        rid: textOf(row.rid),
        codec: codecOf(row, rows),
        framesEncoded: numberOf(row.framesEncoded),
        frameWidth: numberOf(row.frameWidth),
        frameHeight: numberOf(row.frameHeight),
        scalabilityMode: textOf(row.scalabilityMode),
        keyFramesEncoded: numberOf(row.keyFramesEncoded),
        pliCount: numberOf(row.pliCount),
      }));
  }

  setWantedHeight(displayName: string, source: Source, maxHeight: number): void {
    const found = this.#person(displayName)?.sources.find((one) => one.source === source);
    if (found !== undefined) this.#call.setWanted(found.producerId, { wanted: { maxHeight } });
  }

  async setScalabilityMode(source: Source, mode: string): Promise<void> {
    const sender = this.#call.publication(source)?.outgoing.line?.sender;
    const parameters = sender?.getParameters();
    for (const encoding of parameters?.encodings ?? []) {
      (encoding as { scalabilityMode?: string }).scalabilityMode = mode;
    }
    if (parameters !== undefined) await sender?.setParameters(parameters);
  }

  qualityEvents(): ServerEventData<'quality'>[] {
    return this.#quality;
  }

  async sendData(payload: string): Promise<number> {
    const { dataSeq } = await this.#call.sendData('chat', payload);
    return dataSeq;
  }

  dataReceived(): string[] {
    return this.#data;
  }

  async kick(displayName: string): Promise<void> {
    await this.#call.kick(this.#person(displayName)?.participantId ?? '');
  }

  rejoinToken(): string {
    return this.#rejoinToken;
  }

  firstFrameMs(displayName: string): number | undefined {
    return this.#firstFrames.get(displayName);
  }

  leave(): void {
    this.#call.leave();
  }

  /** Frames that the server sent of its own accord, as the SDK's socket sees them. */
  heard(text: string): void {
    const frame = JSON.parse(text);
    if (frame.type === 'quality') this.#quality.push(frame.data);
  }

  get #call(): Consultation {
    if (this.#consultation === undefined) throw new TypeError('join first');
    return this.#consultation;
  }

  #flashAndBeep(): FlashAndBeep {
    this.#source ??= flashAndBeep();
    return this.#source;
  }

  #person(displayName: string) {
    const named = this.#call.state.participants.filter((one) => one.displayName === displayName);
    return named.at(-1);
  }

  #attend(displayName: string, { track, kind, source }: RemoteSource): void {
    if (track === undefined) return;
    if (kind === 'audio') {
      if (!this.#ears.has(track)) this.#ears.set(track, new ToneEar(track));
      return;
    }
    if (this.#eyes.has(track)) return;
    const video = document.createElement('video');
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    video.style.width = '320px';
    video.srcObject = new MediaStream([track]);
    document.body.append(video);
    this.#eyes.set(track, video);
    if (source === 'camera' && !this.#firstFrames.has(displayName)) {
      video.requestVideoFrameCallback((nowMs) => {
        this.#firstFrames.set(displayName, nowMs - this.#joinedAtMs);
      });
    }
  }

  #picture({ producerId, muted, mid, track }: RemoteSource, rows: ReadonlyMap<string, Row>): PictureView {
    const row = inbound(rows, mid);
    const eye = track === undefined ? undefined : this.#eyes.get(track);
    const seen = eye === undefined ? undefined : readNumbered(eye, this.#pixels);
    return {
      producerId,
      muted,
      framesDecoded: numberOf(row?.framesDecoded),
      keyFramesDecoded: numberOf(row?.keyFramesDecoded),
      framesDropped: numberOf(row?.framesDropped),
      freezeCount: numberOf(row?.freezeCount),
      pliCount: numberOf(row?.pliCount),
      nackCount: numberOf(row?.nackCount),
      packetsLost: numberOf(row?.packetsLost),
      frameWidth: numberOf(row?.frameWidth),
      frameHeight: numberOf(row?.frameHeight),
      codec: codecOf(row, rows),
      colour: seen?.colour,
      frameNumber: seen?.frameNumber ?? -1,
    };
  }

  #sound({ producerId, muted, mid, track }: RemoteSource, rows: ReadonlyMap<string, Row>): SoundView {
    const row = inbound(rows, mid);
    const ear = track === undefined ? undefined : this.#ears.get(track);
    return {
      producerId,
      muted,
      packetsReceived: numberOf(row?.packetsReceived),
      totalAudioEnergy: numberOf(row?.totalAudioEnergy),
      codec: codecOf(row, rows),
      frequency: ear?.frequency() ?? 0,
    };
  }
}

const page = new Page();

/** The SDK keeps layers as state, the tests want every event: they listen to the socket beside it. */
class WatchedSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    this.addEventListener('message', ({ data }) => page.heard(String(data)));
  }
}

Object.assign(globalThis, {
  RTCPeerConnection: WatchedPeerConnection,
  WebSocket: WatchedSocket,
  stage: page,
});
