/**
 * Decides when the media connection needs an ICE restart, and when only a new PeerConnection helps. Pure: told what
 * the browser and the server see, and when. Media outlives the signaling connection, so nothing is decided while
 * that is down; the decision waits for it.
 *
 * Times are milliseconds of one monotonic clock.
 */

/** RTCIceConnectionState. */
export type IceState = 'new' | 'checking' | 'connected' | 'completed' | 'disconnected' | 'failed' | 'closed';

export type Remedy = 'iceRestart' | 'freshPeerConnection';

/**
 * `disconnected` means that for seconds nothing came, neither checks nor media (libwebrtc p2p_constants.h: 2.5 s), so
 * there is no more to wait for than the next packet. A restart does not harm a path that heals meanwhile.
 */
const DISCONNECTED_MS = 200;
/** A remedy that did not connect within this did not help. */
const REMEDY_MS = 6_000;
const RESTARTS_BEFORE_FRESH = 3;
/** New PeerConnections one after the other do not help either: the pause before the next, doubled each time. */
const FRESH_PAUSE_MS = 500;
const LONGEST_FRESH_PAUSE_MS = 10_000;

export class MediaRecovery {
  #signalingLive = false;
  #ice: IceState = 'new';
  #wanted: Remedy | undefined;
  /** Remedies in a row that had their time and did not help. */
  #failures = 0;
  #underWay = false;
  #checkAtMs = Number.POSITIVE_INFINITY;
  #freshCount = 0;
  #nextFreshAtMs = 0;

  /** Whether sound and picture are known not to come through. */
  get broken(): boolean {
    return this.#wanted === 'freshPeerConnection' || this.#ice === 'failed' || this.#ice === 'disconnected';
  }

  nextTimeoutMs(): number {
    const waitsForPause = this.#signalingLive && this.#wanted === 'freshPeerConnection';
    return waitsForPause ? Math.min(this.#checkAtMs, this.#nextFreshAtMs) : this.#checkAtMs;
  }

  /** What to do now; asking counts as doing it. Ask after every call. */
  takeRemedy(nowMs: number): Remedy | undefined {
    const remedy = this.#signalingLive ? this.#wanted : undefined;
    if (remedy === undefined) return undefined;
    if (remedy === 'freshPeerConnection') {
      if (nowMs < this.#nextFreshAtMs) return undefined;
      this.#nextFreshAtMs =
        nowMs + Math.min(LONGEST_FRESH_PAUSE_MS, FRESH_PAUSE_MS * 2 ** this.#freshCount++);
    }
    this.#wanted = undefined;
    if (remedy === 'freshPeerConnection') this.#failures = 0;
    this.#underWay = true;
    this.#checkAtMs = nowMs + REMEDY_MS;
    return remedy;
  }

  signalingChanged(live: boolean): void {
    this.#signalingLive = live;
    if (live && this.#ice === 'disconnected') this.#want('iceRestart');
  }

  iceStateChanged(nowMs: number, state: IceState): void {
    this.#ice = state;
    if (state === 'connected' || state === 'completed') {
      this.#failures = 0;
      this.#underWay = false;
      this.#freshCount = 0;
      this.#checkAtMs = Number.POSITIVE_INFINITY;
      // Wanted for another reason than the state, which is fine now.
      if (this.#wanted === 'iceRestart') this.#wanted = undefined;
    } else if (state === 'disconnected') {
      this.#checkAtMs = Math.min(this.#checkAtMs, nowMs + DISCONNECTED_MS);
    } else if (state === 'failed') {
      this.#want('iceRestart');
    }
  }

  /** The server's word, @see server-events.ts `mediaState`. */
  serverSaid(state: 'connecting' | 'connected' | 'disconnected' | 'failed' | 'gone'): void {
    // While a remedy is under way, old news: after a resume it is replayed.
    if (state === 'failed' && !this.#underWay) this.#want('iceRestart');
    else if (state === 'gone') this.#want('freshPeerConnection');
  }

  /** DTLS failed, or a negotiation was cut off in the middle: this PeerConnection is of no use. */
  peerConnectionLost(): void {
    this.#want('freshPeerConnection');
  }

  /** The path may be another (signaling had to reconnect; nothing came in since waking up): do not wait for checks. */
  pathChanged(): void {
    if (this.#ice !== 'new' && this.#ice !== 'closed') this.#want('iceRestart');
  }

  handleTimeout(nowMs: number): void {
    if (nowMs < this.#checkAtMs) return;
    this.#checkAtMs = Number.POSITIVE_INFINITY;
    const wasRemedy = this.#underWay;
    this.#underWay = false;
    if (this.#ice !== 'connected' && this.#ice !== 'completed') {
      if (wasRemedy) this.#failures += 1;
      this.#want('iceRestart');
      return;
    }
    // A path that works stays connected through its restart, without an event.
    this.#failures = 0;
  }

  /** A new session begins with a new PeerConnection: nothing is remembered. */
  reset(): void {
    this.#ice = 'new';
    this.#wanted = undefined;
    this.#failures = 0;
    this.#underWay = false;
    this.#checkAtMs = Number.POSITIVE_INFINITY;
  }

  #want(remedy: Remedy): void {
    if (remedy === 'iceRestart' && this.#failures >= RESTARTS_BEFORE_FRESH) remedy = 'freshPeerConnection';
    if (this.#wanted !== 'freshPeerConnection') this.#wanted = remedy;
  }
}
