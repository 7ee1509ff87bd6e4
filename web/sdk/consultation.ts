/**
 * A consultation as a page sees it: connect, publish, subscribe, and a state that says everything there is to show.
 * It comes back by itself after breaks of the network, changes of it, and restarts of the server.
 */
import type { Role, Source, Wanted } from '../../src/signaling/protocol/common.ts';
import type { RequestResult } from '../../src/signaling/protocol/requests.ts';
import type { ServerEvent } from '../../src/signaling/protocol/server-events.ts';
import { ConsultationError, localError } from './client-error.ts';
import type { ConsultationEvents, ConsultationOptions, PublishOptions } from './consultation-options.ts';
import {
  type ConsultationState,
  type Ended,
  initialState,
  localSources,
  mediaState,
  remoteParticipants,
} from './consultation-state.ts';
import { Emitter } from './emitter.ts';
import { MediaConnection } from './media-connection.ts';
import { expectedFlow, type MediaFlow, mediaFlow } from './media-flow.ts';
import { subscriptionWish } from './media-lines.ts';
import { makeOutgoing } from './outgoing.ts';
import { Publication } from './publication.ts';
import { reportQuality } from './quality-reporter.ts';
import { RecoveryDriver } from './recovery-driver.ts';
import { emptyRoster, type Roster, withEvent, withSnapshot } from './roster.ts';
import { SignalingClient } from './signaling-client.ts';
import { type StatsSample, statsSample } from './stats-sample.ts';
import { UplinkWatch } from './uplink-watch.ts';
import { WakeWatch } from './wake-watch.ts';

export class Consultation extends Emitter<ConsultationEvents> {
  readonly #signaling: SignalingClient;
  readonly #media: MediaConnection;
  readonly #recovery: RecoveryDriver;
  readonly #publications = new Map<Source, Publication>();
  readonly #wake: WakeWatch;
  readonly #uplink: UplinkWatch;
  readonly #autoSubscribe: boolean;
  #roster: Roster = emptyRoster;
  #state: ConsultationState = initialState;
  #changePlanned = false;
  #partial: Partial<ConsultationState> = {};
  #everConnected = false;
  #deviceAsleep = false;

