/**
 * One RTCPeerConnection and what it should carry. Publications and subscriptions are declared; a single loop brings
 * the connection to what is declared, one negotiation at a time, the client always offering. The same loop makes ICE
 * restarts, and after the loss of a PeerConnection puts everything onto a new one.
 *
 * Media lines are never stopped: what ends becomes `inactive` and is used again, so the BUNDLE group keeps its
 * first line and the description does not grow.
 */
import type { ErrorBody, Source } from '../../src/signaling/protocol/common.ts';
import type { RequestData, RequestResult } from '../../src/signaling/protocol/requests.ts';
import { askForRepair, startHigh, startKbits } from './asked-repair.ts';
import { ConsultationError, isCutOff, localError } from './client-error.ts';
import { acceptDependencyDescriptor } from './dependency-descriptor.ts';
import { Emitter } from './emitter.ts';
import { type Incoming, lineOf, type Outgoing } from './media-lines.ts';
import type { IceState } from './media-recovery.ts';
import { addSendLine, orderCodecs } from './send-line.ts';

export interface MediaConnectionEvents {
  /** Ids or tracks of publications or subscriptions changed. */
  changed: undefined;
  iceState: IceState;
  /** This PeerConnection is of no use any more: DTLS failed, or a negotiation was cut off. */
  lost: undefined;
  /** The server refused one publication or subscription; it is no longer declared. */
  refused: { readonly what: Outgoing | Incoming; readonly error: ErrorBody };
}

/** A line that ended may be told of a moment later. */
const ENDING_MS = 100;

type Negotiate = (data: RequestData<'negotiate'>) => Promise<RequestResult<'negotiate'>>;

export class MediaConnection extends Emitter<MediaConnectionEvents> {
  readonly #negotiate: Negotiate;
  readonly #outgoing = new Map<Source, Outgoing>();
  readonly #incoming = new Map<string, Incoming>();
  /** Lines that carry nothing and that the server knows to carry nothing, with what they are fit for. */
  readonly #idle: RTCRtpTransceiver[] = [];
  readonly #purposes = new WeakMap<RTCRtpTransceiver, string>();
  #pc: RTCPeerConnection | undefined;
  #fresh = false;
  #iceRestart = false;
  #reordered = false;
  #startsAtKbits: number | undefined;
  #dirty = false;
  #running = false;
  #live = false;
  #oneByOne = false;
  #closed = false;

  constructor(options: { readonly negotiate: Negotiate }) {
    super();
    this.#negotiate = options.negotiate;
  }

  get outgoing(): ReadonlyMap<Source, Outgoing> {
    return this.#outgoing;
  }

  get incoming(): ReadonlyMap<string, Incoming> {
    return this.#incoming;
  }

  /** The selected transport's PeerConnection, for getStats. */
  get peerConnection(): RTCPeerConnection | undefined {
    return this.#pc;
  }

  /** Whether the server can be asked now. Coming back to life continues what waits. */
  setLive(live: boolean): void {
    this.#live = live;
    if (live) void this.#run();
  }

  publish(outgoing: Outgoing): void {
    this.#outgoing.set(outgoing.source, outgoing);
    this.#changed();
  }

  unpublish(source: Source): void {
    const outgoing = this.#outgoing.get(source);
    if (outgoing === undefined) return;
    this.#outgoing.delete(source);
    this.#retire(outgoing);
    this.#changed();
  }

