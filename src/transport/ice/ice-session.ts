import type { MediaPacketKind } from '../packet-kind.ts';
import type { IcePath, PathHolder } from './ice-path.ts';
import type { StunKey } from './stun-integrity.ts';

/** What the checks say about the way to the peer; DTLS is not in it. */
export type IceState = 'new' | 'connected' | 'disconnected' | 'failed' | 'closed';
export type IceFailure = 'ice_timeout' | 'consent_expired';

/** Who a session works for; called synchronously. */
export interface IceUser {
  /** The state changed. `reason` with `disconnected` and `failed`. */
  onIceState(state: IceState, reason: IceFailure | undefined, nowUs: number): void;
  /** A datagram other than STUN came on one of the session's paths. Owned by the receiver. */
  handleDatagram(kind: MediaPacketKind, datagram: Buffer, nowUs: number): void;
}

export interface IceSessionOptions {
  /** Silence after which a connected session is called disconnected, µs. */
  readonly disconnectedAfterUs: number;
  /** Time without an authenticated check after which consent is gone, µs. RFC 7675 §5.1: 30 s. */
  readonly failedAfterUs: number;
  /** Paths one session holds at most, >= 1. */
  readonly maxPaths: number;
}

/** One side's credentials and what a check for them is measured by. */
export interface IceCredentials {
  readonly session: IceSession;
  readonly localFragment: string;
  readonly localPassword: string;
  /** `local:remote`, the USERNAME a check must carry (RFC 8445 §7.2.2). */
  readonly username: string;
  readonly key: StunKey;
}

interface ValidatedPath {
  readonly path: IcePath;
  /** The credentials of the last check: tells the paths of before an ICE restart from those after it. */
  credentials: IceCredentials;
  checkedUs: number;
}

/**
 * The paths of one peer that passed an authenticated check, and which of them is in use. The peer is always the
 * controlling side (RFC 8445 §6.1.1: we are lite), so the last path it nominated wins. Until the first nomination
 * the first checked path serves, so that a DTLS handshake need not wait for it.
 */
export class IceSession implements PathHolder {
  current: IceCredentials | undefined;
  /** Before an ICE restart; answered until the first check with `current`. */
  previous: IceCredentials | undefined;

  readonly #user: IceUser;
  readonly #options: IceSessionOptions;
  #paths: ValidatedPath[] = [];
  #selected: IcePath | undefined;
  #state: IceState = 'new';
  #checkedUs = Number.NEGATIVE_INFINITY;
  #heardUs = Number.NEGATIVE_INFINITY;
  #restartedUs = 0;

  constructor(user: IceUser, options: IceSessionOptions) {
    this.#user = user;
    this.#options = options;
  }

  get state(): IceState {
    return this.#state;
  }

  /** Where to send; undefined before the first check and without consent. */
  get selected(): IcePath | undefined {
    return this.#selected;
  }

  /** How many paths are held. */
  get pathCount(): number {
    return this.#paths.length;
  }

  /** When the last authenticated check came, µs; -Infinity before the first. */
  get checkedUs(): number {
    return this.#checkedUs;
  }

  handleDatagram(kind: MediaPacketKind, datagram: Buffer, nowUs: number): void {
    this.#user.handleDatagram(kind, datagram, nowUs);
  }