  constructor(options: ConsultationOptions) {
    super();
    this.#autoSubscribe = options.autoSubscribe ?? true;
    this.#signaling = new SignalingClient(options);
    this.#media = new MediaConnection({ negotiate: (data) => this.#signaling.request('negotiate', data) });
    this.#recovery = new RecoveryDriver((remedy) => {
      if (remedy === 'iceRestart') this.#media.restartIce();
      else this.#media.startFresh({ forgetIncoming: false });
      this.#change();
    });
    this.#wake = new WakeWatch({
      networkChanged: () => this.#signaling.networkChanged(),
      woke: () => {
        this.#signaling.networkChanged();
        this.#change();
      },
      nothingArrives: () => this.#recovery.tell((recovery) => recovery.pathChanged()),
      deviceAsleep: () => {
        this.#deviceAsleep = true;
        this.#change();
      },
      flow: () => this.#flow(),
    });
    this.#uplink = new UplinkWatch({
      sample: () => this.stats(),
      microphone: () => this.#publications.get('microphone')?.outgoing.line?.mid ?? undefined,
      setRedundancy: (on) => this.#media.setRedundancy('microphone', on),
    });
    reportQuality(this.#signaling, this.#media, () => this.stats());
    this.#listen(options.displayName);
  }

  get state(): ConsultationState {
    return this.#state;
  }

  /** Resolves when joined; rejects with what to tell the person when it is over before that. */
  connect(): Promise<void> {
    this.#signaling.connect();
    this.#wake.start();
    this.#uplink.start();
    return new Promise((resolve, reject) => {
      const stop = [
        this.#signaling.on('joined', () => {
          for (const off of stop) off();
          resolve();
        }),
        this.on('ended', ({ reason, error }) => {
          for (const off of stop) off();
          reject(new ConsultationError(error ?? { ...localError('session_ended'), details: { reason } }));
        }),
      ];
    });
  }

  /**
   * Sends a track as this source. It survives everything but `unpublish`, and takes the place of what was published
   * as the same source before.
   */
  publish(source: Source, options: PublishOptions): Publication {
    this.unpublish(source);
    const outgoing = makeOutgoing(source, options);
    const publication = new Publication({
      outgoing,
      open: options.open,
      changed: () => {
        this.#tellChanges();
        this.#change();
      },
    });
    this.#publications.set(source, publication);
    this.#media.publish(outgoing);
    this.#change();
    return publication;
  }

  publication(source: Source): Publication | undefined {
    return this.#publications.get(source);
  }

  unpublish(source: Source): void {
    const publication = this.#publications.get(source);
    if (publication === undefined) return;
    this.#publications.delete(source);
    this.#media.unpublish(source);
    publication.end();
    this.#change();
  }

  /** @param options.wanted what is to be shown; the layer that fits is forwarded. */
  subscribe(producerId: string, options: { wanted?: Wanted; paused?: boolean } = {}): void {
    const producer = this.#roster.producers.find((one) => one.producerId === producerId);
    if (producer === undefined) return;
    this.#media.subscribe({
      producerId,
      kind: producer.kind,
      wanted: options.wanted,
      paused: options.paused ?? false,
      told: undefined,
      line: undefined,
      consumerId: undefined,
    });
  }

  unsubscribe(producerId: string): void {
    this.#media.unsubscribe(producerId);
  }

  /** Tells how large a source is shown now, or that it is not shown at all. */
  setWanted(producerId: string, change: { wanted?: Wanted; paused?: boolean }): void {
    const incoming = this.#media.incoming.get(producerId);
    if (incoming === undefined) return;
    incoming.wanted = change.wanted ?? incoming.wanted;
    incoming.paused = change.paused ?? incoming.paused;
    this.#tellChanges();
  }

  sendData(topic: string, payload: string, to?: string): Promise<RequestResult<'sendData'>> {
    return this.#signaling.request('sendData', { topic, payload, ...(to === undefined ? {} : { to }) });
  }

  /** A one-time code; put it into the fragment of a link. */
  invite(role: Role, displayName?: string): Promise<RequestResult<'invite'>> {
    return this.#signaling.request('invite', { role, ...(displayName ? { displayName } : {}) });
  }

  async muteOther(producerId: string): Promise<void> {
    await this.#signaling.request('mute', { producerId, muted: true });
  }

  async kick(participantId: string): Promise<void> {
    await this.#signaling.request('kick', { participantId });
  }

  /** Ends it for everyone. */
  async closeRoom(): Promise<void> {
    await this.#signaling.request('closeRoom', {});
  }

  /** Takes interrupted devices again and looks for a way for the media. Call it from a tap. */
  async resumeCapture(): Promise<void> {
    const interrupted = [...this.#publications.values()].filter(
      ({ interrupted, source }) => interrupted || (this.#deviceAsleep && source === 'camera'),
    );
    this.#deviceAsleep = false;
    const results = await Promise.allSettled(interrupted.map((one) => one.reopen()));
    this.#change();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Tries to reach the server now instead of waiting for the next attempt. */
  retryNow(): void {
    this.#signaling.networkChanged();
  }

  /** What getStats says now; compare two with `quality()`. */
  async stats(): Promise<StatsSample | undefined> {
    const report = await this.#media.peerConnection?.getStats();
    return report === undefined ? undefined : statsSample(performance.now(), report.values());
  }

  /** Leaves: devices are let go, the session ends. Idempotent. */
  leave(): void {
    this.#signaling.close();
  }

  #listen(displayName: string | undefined): void {
    const signaling = this.#signaling;
    signaling.on('state', (connection) => {
      this.#media.setLive(connection === 'live');
      this.#recovery.tell((recovery) => recovery.signalingChanged(connection === 'live'));
      this.#change({ connection, ...(connection === 'live' ? { draining: false } : {}) });
    });
    signaling.on('joined', ({ result, again }) => {
      const { participantId, room, role, grants } = result;
      const known = result.participants.find((one) => one.participantId === participantId);
      this.#change({
        self: { participantId, displayName: known?.displayName ?? displayName, room, role, grants },
      });
      if (result.rejoinToken !== undefined) this.emit('rejoinToken', result.rejoinToken);
      if (again) {
        this.#recovery.tell((recovery) => recovery.reset());
        this.#media.startFresh({ forgetIncoming: true });
      }
      this.#setRoster(withSnapshot(this.#roster, participantId, result));
    });
    signaling.on('resumed', (result) => {
      // What broke this connection may have broken the media's path before its own checks notice.
      this.#recovery.tell((recovery) => recovery.pathChanged());
      const selfId = this.#roster.selfId;
      if (selfId !== undefined) this.#setRoster(withSnapshot(this.#roster, selfId, result));
    });
    signaling.on('event', (event) => this.#handleEvent(event));
    signaling.on('ended', (ended) => this.#end(ended));
    this.#media.on('changed', () => {
      this.#tellChanges();
      this.#change();
    });
    this.#media.on('iceState', (state) => {
      if (state === 'connected' || state === 'completed') this.#everConnected = true;
      this.#recovery.tell((recovery, nowMs) => recovery.iceStateChanged(nowMs, state));
    });
    this.#media.on('lost', () => this.#recovery.tell((recovery) => recovery.peerConnectionLost()));
    this.#media.on('refused', ({ what, error }) => {
      if ('source' in what) this.unpublish(what.source);
      // A producer that ended a moment ago is no news.
      if (error.code !== 'producer_unknown') this.emit('refused', new ConsultationError(error));
      this.#change();
    });
  }

  #handleEvent(event: ServerEvent): void {
    this.#setRoster(withEvent(this.#roster, event));
    if (event.type === 'data') this.emit('data', event.data);
    else if (event.type === 'draining') this.#change({ draining: true });
    else if (event.type === 'mediaState') {
      this.#recovery.tell((recovery) => recovery.serverSaid(event.data.state));
    } else if (event.type === 'producerMuted' && event.data.muted) {
      const { producerId } = event.data;
      const own = [...this.#publications.values()].find((one) => one.outgoing.producerId === producerId);
      void own?.mute();
    }
  }

  #setRoster(roster: Roster): void {
    if (roster === this.#roster) return;
    this.#roster = roster;
    const present = new Set(roster.producers.map((producer) => producer.producerId));
    for (const producerId of [...this.#media.incoming.keys()]) {
      if (!present.has(producerId)) this.#media.unsubscribe(producerId);
    }
    if (this.#autoSubscribe && this.#state.self?.grants.subscribe !== false) {
      for (const producerId of present) {
        if (!this.#media.incoming.has(producerId)) this.subscribe(producerId);
      }
    }
    this.#change();
  }

  /** Tells the server what changed since it was last told; what has no id yet is said by its negotiation. */
  #tellChanges(): void {
    for (const outgoing of this.#media.outgoing.values()) {
      const { producerId, muted } = outgoing;
      if (producerId === undefined || muted === outgoing.toldMuted) continue;
      outgoing.toldMuted = muted;
      this.#signaling.request('mute', { producerId, muted }).catch(ignoreLost);
    }
    for (const incoming of this.#media.incoming.values()) {
      const { consumerId, wanted, paused } = incoming;
      const told = subscriptionWish(incoming);
      if (consumerId === undefined || told === incoming.told) continue;
      incoming.told = told;
      const data = { consumerId, paused, ...(wanted === undefined ? {} : { wanted }) };
      this.#signaling.request('setSubscription', data).catch(ignoreLost);
    }
  }

  async #flow(): Promise<MediaFlow | undefined> {
    const sample = this.#signaling.state === 'live' ? await this.stats() : undefined;
    const camera = this.#publications.get('camera')?.outgoing;
    return sample && mediaFlow(sample, expectedFlow(this.#roster.producers, this.#media.incoming, camera));
  }

  /** Many changes of one turn become one event. */
  #change(partial: Partial<ConsultationState> = {}): void {
    this.#partial = { ...this.#partial, ...partial };
    if (this.#changePlanned) return;
    this.#changePlanned = true;
    queueMicrotask(() => {
      this.#changePlanned = false;
      const local = localSources(this.#publications.values());
      this.#state = {
        ...this.#state,
        ...this.#partial,
        media: mediaState(this.#media.peerConnection, this.#recovery.broken, this.#everConnected),
        participants: remoteParticipants(this.#roster, this.#media.incoming),
        local,
        activeSpeaker: this.#roster.activeSpeaker,
        needsTap: this.#deviceAsleep || local.some((one) => one.interrupted && one.source !== 'screen'),
      };
      this.#partial = {};
      this.emit('change', this.#state);
    });
  }

  #end(ended: Ended): void {
    this.#wake.stop();
    this.#uplink.stop();
    this.#recovery.stop();
    for (const publication of this.#publications.values()) publication.end();
    this.#publications.clear();
    this.#media.close();
    this.#state = { ...this.#state, ended, connection: 'ended' };
    this.emit('ended', ended);
    this.#change({ ended });
  }
}

/** A wish that was lost with its session is said again when its line is negotiated anew. */
function ignoreLost(error: unknown): void {
  if (!(error instanceof ConsultationError)) throw error;
}