  subscribe(incoming: Incoming): void {
    if (this.#incoming.has(incoming.producerId)) return;
    this.#incoming.set(incoming.producerId, incoming);
    this.#changed();
  }

  unsubscribe(producerId: string): void {
    const incoming = this.#incoming.get(producerId);
    if (incoming === undefined) return;
    this.#incoming.delete(producerId);
    this.#retire(incoming);
    // Producers vanish in a crowd when their worker dies, right before word comes that this PeerConnection died too.
    setTimeout(() => this.#changed(), ENDING_MS);
  }

  /** Has sound sent with or without redundancy, by another offer. */
  setRedundancy(source: Source, redundancy: boolean): void {
    const outgoing = this.#outgoing.get(source);
    if (outgoing === undefined || outgoing.redundancy === redundancy) return;
    outgoing.redundancy = redundancy;
    if (outgoing.line === undefined) return;
    orderCodecs(outgoing.line, outgoing);
    this.#reordered = true;
    this.#changed();
  }

  restartIce(): void {
    this.#iceRestart = true;
    this.#changed();
  }

  /** Everything declared moves to a new PeerConnection. With `forgetIncoming` the ids of the old session are void. */
  startFresh(options: { readonly forgetIncoming: boolean }): void {
    if (options.forgetIncoming) this.#incoming.clear();
    this.#fresh = true;
    this.#changed();
  }

  close(): void {
    this.#closed = true;
    this.#pc?.close();
    this.#outgoing.clear();
    this.#incoming.clear();
  }

  #changed(): void {
    this.#dirty = true;
    void this.#run();
  }

  #retire(what: Outgoing | Incoming): void {
    const { line } = what;
    what.line = undefined;
    if (line === undefined || line.direction === 'stopped') return;
    // A line that was never described, or whose description was rolled back, simply goes.
    if (line.mid === null) line.stop();
    else line.direction = 'inactive';
    void line.sender.replaceTrack(null);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    // Whatever is declared in the same turn goes into one negotiation.
    await Promise.resolve();
    while (this.#dirty && this.#live && !this.#closed) {
      this.#dirty = false;
      try {
        await this.#bringAbout();
      } catch (error) {
        if (!this.#closed) this.#dropPeerConnection(error);
      }
    }
    this.#running = false;
  }

  /** One negotiation, when there is anything to negotiate. */
  async #bringAbout(): Promise<void> {
    const fresh = this.#fresh || this.#pc === undefined;
    if (fresh) this.#openPeerConnection();
    const pc = this.#pc;
    if (pc === undefined) return;
    if (this.#iceRestart && !fresh) pc.restartIce();
    const again = this.#iceRestart || this.#reordered;
    this.#iceRestart = false;
    this.#reordered = false;
    const added = this.#addLines(pc);
    const ended = pc
      .getTransceivers()
      .some(
        (line) => line.direction === 'inactive' && line.currentDirection !== 'inactive' && line.mid !== null,
      );
    if (pc.getTransceivers().length === 0 || (added.length === 0 && !again && !ended && !fresh)) return;
    await pc.setLocalDescription();
    const sdp = askForRepair(pc.localDescription?.sdp ?? '');
    const lines = added.map((what) => lineOf(what));
    let result: RequestResult<'negotiate'>;
    try {
      result = await this.#negotiate({ sdp, lines, ...(fresh ? { fresh } : {}) });
    } catch (error) {
      // A PeerConnection that was replaced meanwhile is nobody's business.
      if (pc !== this.#pc || this.#closed) return;
      await this.#refused(pc, added, error);
      return;
    }
    if (pc !== this.#pc || this.#closed) return;
    await pc.setRemoteDescription({ type: 'answer', sdp: startHigh(result.sdp, this.#startKbits()) });
    this.#fresh = false;
    this.#applyIds(added, result);
    for (const line of pc.getTransceivers()) {
      if (line.currentDirection === 'inactive' && !this.#carries(line) && !this.#idle.includes(line))
        this.#idle.push(line);
    }
    this.emit('changed', undefined);
  }

  /** Settled by the first pictures of a PeerConnection. */
  #startKbits(): number {
    const pictures = [...this.#outgoing.values()].filter(({ kind }) => kind === 'video');
    const rates = pictures.flatMap(({ encodings }) => encodings.map(({ maxBitrate }) => maxBitrate));
    if (rates.length > 0) this.#startsAtKbits ??= startKbits(rates);
    return this.#startsAtKbits ?? startKbits([]);
  }

  #applyIds(added: readonly (Outgoing | Incoming)[], result: RequestResult<'negotiate'>): void {
    for (const what of added) {
      const ids = result.lines.find((line) => line.mid === what.line?.mid);
      if ('source' in what) what.producerId = ids?.producerId ?? what.producerId;
      else what.consumerId = ids?.consumerId ?? what.consumerId;
    }
    if (this.#oneByOne && this.#pending().length === 0) this.#oneByOne = false;
    else if (this.#oneByOne) this.#dirty = true;
  }

  /**
   * Refused as a whole: with several new lines nobody knows whose fault it was, so they are tried one by one; a
   * single one is given up. Cut off without new lines it is offered again when the server can be asked: whether it has
   * the offer or not, it has nothing to undo. Everything else is beyond repair on this PeerConnection.
   */
  async #refused(
    pc: RTCPeerConnection,
    added: readonly (Outgoing | Incoming)[],
    error: unknown,
  ): Promise<void> {
    if (!(error instanceof ConsultationError)) throw error;
    const cutOff = isCutOff(error);
    const again = cutOff && added.length === 0 && !this.#fresh && error.code !== 'backlog_full';
    if (!again && (cutOff || added.length === 0)) throw error;
    await pc.setLocalDescription({ type: 'rollback' });
    if (again) this.#iceRestart = true;
    for (const what of added) this.#retire(what);
    this.#dirty = true;
    if (added.length > 1) {
      this.#oneByOne = true;
      return;
    }
    const [what] = added;
    if (what === undefined) return;
    if ('source' in what) this.#outgoing.delete(what.source);
    else this.#incoming.delete(what.producerId);
    this.emit('refused', { what, error: error.body });
  }

  #dropPeerConnection(error: unknown): void {
    this.#fresh = true;
    const body = error instanceof ConsultationError ? error.body : localError('media_failed');
    console.warn(`visavis: negotiation failed, a new PeerConnection follows (${body.code})`, error);
    this.emit('lost', undefined);
  }

  #openPeerConnection(): void {
    const old = this.#pc;
    this.#fresh = true;
    this.#idle.length = 0;
    this.#startsAtKbits = undefined;
    for (const what of [...this.#outgoing.values(), ...this.#incoming.values()]) what.line = undefined;
    for (const outgoing of this.#outgoing.values()) outgoing.producerId = undefined;
    for (const incoming of this.#incoming.values()) incoming.consumerId = undefined;
    // No STUN, no TURN: the server's own addresses are in its answer.
    const pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
    pc.oniceconnectionstatechange = () => {
      if (pc === this.#pc) this.emit('iceState', pc.iceConnectionState);
    };
    pc.onconnectionstatechange = () => {
      // Chromium also says `failed` of an ICE that it still calls `disconnected`; that is no fault of DTLS.
      const iceWorks = pc.iceConnectionState === 'connected' || pc.iceConnectionState === 'completed';
      if (pc === this.#pc && pc.connectionState === 'failed' && iceWorks) this.emit('lost', undefined);
    };
    this.#pc = pc;
    old?.close();
    this.emit('iceState', 'new');
  }

  /** Gives a line to what has none; returns what got one, or one of them when they are tried one by one. */
  #addLines(pc: RTCPeerConnection): (Outgoing | Incoming)[] {
    const pending = this.#pending();
    const now = this.#oneByOne ? pending.slice(0, 1) : pending;
    for (const what of now)
      what.line = 'source' in what ? this.#sendLine(pc, what) : this.#receiveLine(pc, what);
    return now;
  }

  #pending(): (Outgoing | Incoming)[] {
    return [...this.#outgoing.values(), ...this.#incoming.values()].filter((what) => what.line === undefined);
  }

  #sendLine(pc: RTCPeerConnection, outgoing: Outgoing): RTCRtpTransceiver {
    // Encodings of a line are settled for good by its first offer (RFC 8829 §4.1.8): only the same again may use it.
    const purpose = `send ${outgoing.source} ${outgoing.codec} ${JSON.stringify(outgoing.encodings)}`;
    const again = this.#takeIdle(purpose);
    if (again !== undefined) {
      again.direction = 'sendonly';
      orderCodecs(again, outgoing);
      void again.sender.replaceTrack(outgoing.track);
      return again;
    }
    const line = addSendLine(pc, outgoing);
    this.#purposes.set(line, purpose);
    return line;
  }

  #receiveLine(pc: RTCPeerConnection, incoming: Incoming): RTCRtpTransceiver {
    const purpose = `receive ${incoming.kind}`;
    const line = this.#takeIdle(purpose) ?? pc.addTransceiver(incoming.kind, { direction: 'recvonly' });
    line.direction = 'recvonly';
    if (incoming.kind === 'video') acceptDependencyDescriptor(line);
    this.#purposes.set(line, purpose);
    return line;
  }

  #takeIdle(purpose: string): RTCRtpTransceiver | undefined {
    const index = this.#idle.findIndex((line) => this.#purposes.get(line) === purpose);
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0];
  }

  #carries(line: RTCRtpTransceiver): boolean {
    const all: (Outgoing | Incoming)[] = [...this.#outgoing.values(), ...this.#incoming.values()];
    return all.some((what) => what.line === line);
  }
}