  /** New credentials are set; the time a first check has starts now. */
  restart(credentials: IceCredentials, nowUs: number): void {
    this.previous = this.current;
    this.current = credentials;
    this.#restartedUs = nowUs;
    if (this.#state === 'failed') this.#setState('new', undefined, nowUs);
  }

  /** A packet on one of the paths proved authentic (SRTP): a sign of life, though not consent. */
  noteHeard(nowUs: number): void {
    this.#heardUs = nowUs;
    if (this.#state === 'disconnected') this.#setState('connected', undefined, nowUs);
  }

  isUsing(path: IcePath, nowUs: number): boolean {
    return this.#selected === path && nowUs - this.#checkedUs < this.#options.disconnectedAfterUs;
  }

  /** An authenticated check came on `path` for `credentials`, one of ours. True: `path` became the selected one. */
  handleCheck(path: IcePath, credentials: IceCredentials, nominated: boolean, nowUs: number): boolean {
    if (this.#state === 'closed') return false;
    this.#checkedUs = nowUs;
    const known = this.#paths.find((validated) => validated.path === path);
    if (known === undefined) this.#add({ path, credentials, checkedUs: nowUs });
    else {
      known.checkedUs = nowUs;
      known.credentials = credentials;
    }
    // Without a living nominated path any checked one is better than none.
    const needed = this.#selected === undefined || this.#state === 'disconnected' || this.#state === 'new';
    let selected = false;
    if (this.#selected !== path && (nominated || needed)) {
      this.#selected = path;
      selected = true;
    }
    if (nominated) this.#releaseWhere((validated) => validated.credentials !== credentials);
    if (this.#state !== 'connected') this.#setState('connected', undefined, nowUs);
    return selected;
  }

  forget(path: IcePath): void {
    this.#paths = this.#paths.filter((validated) => validated.path !== path);
    if (path.session === this) path.session = undefined;
    if (this.#selected === path) this.#selectNewest();
  }

  /** Judges silence and consent. True: consent is gone, the credentials must not be answered any more. */
  handleTimeout(nowUs: number): boolean {
    if (this.#state === 'closed' || this.#state === 'failed' || this.current === undefined) return false;
    const { disconnectedAfterUs, failedAfterUs } = this.#options;
    if (nowUs - Math.max(this.#checkedUs, this.#restartedUs) >= failedAfterUs) {
      const reason = this.#state === 'new' ? 'ice_timeout' : 'consent_expired';
      this.current = undefined;
      this.previous = undefined;
      this.#releaseAll();
      this.#setState('failed', reason, nowUs);
      return true;
    }
    if (
      this.#state === 'connected' &&
      nowUs - Math.max(this.#checkedUs, this.#heardUs) >= disconnectedAfterUs
    ) {
      this.#setState('disconnected', 'consent_expired', nowUs);
    }
    // Spare paths are checked rarely (libwebrtc: every 25 s), so they get twice the time.
    this.#releaseWhere((validated) => nowUs - validated.checkedUs >= 2 * failedAfterUs);
    return false;
  }

  /** Releases every path. Idempotent. */
  close(nowUs: number): void {
    if (this.#state === 'closed') return;
    this.#releaseAll();
    this.#setState('closed', undefined, nowUs);
  }

  #add(validated: ValidatedPath): void {
    if (this.#paths.length >= this.#options.maxPaths) {
      let oldest: ValidatedPath | undefined;
      for (const candidate of this.#paths) {
        if (candidate.path === this.#selected) continue;
        if (oldest === undefined || candidate.checkedUs < oldest.checkedUs) oldest = candidate;
      }
      if (oldest === undefined) this.#releaseAll();
      else this.#releaseWhere((candidate) => candidate === oldest);
    }
    this.#paths.push(validated);
    validated.path.session = this;
    validated.path.adopt();
  }

  #selectNewest(): void {
    let newest: ValidatedPath | undefined;
    for (const candidate of this.#paths) {
      if (newest === undefined || candidate.checkedUs > newest.checkedUs) newest = candidate;
    }
    this.#selected = newest?.path;
  }

  #releaseWhere(condition: (validated: ValidatedPath) => boolean): void {
    const kept: ValidatedPath[] = [];
    const ended: ValidatedPath[] = [];
    for (const validated of this.#paths) (condition(validated) ? ended : kept).push(validated);
    if (ended.length === 0) return;
    this.#paths = kept;
    for (const { path } of ended) {
      path.session = undefined;
      path.release();
    }
    if (this.#selected !== undefined && !kept.some((validated) => validated.path === this.#selected)) {
      this.#selectNewest();
    }
  }

  #releaseAll(): void {
    this.#releaseWhere(() => true);
  }

  #setState(state: IceState, reason: IceFailure | undefined, nowUs: number): void {
    this.#state = state;
    this.#user.onIceState(state, reason, nowUs);
  }
}
